load lib

setup() {
	needs_tool tcprtt
}

# Trace the workload with these options, again if a segment more came than the workload knows the time of.
trace_rtt() {
	local tries
	for tries in {1..8}; do
		traced "$B/tcprtt" "$@" -- "$W/tcpconns" "$T/did" rtt 27081
		grep -q disturbed "$T/did" || break
	done
}

# rtts UNIT FILTER KEYS: the times that the server saw as segments came, as histograms, by KEYS of [family, laddr, raddr].
rtts() {
	jq -sc --argjson unit "$1" "def lo: if . < 2 then 0 else pow(2; log2 | floor) end;
		map(select(.[0] == \"rtt\" and ($2)) | [.[1], .[2], .[4], .[6]]) | group_by($3)[] | (.[0] | $3) as \$key | map(.[3][]) |
		[\$key, (map(. / \$unit | floor | lo) | group_by(.) | map([.[0], length])), add, length]" "$T/did" >"$T/expected"
}

@test "tcprtt: the smoothed round-trip time, as each segment comes" {
	trace_rtt -p 27081,27082,27083 --json
	nothing_lost "$T/json"
	rtts 1 true null
	jq -c '[null, (.usecs | map([.lo, .count])), .total_us, .count]' "$T/json" | same "$T/expected" -
	jq -e '.count == 39' "$T/json"
}

@test "tcprtt: -b, -B and -m: by address, in milliseconds" {
	trace_rtt -m -b -B -p 27081,27082,27083 --json
	rtts 1000 true '.[1]'
	[ "$(wc -l <"$T/expected")" = 2 ]
	jq -c '[.laddr, (.msecs | map([.lo, .count])), .total_us, .count]' "$T/json" | same "$T/expected" -
	trace_rtt -B -p 27081,27082,27083 --json
	rtts 1 true '.[2]'
	jq -c '[.raddr, (.usecs | map([.lo, .count])), .total_us, .count]' "$T/json" | same "$T/expected" -
}

@test "tcprtt: -4, -6, -p, -P, -a, -A and --netns choose connections" {
	one() {
		local filter=$1
		shift
		trace_rtt "$@" -p 27081,27082,27083 --json
		rtts 1 "$filter" null
		jq -c '[null, (.usecs | map([.lo, .count])), .total_us, .count]' "$T/json" | same "$T/expected" -
		[ -s "$T/expected" ]
	}
	one '.[1] == 4' -4 -a ::ffff:127.0.0.1
	one '.[1] == 6' -A ::1
	one '.[3] == 27082' -p 27082 -6 --netns "/proc/$$/ns/net"
	trace_rtt -P 27081 --json
	jq -e '.count >= 13' "$T/json"
	for none in "-A 192.0.2.1" "--netns 1" "-6 -a ::2"; do
		# shellcheck disable=SC2086
		trace_rtt $none --json
		[ ! -s "$T/json" ]
	done
}

@test "tcprtt: bad addresses are refused" {
	for bad in "-a 127.0.0" "-A host" "-4 -a ::1" "-6 -A 127.0.0.1" "-a 127.0.0.1 -A ::1"; do
		# shellcheck disable=SC2086
		run -2 "$B/tcprtt" $bad
		[ "${#lines[@]}" = 1 ]
	done
}

@test "tcprtt: the text is BCC's" {
	trace_rtt -e -p 27081 -B
	rtts 1 '.[3] == 27081' null
	average=$(jq '.[2] / .[3] | floor' "$T/expected")
	head -n5 "$T/json" | same <(printf '%s\n' "Tracing TCP RTT... Hit Ctrl-C to end." "" "" "Remote Address = 127.0.0.1 [AVG $average]" \
		"     usecs               : count     distribution") -
	trace_rtt -m -p 27081 -T -i 1
	sed -n 3p "$T/json" | grep -Eqx '[0-9]{2}:[0-9]{2}:[0-9]{2}'
	grep -qx 'All Addresses = \*\*\*\*\*\*\*' "$T/json"
	grep -q '^     msecs ' "$T/json"
}
