load lib

setup() {
	needs_root
	[ -n "${SNOOPKIT_VM:-}" ] || skip "guests have a virtio disk that nobody else uses"
	needs_tool virtiostat
	device=$(readlink -f "/sys/block/${SNOOPKIT_TEST_DISK#/dev/}/device")
	device=${device##*/}
	# The disk may have a queue for each processor: what a test asks for comes from one processor, by one queue.
	cpu=$(($(nproc) - 1))
	index=$(grep -lw "$cpu" "/sys/block/${SNOOPKIT_TEST_DISK#/dev/}"/mq/*/cpu_list)
	index=$(basename "${index%/cpu_list}")
}

# of DEVICE FIELD: the sum of all reports.
of() {
	jq -s --arg d "$1" "map(select(.device == \$d).$2) | add" "$T/json"
}

@test "virtiostat: requests of a disk, to the byte: what it reads, what it writes" {
	"$B/virtiostat" --json --once -- taskset -c "$cpu" sh -ec "
		dd if=$SNOOPKIT_TEST_DISK of=/dev/null iflag=direct bs=4k count=100
		dd if=/dev/zero of=$SNOOPKIT_TEST_DISK oflag=direct bs=8k count=10" 2>/dev/null >"$T/json"
	# Each request has a head of 16 bytes and, at its end, a byte for the device's answer.
	jq -se --arg d "$device" --argjson i "$index" 'map(select(.device == $d) | [.driver, .queue, .index])
		== [["virtio_blk", "req.\($i)", $i]]' "$T/json"
	[ "$(of "$device" in_sgs)" = 210 ]
	[ "$(of "$device" out_sgs)" = 120 ]
	[ "$(of "$device" in_bytes)" = $((100 * 4096 + 110)) ]
	[ "$(of "$device" out_bytes)" = $((10 * 8192 + 110 * 16)) ]
}

@test "virtiostat: requests of many pages; in intervals nothing is lost or counted twice; -n and -d choose" {
	"$B/virtiostat" --json -n "$device" 1 -- sh -ec "
		dd if=$SNOOPKIT_TEST_DISK of=/dev/null iflag=direct bs=1M count=20; sleep 1
		dd if=$SNOOPKIT_TEST_DISK of=/dev/null iflag=direct bs=1M count=20" 2>/dev/null >"$T/json"
	nothing_lost "$T/json"
	[ "$(jq -s 'map(.device) | unique | length' "$T/json")" = 1 ]
	[ "$(jq -s length "$T/json")" -ge 2 ]
	n=$(of "$device" out_sgs)
	[ "$n" -ge 40 ]
	[ "$(of "$device" in_bytes)" = $((40 * 1048576 + n)) ]
	[ "$(of "$device" out_bytes)" = $((n * 16)) ]
	"$B/virtiostat" --json -d virtio_nothing --once -- dd "if=$SNOOPKIT_TEST_DISK" of=/dev/null iflag=direct count=1 >"$T/json"
	[ ! -s "$T/json" ]
}

@test "virtiostat: headers and rows are BCC's" {
	"$B/virtiostat" -n "$device" --once -- taskset -c "$cpu" dd "if=$SNOOPKIT_TEST_DISK" of=/dev/null iflag=direct bs=4k count=3 2>/dev/null >"$T/text"
	cat >"$T/expected" <<-EOF
		Tracing virtio devices statistics ... Hit Ctrl-C to end.
		--------
		        Driver   Device    VQ Name  In SGs Out SGs          In BW         Out BW
		    virtio_blk $(printf '%8s' "$device")      req.$index       6       3          12291             48
	EOF
	same "$T/expected" "$T/text"
	"$B/virtiostat" -T -d virtio_blk --once -- true | sed -n 2p | grep -qxE '[0-2][0-9]:[0-5][0-9]:[0-6][0-9]'
}
