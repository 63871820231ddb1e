load lib
load disk

setup() {
	needs_root
	needs_tool biotop
	disk_setup
}

teardown() {
	disk_teardown
}

# Trace `bios ...` on $DISK.  $T/traced has the sums of $T/json, $T/expected those of what was done.
trace() {
	local options=()
	while [ "$1" != -- ]; do options+=("$1"); shift; done
	traced "$B/biotop" --json -d "$DISK" "${options[@]}" -- "$W/bios" "$T/done" "/dev/$DISK" "${@:2}"
	jq -c --arg disk "$DISK" 'select(.disk == $disk) | [.pid, .comm, .d, .io, .bytes]' "$T/json" | sort >"$T/traced"
	jq -sc 'group_by([.[0], .[2]])[] | [.[0][0], .[0][1], .[0][2], length, (map(.[4]) | add)]' "$T/done" | sort >"$T/expected"
}

@test "biotop: processes and kinds of requests are told apart; every one and every byte is counted" {
	trace 1000 -- read:8:4096 read:16:8192 write:800:65536 dsync:80:4096 as:other \
		discard:4096:1048576 flush read:80000:4096 read:90000:512
	same "$T/expected" "$T/traced"
	[ "$(wc -l <"$T/traced")" = 6 ]
	jq -se --arg dev "$(cat "/sys/block/$DISK/dev")" 'all("\(.maj):\(.min)" == $dev and .avg_ns > 0 and .avg_ns == (.total_ns / .io | floor))' "$T/json"
	# the busiest first
	jq -se 'map(.bytes) | . == (sort | reverse)' "$T/json"
	trace -s io -r 2 1000 -- read:8:65536 read:800:65536 write:8:4096 write:80:4096 write:160:4096 dsync:320:512
	jq -c '[.d, .io]' "$T/json" | same <(printf '["W",4]\n["R",2]\n') -
}

@test "biotop: text is BCC's; -p" {
	"$B/biotop" -C 1000 -d "$DISK" -- "$W/bios" "$T/done" "/dev/$DISK" write:8:65536 as:other read:16:512 >"$T/text"
	[ "$(sed -n 1,2p "$T/text")" = "Tracing... Output every 1000 secs. Hit Ctrl-C to end" ]
	[[ "$(sed -n 3p "$T/text")" =~ ^[0-9:]{8}" loadavg: "[0-9.]+" " ]]
	[ "$(sed -n 5p "$T/text")" = "PID     COMM             D MAJ MIN DISK       I/O  Kbytes  AVGms" ]
	[[ "$(sed -n 6p "$T/text")" =~ ^[0-9\ ]{7}" bios             W "[0-9\ ]{7}" ""$(printf %-8s "$DISK")""     1    64.0 "[\ 0-9]{3}"."[0-9]{2}$ ]]
	[[ "$(sed -n 7p "$T/text")" =~ ^[0-9\ ]{7}" other            R "[0-9\ ]{7}" ""$(printf %-8s "$DISK")""     1     0.5 "[\ 0-9]{3}"."[0-9]{2}$ ]]
	[ "$(tail -1 "$T/text")" = "Detaching..." ]
	traced "$B/biotop" --json 1000 --exec "$W/bios" "$T/done" "/dev/$DISK" write:8:65536 as:other read:16:8192
	jq -c --arg disk "$DISK" 'select(.disk == $disk) | .comm' "$T/json" | same <(echo '"bios"') -
}

@test "biotop: over intervals nothing is lost; who made a request is known though it waits for others" {
	null_blk_queue
	DISK=nullb0
	trace 1 -- all:16 all:16 all:16 all:16
	same "$T/expected" <(jq -sc 'group_by(.pid)[] | [.[0].pid, .[0].comm, .[0].d, (map(.io) | add), (map(.bytes) | add)]' "$T/json" | sort)
	[ "$(jq -r .time "$T/json" | sort -u | wc -l)" -ge 2 ]
	jq -se 'all(.avg_ns >= 20000000)' "$T/json"
}
