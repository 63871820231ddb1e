load lib
load softirqs

setup() {
	needs_tool softirqs
}

@test "softirqs: each kind as often as /proc/softirqs says, and its time" {
	"$B/softirqs" --json -- bash -c "$busy" - "$T" >"$T/json"
	nothing_lost "$T/json"
	each_kind 'map(.count) | add // 0'
	jq -se 'all(.total_ns > 0 and .total_ns / .count > 50 and (has("usecs") | not))' "$T/json"
	jq -se 'map(.total_ns) as $t | $t == ($t | sort | reverse)' "$T/json"
}

@test "softirqs: -d, -N and -C show the same in other ways" {
	"$B/softirqs" --json -d -- sleep 0.5 >"$T/json"
	jq -se 'length > 0 and all((.usecs | map(.count) | add) == .count and
		(.usecs | map(.lo * .count) | add) * 1000 <= .total_ns and
		(.usecs | map((.hi + 1) * .count) | add) * 1000 >= .total_ns)' "$T/json"
	"$B/softirqs" --json -dN -- sleep 0.5 >"$T/json"
	jq -se 'length > 0 and all((.nsecs | map(.count) | add) == .count and
		(.nsecs | map(.lo * .count) | add) <= .total_ns and
		(.nsecs | map((.hi + 1) * .count) | add) >= .total_ns)' "$T/json"
	"$B/softirqs" -C -- sleep 0.5 >"$T/text"
	[ "$(sed -n 1,3p "$T/text")" = "Tracing soft irq events... Hit Ctrl-C to end.

SOFTIRQ          TOTAL_count" ]
	awk 'NR > 3 { print $2 }' "$T/text" | sort -rnc
}

@test "softirqs: text is BCC's" {
	"$B/softirqs" -- sleep 0.5 >"$T/text"
	[ "$(sed -n 1,3p "$T/text")" = "Tracing soft irq event time... Hit Ctrl-C to end.

SOFTIRQ          TOTAL_usecs" ]
	[[ "$(sed -n 4p "$T/text")" =~ ^[a-z_\ ]{16}\ [0-9\ ]{10}[0-9]$ ]]
	"$B/softirqs" -N -- sleep 0.5 >"$T/text"
	[ "$(sed -n 3p "$T/text")" = "SOFTIRQ          TOTAL_nsecs" ]
	"$B/softirqs" -d -- sleep 0.5 >"$T/text"
	grep -A1 -Ex 'softirq = [a-z_]+' "$T/text" | grep -qx '     usecs               : count     distribution'
	"$B/softirqs" -T 1 2 >"$T/text"
	[ "$(grep -Ec '^[0-9]{2}:[0-9]{2}:[0-9]{2}$' "$T/text")" = 2 ]
}

# bats test_tags=smp
@test "softirqs: -c traces one CPU" {
	"$B/softirqs" --json -c 0 -- sleep 0.5 >"$T/json"
	jq -se 'map(.count) | add > 0' "$T/json"
	run -1 "$B/softirqs" -c 4000
	[ "$output" = "softirqs: there is no CPU 4000" ]
}

@test "softirqs: bad command lines are usage errors" {
	for bad in 0 "1 2 3" "-c x" "-c -1" "-C -d" "-C -N"; do
		run -2 --separate-stderr "$B/softirqs" $bad
		[ -z "$output" ]
		[ "${#stderr_lines[@]}" = 1 ]
	done
}
