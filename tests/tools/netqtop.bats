load lib

setup() {
	needs_root
	needs_tool netqtop -n lo
}

# In a network namespace with a veth pair, va and vb, of four queues each, and a sysfs that shows it.
isolated() {
	B=$B W=$W T=$T unshare -n -m bash -ec '
		ip link set lo up
		echo 1 | tee /proc/sys/net/ipv6/conf/{all,default}/disable_ipv6 >/dev/null
		ip link add name va mtu 65000 numtxqueues 4 numrxqueues 4 type veth peer name vb mtu 65000 numtxqueues 4 numrxqueues 4
		ip link set va up
		ip link set vb up
		mount -t sysfs sysfs /sys
		[ "$(ls -d /sys/class/net/v[ab]/queues/[tr]x-* | wc -l)" = 16 ]
		"$@"' - "$@"
}

has_veth() {
	[ -n "${SNOOPKIT_VM:-}" ] && { modprobe veth; return; }
	unshare -n ip link add name va type veth peer name vb 2>/dev/null || skip "this kernel has no veth"
}

# Of all reports: as the workload writes it.
rows() {
	jq -sc --arg d "$1" 'map(select(.direction == $d)) | group_by(.queue)[] |
		[$d, .[0].queue, (map(.bytes) | add)] + ([map([.size_0, .size_64, .size_512, .size_2048, .size_16384])] | .[0] | transpose | map(add))' "$T/json"
}

idle() {
	jq -se --arg d "$1" 'map(select(.direction == $d)) | map(.queue) == [0,1,2,3] and all(.packets == 0 and .bytes == 0)' "$T/json"
}

@test "netqtop: packets of each queue by size, sent and received, to the byte" {
	has_veth
	isolated "$B/netqtop" --name va --once --json -- "$W/frames" "$T/did" veth va vb >"$T/json"
	grep '"tx"' "$T/did" | same - <(rows tx)
	idle rx
	jq -se 'map(select(.direction == "tx")) | all(.packets == .size_0 + .size_64 + .size_512 + .size_2048 + .size_16384) and
		(.[0].avg_size == (.[0].bytes / .[0].packets | floor)) and .[0].packets > 20 and .[3].packets == 0' "$T/json"
	isolated "$B/netqtop" -n vb --once --json -- "$W/frames" "$T/did" veth va vb >"$T/json"
	idle tx
	# What veth receives does not come by a queue.
	jq -sc 'map(select(.[0] == "rx")) | ["rx", null] + (map(.[2:]) | transpose | map(add))' "$T/did" |
		same - <(rows rx | grep null)
	jq -se 'map(select(.direction == "rx" and .packets == 0)) | map(.queue) == [0,1,2,3]' "$T/json"
}

@test "netqtop: the queue that received, of a tap device" {
	modprobe tun 2>/dev/null || [ -c /dev/net/tun ] || skip "this kernel has no tap devices"
	ip tuntap add dev taps mode tap multi_queue
	"$B/netqtop" -n taps --once --json -- "$W/frames" "$T/did" tap taps >"$T/json"
	ip link del taps
	jq -c 'select(.[3] + .[4] > 0)' "$T/did" | same - <(rows rx | jq -c 'select(.[3] + .[4] > 0)')
}

@test "netqtop: over many intervals, of parts of a second, no packet is lost or counted twice" {
	has_veth
	isolated "$B/netqtop" -n va -i .25 --json -- "$W/frames" "$T/did" slow va vb >"$T/json"
	grep '"tx"' "$T/did" | same - <(rows tx)
	[ "$(jq -r .time "$T/json" | sort -u | wc -l)" -ge 4 ]
}

@test "netqtop: a device of the same name and number in another network namespace does not count" {
	unshare -n "$B/netqtop" -n lo --once --json -- "$W/frames" "$T/did" lo 7 >"$T/json"
	(rows tx; rows rx) | same "$T/did" -
	unshare -n "$B/netqtop" -n lo --once --json -- "$W/frames" "$T/did" lo -7 >"$T/json"
	(rows tx; rows rx) | same <(printf '%s\n' '["tx",0,0,0,0,0,0,0]' '["rx",0,0,0,0,0,0,0]') -
}

@test "netqtop: bad devices and intervals are refused" {
	for bad in "" "-n no-such-dev" "-n a/b" "-n sixteen-letters0" "-n lo -i 0" "-n lo -i 0.0001" "-n lo -i 1s" "-n lo -i ." "-n lo 1"; do
		# shellcheck disable=SC2086
		run -2 "$B/netqtop" $bad
		[ "${#lines[@]}" = 1 ]
	done
}

@test "netqtop: the text is BCC's" {
	unshare -n "$B/netqtop" -n lo -i 60 -- "$W/frames" "$T/did" lo 1100 >"$T/text"
	head -n1 "$T/text" | grep -Eqx '[A-Z][a-z]{2} [A-Z][a-z]{2} [ 0-9]{2} [0-9:]{8} [0-9]{4}'
	sed 1d "$T/text" | same <(printf '%s\n' TX \
		" QueueID    avg_size   [0, 64)    [64, 512)  [512, 2K)  [2K, 16K)  [16K, 64K) " \
		" 0          100.0      0          1.07K      0          0          0          " \
		" Total      100.0      0          1.07K      0          0          0          " "" RX \
		" QueueID    avg_size   [0, 64)    [64, 512)  [512, 2K)  [2K, 16K)  [16K, 64K) " \
		" 0          86.0       0          1.07K      0          0          0          " \
		" Total      86.0       0          1.07K      0          0          0          " \
		"$(printf '%077d' 0 | tr 0 -)") -
	unshare -n "$B/netqtop" -n lo -t -i 60 -- true >"$T/text"
	sed -n '3,4p;11,$p' "$T/text" | same <(printf '%s\n' \
		" QueueID    avg_size   [0, 64)    [64, 512)  [512, 2K)  [2K, 16K)  [16K, 64K) BPS        PPS        " \
		" 0          0          0          0          0          0          0          0.0        0.0        " \
		"$(printf '%095d' 0 | tr 0 -)") -
}
