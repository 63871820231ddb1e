load lib
load disk

setup() {
	needs_root
	needs_tool biosnoop
	disk_setup
}

teardown() {
	disk_teardown
	[ -z "${made:-}" ] || rm -f "$made"
}

# Trace `bios ...` on $DISK: $T/json, and as $T/traced in the shape of $T/expected.
trace() {
	local options=()
	while [ "$1" != -- ]; do options+=("$1"); shift; done
	traced "$B/biosnoop" --json -d "$DISK" "${options[@]}" -- "$W/bios" "$T/expected" "/dev/$DISK" "${@:2}"
	jq -c '[.pid, .comm, .t, .sector, .bytes]' "$T/json" >"$T/traced"
}

@test "biosnoop: each request: who made it, what, where and how much; in sequence or not" {
	trace -P -- read:8:4096 read:16:8192 read:32:512 write:800:65536 dsync:80:4096 as:other \
		discard:4096:1048576 flush read:80000:4096
	same "$T/expected" "$T/traced"
	jq -r .p "$T/json" | paste -sd' ' | same <(echo "null S S R R null R null R") -
	# Times are those of completions, and in order; every request took some time.
	jq -se 'all(.lat_ns > 0 and .que_ns >= 0) and (map(.time_s) | . == sort and .[0] == 0)' "$T/json"
	jq -r .kind "$T/json" | sed -n '1p;4p;7p' | sed -E 's/Sync-(Read|Discard)/\1/' | same <(printf '%s\n' Read Idle-Sync-Write Discard) -
}

@test "biosnoop: a command to the device itself has no sector" {
	[ -n "${SNOOPKIT_VM:-}" ] || skip "only in a guest: it needs a virtio disk"
	"$B/biosnoop" --json -P -d vda -- cp /sys/block/vda/serial "$T/serial" >"$T/json"
	jq -c 'select(.t == "N") | [.disk, .sector, .p]' "$T/json" | same <(echo '["vda",null,null]') -
	"$B/biosnoop" -d vda -- cp /sys/block/vda/serial "$T/serial" >"$T/text"
	grep -Eq ' vda +N - +' "$T/text"
}

@test "biosnoop: text is BCC's" {
	"$B/biosnoop" -d "$DISK" -- "$W/bios" "$T/expected" "/dev/$DISK" read:8:4096 as:a-very-long-nam write:16:8192 >"$T/text"
	[ "$(sed -n 1p "$T/text")" = "TIME(s)     COMM           PID     DISK      T SECTOR     BYTES  LAT(ms)" ]
	[[ "$(sed -n 2p "$T/text")" =~ ^"0.000000    bios           "[0-9\ ]{7}" ""$(printf %-9s "$DISK")"" R 8          4096   "[\ 0-9]{4}"."[0-9]{2}$ ]]
	[[ "$(sed -n 3p "$T/text")" =~ ^[0-9.]{8}"    a-very-long-na "[0-9\ ]{7}" ""$(printf %-9s "$DISK")"" W 16         8192   "[\ 0-9]{4}"."[0-9]{2}$ ]]
	"$B/biosnoop" -QP -d "$DISK" -- "$W/bios" "$T/expected" "/dev/$DISK" read:8:4096 read:16:8192 >"$T/text"
	[ "$(sed -n 1p "$T/text")" = "TIME(s)     COMM           PID     DISK      T SECTOR     BYTES  P QUE(ms) LAT(ms)" ]
	[[ "$(sed -n 2p "$T/text")" =~ " R 8          4096   ? "[\ 0-9]{4}"."[0-9]{2}" "[\ 0-9]{4}"."[0-9]{2}$ ]]
	[[ "$(sed -n 3p "$T/text")" =~ " R 16         8192   S "[\ 0-9]{4}"."[0-9]{2}" "[\ 0-9]{4}"."[0-9]{2}$ ]]
	"$B/biosnoop" -t -d "$DISK" 60 -- "$W/bios" "$T/expected" "/dev/$DISK" read:8:4096 >"$T/text"
	[[ "$(sed -n 1p "$T/text")" =~ ^"TIMESTAMP    COMM " ]]
	[[ "$(sed -n 2p "$T/text")" =~ ^[0-9]{2}(:[0-9]{2}){2}"."[0-9]{3}" bios " ]]
}

@test "biosnoop: a partition, a process, a cgroup" {
	"$W/bios" "$T/done" "/dev/$DISK" partition:2048:4096
	part=$DISK'p1'
	[ -b "/dev/$part" ] || { made=/dev/$part; mknod "$made" b $(tr : ' ' <"/sys/block/$DISK/$part/dev"); }
	"$B/biosnoop" --json -d "$part" -- sh -c "
		$W/bios $T/whole /dev/$DISK read:2040:4096 read:6144:4096 read:6136:4096 read:2048:4096
		$W/bios $T/part /dev/$part write:0:4096 read:4088:4096" >"$T/json"
	jq -r '[.t, .disk, .sector] | join(" ")' "$T/json" |
		same <(printf '%s\n' "R $DISK 6136" "R $DISK 2048" "W $DISK 2048" "R $DISK 6136") -
	traced "$B/biosnoop" --json -d "$DISK" -- "$W/bios" "$T/done" "/dev/$DISK" read:2040:4096 read:2048:4096 flush read:6136:4096 read:6144:4096
	jq -c .partition "$T/json" | same <(printf '%s\n' null "\"$part\"" null "\"$part\"" null) -
	# --exec: only the command's process
	traced "$B/biosnoop" --json -d "$DISK" --exec "$W/bios" "$T/expected" "/dev/$DISK" read:8:4096 flush as:other read:16:4096
	jq -c '[.pid, .comm, .t, .sector, .bytes]' "$T/json" | same <(head -2 "$T/expected") -
	root=$(awk '$3 == "cgroup2" { print $2; exit }' /proc/mounts)
	[ -n "$root" ] || skip "no cgroup v2"
	mkdir -p "$root/biosnoop-test"
	"$B/biosnoop" --json -c "$root/biosnoop-test" -d "$DISK" -- sh -c "$W/bios $T/e1 /dev/$DISK read:8:4096
		echo 0 >$root/biosnoop-test/cgroup.procs
		$W/bios $T/e2 /dev/$DISK read:16:4096" >"$T/json"
	rmdir "$root/biosnoop-test"
	[ "$(jq .sector "$T/json")" = 16 ]
}

@test "biosnoop: readers that wait for each other are told apart, and their time" {
	null_blk_queue
	DISK=nullb0
	trace -Q -- all:8
	same <(sort "$T/expected") <(sort "$T/traced")
	cat "$T/json"
	# The disk does one at a time, 20 ms each, so the last one waits for the others.
	jq -se 'all(.lat_ns >= 20000000) and (map(.lat_ns) | min) < 40000000 and (map(.que_ns) | max) >= 60000000' "$T/json"
	trace -m 1000 -- read:8:4096
	[ ! -s "$T/json" ]
	trace -m 20 -- read:8:4096
	same "$T/expected" "$T/traced"
}
