load lib
load disk

setup() {
	needs_root
	needs_tool bitesize
	disk_setup
}

teardown() {
	disk_teardown
}

@test "bitesize: sizes are exact, of the process that made the requests; flushes have none" {
	traced "$B/bitesize" --json -d "$DISK" -- "$W/bios" "$T/done" "/dev/$DISK" read:8:512 read:64:4096 \
		write:128:4096 write:256:7680 flush as:other read:512:65536 dsync:2048:8192
	jq -c '[.comm, .count, .bytes, [.kbytes[] | [.lo, .count]]]' "$T/json" |
		same <(echo '["bios",4,16384,[[0,1],[4,3]]]
["other",2,73728,[[8,1],[64,1]]]') -
	# However requests are merged or split, the sum of their bytes is the same.
	traced "$B/bitesize" --json -d "$DISK" -- dd if=/dev/zero "of=/dev/$DISK" bs=64K count=20 conv=fsync 2>/dev/null
	jq -se 'map(.bytes) | add == 20 * 65536' "$T/json"
	traced "$B/bitesize" --json -d "$DISK" -c the 1 -- "$W/bios" "$T/done" "/dev/$DISK" read:8:512 as:other read:512:65536
	jq -c '[.comm, .bytes]' "$T/json" | same <(echo '["other",65536]') -
}

@test "bitesize: text is BCC's" {
	"$B/bitesize" -d "$DISK" -- "$W/bios" "$T/done" "/dev/$DISK" read:8:4096 read:64:4096 write:128:1024 as:other read:512:512 >"$T/text"
	same - "$T/text" <<-'E'
		Tracing block I/O... Hit Ctrl-C to end.

		Process Name = bios
		     Kbytes              : count     distribution
		         0 -> 1          : 1        |********************                    |
		         2 -> 3          : 0        |                                        |
		         4 -> 7          : 2        |****************************************|

		Process Name = other
		     Kbytes              : count     distribution
		         0 -> 1          : 1        |****************************************|
	E
	"$B/bitesize" -T 1 2 -d "$DISK" >"$T/text"
	[ "$(grep -Ec '^[0-9]{2}(:[0-9]{2}){2}$' "$T/text")" = 2 ]
}

@test "bitesize: requests that wait are their makers'" {
	null_blk_queue
	traced "$B/bitesize" --json -d nullb0 -- "$W/bios" "$T/done" /dev/nullb0 all:8
	jq -c '[.comm, .count, .bytes]' "$T/json" | same <(for i in 0 1 2 3 4 5 6 7; do echo "[\"reader-$i\",1,4096]"; done) -
}

@test "bitesize: as many names as there are" {
	[ -z "${SNOOPKIT_VM:-}" ] || skip "on this machine's own kernel: in a guest it takes minutes"
	traced "$B/bitesize" --json -d "$DISK" -- "$W/bios" "$T/done" "/dev/$DISK" names:3000
	nothing_lost "$T/json"
	[ "$(jq -c 'select(.comm | startswith("name-")) | [.count, .bytes]' "$T/json" | sort | uniq -c | tr -s ' ')" = " 3000 [1,4096]" ]
}
