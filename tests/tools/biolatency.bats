load lib

# A disk that nobody else uses: $DISK, in /dev.
setup() {
	needs_root
	needs_tool biolatency
	if [ -n "${SNOOPKIT_VM:-}" ]; then
		DISK=${SNOOPKIT_TEST_DISK#/dev/}
	else
		truncate -s 64M "$T/disk"
		LOOP=$(losetup -f --show "$T/disk") || skip "no loop device"
		DISK=${LOOP#/dev/}
	fi
}

teardown() {
	[ -z "${LOOP:-}" ] || losetup -d "$LOOP"
	if [ -d /sys/module/null_blk ]; then rmmod null_blk; fi
}

# Trace `blockio ...` on $DISK: $T/json.
trace() {
	local options=()
	while [ "$1" != -- ]; do options+=("$1"); shift; done
	traced "$B/biolatency" --json -d "$DISK" "${options[@]}" -- "$W/blockio" "$T/expected" "/dev/$DISK" "${@:2}"
}

# A null_blk device takes as long as it is told to: nullb0 takes 20 ms for each request.
make_null_blk() {
	[ -n "${SNOOPKIT_VM:-}" ] || skip "only in a guest: it needs the module null_blk"
	modprobe null_blk irqmode=2 completion_nsec=20000000 queue_mode=2 submit_queues=1 gb=1 "$@"
}

# How many requests are in the text of a program that prints one report.
counted() {
	awk -F '[:|]' '/ -> / { n += $2 } END { print n + 0 }' "$1"
}

@test "biolatency: text is BCC's, and each request is counted once" {
	"$B/biolatency" -d "$DISK" -e -- "$W/blockio" "$T/expected" "/dev/$DISK" read 70 write 30 >"$T/text"
	[ "$(sed -n 1p "$T/text")" = "Tracing block device I/O... Hit Ctrl-C to end." ]
	[ "$(sed -n 2p "$T/text")" = "" ]
	[ "$(sed -n 3p "$T/text")" = "     usecs               : count     distribution" ]
	[[ "$(sed -n 4p "$T/text")" =~ ^"         0 -> 1          : "[0-9\ ]{8}" |"[*\ ]{40}"|"$ ]]
	[ "$(counted "$T/text")" = 100 ]
	# the last lines: blank, average, blank; the numbers fit each other and the buckets
	grep -B1 -A1 '^avg' "$T/text" >"$T/avg"
	[ "$(sed -n '1p;3p' "$T/avg")" = "" ]
	[[ "$(sed -n 2p "$T/avg")" =~ ^"avg = "([0-9]+)" usecs, total: "([0-9]+)" usecs, count: 100"$ ]]
	[ $((BASH_REMATCH[2] / 100)) = "${BASH_REMATCH[1]}" ]
	least=$(awk -F '->|:|[|]' '/ -> / { n += $1 * $3 } END { print n }' "$T/text")
	most=$(awk -F '->|:|[|]' '/ -> / { n += ($2 + 1) * $3 } END { print n }' "$T/text")
	[ "${BASH_REMATCH[2]}" -ge "$least" ]
	[ "${BASH_REMATCH[2]}" -le "$most" ]
}

@test "biolatency: -F tells the kinds of requests apart, -Q as they were made" {
	trace -F -- read 60 write 40 flush 7
	jq -c '[.flags, .count, (.usecs | map(.count) | add)]' "$T/json" | tee "$T/kinds"
	grep -Eq '^\["(Sync-)?Read",60,60\]$' "$T/kinds"
	grep -q '^\["Idle-Sync-Write",40,40\]$' "$T/kinds"
	grep -q '^\["Flush",7,7\]$' "$T/kinds"
	[ "$(wc -l <"$T/kinds")" = 3 ]
	# To its caller, a flush is an empty write.  O_DSYNC makes two requests: the write, whose flush is a
	# part of it, and an fsync(2).
	trace -Q -F -- read 60 write 40 dsync 5 flush 7
	jq -c '[.flags, .count]' "$T/json" | tee "$T/kinds"
	grep -Eq '^\["(Sync-)?Read",60\]$' "$T/kinds"
	[ "$(jq -s 'map(select(.flags | test("Sync-Write")).count) | add' "$T/json")" = $((40 + 2 * 5 + 7)) ]
	not grep -q Flush "$T/kinds"
}

@test "biolatency: -D names the disks, -j is BCC's dictionary" {
	"$B/biolatency" -D -d "$DISK" -- "$W/blockio" "$T/expected" "/dev/$DISK" read 20 >"$T/text"
	[ "$(sed -n 2,5p "$T/text")" = "

disk = $DISK
     usecs               : count     distribution" ]
	"$B/biolatency" -D -F -d "$DISK" -- "$W/blockio" "$T/expected" "/dev/$DISK" write 20 >"$T/text"
	grep -q "^disk = $DISK	flags = Idle-Sync-Write$" "$T/text"
	"$B/biolatency" -D -j -m -d "$DISK" -- "$W/blockio" "$T/expected" "/dev/$DISK" read 20 >"$T/text"
	[ "$(wc -l <"$T/text")" = 2 ]
	[[ "$(tail -1 "$T/text")" =~ ^"{'ts': '"[0-9-]{10}" "[0-9:]{8}"', 'val_type': 'msecs', 'data': [{'interval-start': 0, 'interval-end': 1, 'count': "[0-9]+"}" ]]
	tail -1 "$T/text" | tr "'" '"' | jq -e --arg disk "$DISK" '.disk == $disk and (.data | map(.count) | add) == 20'
	"$B/biolatency" -d "$DISK" -j -- true >"$T/text"
	tail -1 "$T/text" | tr "'" '"' | jq -e '.data == []'
}

@test "biolatency: a disk of known latency, in usecs and msecs, apart from another" {
	make_null_blk
	"$B/biolatency" --json -D -- sh -c "$W/blockio $T/e1 /dev/nullb0 read 25 write 10 &
		$W/blockio $T/e2 /dev/$DISK read 40; wait" >"$T/json"
	jq -c . "$T/json"
	jq -se 'map(select(.disk == "nullb0"))[] | .count == 35 and .usecs[0].lo >= 16384 and .total_ns >= 35 * 20000000' "$T/json"
	jq -se --arg disk "$DISK" 'map(select(.disk == $disk))[] | .count == 40' "$T/json"
	DISK=nullb0 trace -m -- read 20
	jq -e '.count == 20 and .msecs[0].lo >= 16 and (.msecs | map(.count) | add) == 20' "$T/json"
	[ "$(wc -l <"$T/json")" = 1 ]
	"$B/biolatency" -m -e -d nullb0 -- "$W/blockio" "$T/expected" /dev/nullb0 read 10 >"$T/text"
	grep -Eq '^        16 -> 31         : ([5-9]|10) ' "$T/text"
	grep -Eq '^avg = [2-9][0-9] msecs, total: [2-9][0-9]{2} msecs, count: 10$' "$T/text"
}

@test "biolatency: -Q includes the time in the queue, the default does not" {
	make_null_blk hw_queue_depth=1
	echo mq-deadline >/sys/block/nullb0/queue/scheduler
	echo 16 >/sys/block/nullb0/queue/nr_requests
	DISK=nullb0
	# Eight at once, one at a time: the last of them waits for seven, or on a machine
	# that is slow to start them for fewer.
	trace -- burst 8
	cat "$T/json"
	jq -e '.count == 8 and .total_ns >= 160000000 and .total_ns < 290000000' "$T/json"
	# On a busy machine they can start one after the other.
	for _ in {1..5}; do
		trace -Q -- burst 8
		cat "$T/json"
		[ "$(jq .total_ns "$T/json")" -lt 300000000 ] || break
	done
	jq -e '.count == 8 and .total_ns >= 300000000' "$T/json"
}

@test "biolatency: interval and count, and what is pending at SIGTERM" {
	traced "$B/biolatency" --json -d "$DISK" 1 -- "$W/blockio" "$T/expected" "/dev/$DISK" \
		read 30 sleep 1100 read 20 sleep 1100 read 10
	[ "$(wc -l <"$T/json")" -ge 2 ]
	[ "$(jq -s 'map(.count) | add' "$T/json")" = 60 ]
	"$B/biolatency" -T -d "$DISK" 1 2 >"$T/text"
	[ "$(grep -Ec '^[0-9]{2}:[0-9]{2}:[0-9]{2}$' "$T/text")" = 2 ]
	rm "$T/text"
	"$B/biolatency" -d "$DISK" >"$T/text" &
	until grep -qs Tracing "$T/text"; do sleep 0.1; done
	"$W/blockio" "$T/expected" "/dev/$DISK" read 33
	kill -TERM $!
	wait $!
	[ "$(counted "$T/text")" = 33 ]
}

@test "biolatency: -c follows the tasks of a cgroup" {
	root=$(awk '$3 == "cgroup2" { print $2; exit }' /proc/mounts)
	[ -n "$root" ] || skip "no cgroup v2"
	mkdir -p "$root/biolatency-test"
	for q in -F -Q; do
		trace $q -c "$root/biolatency-test" -- read 5
		[ ! -s "$T/json" ]
		"$B/biolatency" --json $q -c "$root/biolatency-test" -d "$DISK" -- sh -c \
			"$W/blockio $T/e1 /dev/$DISK read 5; echo 0 >$root/biolatency-test/cgroup.procs
			$W/blockio $T/e2 /dev/$DISK read 12" >"$T/json"
		[ "$(jq -s 'map(.count) | add' "$T/json")" = 12 ]
	done
	rmdir "$root/biolatency-test"
}

@test "biolatency: a disk that is none is a sentence" {
	for d in nosuch /dev/null /; do
		run -1 --separate-stderr "$B/biolatency" -d "$d"
		[ "$stderr" = "biolatency: there is no disk $d; see lsblk(8)" ]
	done
	run -2 --separate-stderr "$B/biolatency" 0
	run -2 --separate-stderr "$B/biolatency" 1 2 3
	[ "$stderr" = "biolatency: unexpected argument '3'" ]
}
