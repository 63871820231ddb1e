load lib

setup() {
	needs_tool futexctn
}

# Is there one row for each thread that waited, and none of others?
wrong_waits() {
	jq -c --slurpfile seen "$T/json" '. as [$comm, $tid, $lock, $count, $least, $most]
		| ($seen | map(select(.tid == $tid and .comm == $comm and .lock == $lock))) as $rows
		| select(if $count == 0 then ($rows | length) != 0 else ($rows | length) != 1 or ($rows[0] |
			.count != $count or .total_ns < $least or .total_ns > $most or
			.max_ns < .min_ns or
			.max_ns + .min_ns != .total_ns or .avg_ns != (.total_ns / .count | floor) or
			((.usecs | map(.count) | add) != $count) or
			(.stack | any(test("^wait_as[+]")) | not)) end)
		| { expected: ., $rows }' "$T/expected"
}

@test "futexctn: who waited, for which futex, how often and how long, by all calls that wait" {
	# A thread that waits before its rules are read would have a second stack.
	traced "$B/futexctn" --json --flamegraph "$T/svg" --frame-pointers -- "$W/futexes" "$T/expected" 20
	cat "$T/expected"
	nothing_lost "$T/json"
	[ "$(jq -s length "$T/expected")" -ge 10 ]
	wrong_waits | same /dev/null -
	jq -se 'map(.total_ns) | . == sort' "$T/json"
	[ "$(sed -nE 's/.*data-total="([0-9]*)".*/\1/p' "$T/svg")" = "$(jq -s 'map(.total_ns / 1000 | floor) | add' "$T/json")" ]
	grep -q '<title>wait_as$' "$T/svg"
}

@test "futexctn: -l, -p, -t, -s and -m choose" {
	"$B/futexctn" --json -s -m -- "$W/futexes" "$T/expected" 5 >"$T/json"
	jq -se 'all(has("stack") or has("usecs") | not) and all(has("msecs"))' "$T/json"
	jq -se 'map(select(.comm == "plain")) | length == 1 and all(.count == 2 and (.msecs | map(.count) | add) == 2)' "$T/json"
	sleep 100 3>&- &
	other=$!
	for choice in "-p $other" "-t $other" "-l 12345678"; do
		"$B/futexctn" --json $choice -- "$W/futexes" "$T/expected" 1 >"$T/json"
		[ ! -s "$T/json" ]
	done
	kill $other
	# A static address, so that it is the same again.
	setarch -R "$W/futexes" "$T/expected" 1
	lock=$(jq -r 'select(.[0] == "mutex")[2]' "$T/expected")
	for address in "$lock" "${lock#0x}"; do
		"$B/futexctn" --json -l "$address" -- setarch -R "$W/futexes" "$T/expected" 1 >"$T/json"
		jq -se "length == 1 and all(.lock == \"$lock\" and .comm == \"mutex\" and .count == 2)" "$T/json"
	done
}

@test "futexctn: layout and banner are BCC's" {
	"$B/futexctn" -- "$W/futexes" "$T/expected" 5 >"$T/text"
	cat "$T/text"
	[ "$(head -1 "$T/text")" = "Summarize futex contention latency, hit ctrl-c to exit" ]
	tid=$(jq 'select(.[0] == "plain")[1]' "$T/expected") lock=$(jq -r 'select(.[0] == "plain")[2]' "$T/expected")
	# What waits before the program's rules are read has another stack.
	grep -A1 -E "^plain\[$tid\] lock $lock contended [12] times, [0-9]+ avg usecs \[max: [0-9]+ usecs, min [0-9]+ usecs\]$" "$T/text" |
		grep -qx '    -'
	grep -qx '    wait_as' "$T/text"
	grep -qx '     usecs               : count     distribution' "$T/text"
	"$B/futexctn" -T -s -m -- "$W/futexes" "$T/expected" 5 >"$T/text"
	grep -Eqx '[0-2][0-9]:[0-5][0-9]:[0-5][0-9]' "$T/text"
	grep -A1 "^plain.* avg msecs .*msecs, min .* msecs]$" "$T/text" | grep -qx '     msecs               : count     distribution'
	not grep -qx '    -' "$T/text"
}

@test "futexctn: bad command lines are usage errors" {
	for bad in "-l x" "-l 0" "-p x" "0" "1 2 3" "--stack-storage-size 0"; do
		run -2 --separate-stderr "$B/futexctn" $bad
		[ -z "$output" ]
		[ "${#stderr_lines[@]}" = 1 ]
	done
}
