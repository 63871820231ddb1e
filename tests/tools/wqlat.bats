load lib

setup() {
	needs_root
	needs_tool wqlat
}

# Trace `works N MS`: $T/json.
trace() {	# OPTIONS -- N MS
	local options=()
	while [ "$1" != -- ]; do options+=("$1"); shift; done
	traced "$B/wqlat" --json "${options[@]}" -- "$W/works" "$T/expected" "${@:2}"
	nothing_lost "$T/json"
	jq -c . "$T/json"
	cat "$T/expected"
}

@test "wqlat: works that are kept waiting, each as long as it waited" {
	trace -w events_unbound -- 20 40
	# The kernel can queue works of its own there, and these wait as well.
	n=$(jq '[.usecs[] | select(.lo >= 32768).count] | add' "$T/json") more=$(jq .count "$T/json")
	[ "$n" -ge 20 ]
	[ "$n" -le 26 ]
	[ "$(jq '[.usecs[].count] | add' "$T/json")" = "$more" ]
	[ "$(jq .total_ns "$T/json")" -ge "$(jq '.[1]' "$T/expected")" ]
	# Those that wait longest are of the length that they are kept for; on a machine's own CPUs others can come first.
	[ "$(jq .total_ns "$T/json")" -le $(($(jq '.[2]' "$T/expected") * more / 20 * (${#SNOOPKIT_VM} ? 105 : 130) / 100)) ]
	# Works of other workqueues are not in it.
	trace -w nobody_has_this_name -- 1 1
	[ ! -s "$T/json" ]
}

@test "wqlat: -W tells workqueues apart, -N is in nanoseconds" {
	trace -WN -- 20 40
	jq -se 'map(.wqname) | length >= 1 and . == (unique | sort)' "$T/json"
	jq -se 'all(has("nsecs") and (has("usecs") | not) and .count == (.nsecs | map(.count) | add) and .total_ns > 0)' "$T/json"
	n=$(jq -s '[.[] | select(.wqname == "events_unbound").nsecs[] | select(.lo >= 33554432).count] | add' "$T/json")
	[ "$n" -ge 20 ]
	[ "$n" -le 26 ]
	# All works together are as many without -W.
	trace -- 5 10
	[ "$(jq -s length "$T/json")" = 1 ]
	jq -e '.count >= 5 and (has("wqname") | not)' "$T/json"
}

@test "wqlat: text is BCC's" {
	"$B/wqlat" -T 1 1 -- "$W/works" "$T/expected" 3 10 >"$T/text"
	cat "$T/text"
	[ "$(sed -n 1p "$T/text")" = "Tracing work queue request latency time... Hit Ctrl-C to end." ]
	[ "$(sed -n 2p "$T/text")" = "" ]
	[[ "$(sed -n 3p "$T/text")" =~ ^[0-9:]{8}$ ]]
	[ "$(sed -n 4p "$T/text")" = "     usecs               : count     distribution" ]
	"$B/wqlat" -WN -w events_unbound -- "$W/works" "$T/expected" 3 10 >"$T/text"
	[ "$(sed -n 2,3p "$T/text")" = "" ]
	[ "$(sed -n 4p "$T/text")" = "wqname = events_unbound" ]
	[ "$(sed -n 5p "$T/text")" = "     nsecs               : count     distribution" ]
	[ "$(grep -c '^wqname' "$T/text")" = 1 ]
}

@test "wqlat: bad command lines are usage errors" {
	for bad in 0 "1 2 3" "-w" "-w a_name_of_thirty-two_characters__"; do
		run -2 --separate-stderr "$B/wqlat" $bad
		[ -z "$output" ]
		[ "${#stderr_lines[@]}" = 1 ]
	done
}
