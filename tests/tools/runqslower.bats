load lib
load switches

setup() {
	needs_tool runqslower
}

trace() {	# ARGUMENTS -- PARTS
	trace_switches runqslower "$@"
	nothing_lost "$T/json"
	cat "$T/expected"
}

@test "runqslower: each wait of processes that share a CPU, as long as the kernel says" {
	trace 0 -- burn=3,200
	near "$(rows_of burn "map(.lat_ns) | add")" "$(expected burn 3)"
	exactly "$(rows_of burn length)" "$(expected burn 4)" 3
	# They wait for each other.
	[ "$(rows_of burn "map(select(.prev_comm == \"switches\" and .prev_pid != .pid)) | length")" -ge 2 ]
	[ "$(rows_of burn "all(.tid == .pid and .comm == \"switches\")")" = true ]
}

@test "runqslower: the threshold, -p, -t and -c choose waits" {
	trace 1000 -- burn=3,200
	[ "$(rows_of burn length)" -ge 2 ]
	jq -se 'all(.lat_ns >= 1001000)' "$T/json"
	trace 4000000000 -- burn=2,50
	[ "$(jq -s length "$T/json")" = 0 ]
	trace 0 -c witche -- burn=2,50
	[ "$(rows_of burn length)" -ge 2 ]
	jq -se 'all(.comm == "switches")' "$T/json"
	for o in -p -t; do
		mkfifo "$T/go"
		"$W/switches" "$T/e" fifo="$T/go" burn=1,50 &
		"$B/runqslower" --json 0 $o $! -- sh -c "echo >$T/go; while kill -0 $!; do sleep 0.1; done" >"$T/json" 2>/dev/null
		jq -se "length >= 1 and all(.pid == $!)" "$T/json"
		rm "$T/go"
	done
}

@test "runqslower: text is BCC's" {
	"$B/runqslower" 0 -- "$W/switches" "$T/expected" burn=2,20 >"$T/text"
	[ "$(sed -n 1p "$T/text")" = "Tracing run queue latency higher than 0 us" ]
	[ "$(sed -n 2p "$T/text")" = "TIME     COMM             TID           LAT(us)" ]
	grep -Eq "^[0-9:]{8} switches         [0-9 ]{6} [0-9 ]{14}$" "$T/text"
	"$B/runqslower" -P 0 -- "$W/switches" "$T/expected" burn=2,20 >"$T/text"
	[ "$(sed -n 2p "$T/text")" = "TIME     COMM             TID           LAT(us) PREV COMM        PREV TID" ]
	grep -Eq "^[0-9:]{8} switches         [0-9 ]{6} [0-9 ]{14} switches +[0-9]+ *$" "$T/text"
	"$B/runqslower" -- true >"$T/text"
	[ "$(sed -n 1p "$T/text")" = "Tracing run queue latency higher than 10000 us" ]
}

@test "runqslower: bad command lines are usage errors" {
	for bad in x "1 2" -1 "-p 1 -t 1" "-p x" 99999999999; do
		run -2 --separate-stderr "$B/runqslower" $bad
		[ -z "$output" ]
		[ "${#stderr_lines[@]}" = 1 ]
	done
}
