load lib
load conns

setup() {
	needs_tool tcpconnlat
}

ROW='[.pid, .comm, .family, .laddr, .lport, .raddr, .rport, .netns, .errno]'
# The same of ["connect",...], which also has the user.
did() {
	jq -c "select(.[0] == \"connect\") | .[1:] | [.[0,1,3,4,5,6,7,8,9]] | select($1)" "$T/did" | LC_ALL=C sort >"$T/expected"
	jq -c "$ROW" "$T/rows" | LC_ALL=C sort >"$T/traced"
	expected_or_lost
	[ -s "$T/expected" ]
}

@test "tcpconnlat: connects that are answered, refused, non-blocking, over IPv4, IPv6 and mapped addresses" {
	trace_conns tcpconnlat -- ways
	did '.[8] == 0 or .[8] == 111' # one that has no route has no latency
	[ "$(wc -l <"$T/traced")" = 28 ]
	jq -se 'all(.lat_ns > 0 and .lat_ns < 1e9) and (map(.result) | unique == ["ECONNREFUSED", "ok"])' "$T/rows"
}

@test "tcpconnlat: latencies are the program's own, and a threshold chooses" {
	trace_conns tcpconnlat -- slow
	did true
	port=$(jq -r 'select(.[0] == "slow") | .[1]' "$T/did")
	ns=$(jq -r 'select(.[0] == "slow") | .[2]' "$T/did")
	# The SYN was sent again after a second.  The program may be told late.
	jq -se --argjson port "$port" --argjson ns "$ns" \
		'map(select(.lport == $port) | .lat_ns) | length == 1 and .[0] > 9e8 and .[0] <= $ns and .[0] > $ns - 3e8' "$T/rows"
	trace_conns tcpconnlat 500.5 -- slow
	port=$(jq -r 'select(.[0] == "slow") | .[1]' "$T/did")
	[ "$(jq -s 'map(.lport)' "$T/rows")" = "$(jq -n "[$port]")" ]
}

# bats test_tags=smp
@test "tcpconnlat: 1,000 connects on two processors: each is shown, or counted as lost" {
	ONCE=1 trace_conns tcpconnlat -- many 1000
	did true
	[ "$(wc -l <"$T/expected")" = 1000 ]
}

@test "tcpconnlat: attempts without an answer are rows with -r" {
	run -0 "$B/tcpconnlat" -r -P 17031 -- "$W/tcpconns" "$T/did" unanswered 17031
	[[ ${lines[0]} == "PID     COMM         IP SADDR            DADDR            DPORT LAT(ms) RESULT" ]]
	[ "$(printf '%s\n' "${lines[@]:1}" | awk '$6 == 17031 { print $NF }' | xargs)" = "ok closed ETIMEDOUT" ]
	run -0 "$B/tcpconnlat" -P 17031 -- "$W/tcpconns" "$T/did" unanswered 17031
	[ "${#lines[@]}" = 2 ]
}

@test "tcpconnlat: -4, -6, -p, -u, -P, --netns choose connects" {
	trace_conns tcpconnlat -4 -- many 6
	did '.[2] == 4'
	trace_conns tcpconnlat -6 -- many 6
	did '.[2] == 6'
	trace_conns tcpconnlat -P 17032 -- many 6 17031
	did '.[6] == 17032'
	trace_conns tcpconnlat -u 65534 -- ways
	did '.[1] == "a client" and .[2] == 6'
	trace_conns tcpconnlat -p "$$,1" -- many 6
	[ ! -s "$T/rows" ]
	trace_conns tcpconnlat --netns /proc/self/ns/net -- netns
	[ ! -s "$T/rows" ]
	run -2 "$B/tcpconnlat" 5s
	[ "$output" = "tcpconnlat: min_ms: '5s' is not a number of milliseconds from 0 to 86400000" ]
	run -2 "$B/tcpconnlat" .5
}

@test "tcpconnlat: headers and rows are BCC's" {
	lines() {
		traced "$B/tcpconnlat" "$@" -P 17031 -- "$W/tcpconns" "$T/did" many 2 17031
		mv "$T/json" "$T/text"
	}
	lines
	head -n1 "$T/text" | same <(echo "PID     COMM         IP SADDR            DADDR            DPORT LAT(ms)") -
	sed 1d "$T/text" | grep -Eqx '[0-9]{1,7} +tcpconns     4  127\.0\.0\.1        127\.0\.0\.1        17031 [0-9]+\.[0-9]{2}'
	lines -tL
	head -n1 "$T/text" | same <(echo "TIME(s)  PID     COMM         IP SADDR            LPORT  DADDR            DPORT LAT(ms)") -
	sed 1d "$T/text" | grep -Eqx '0\.000    [0-9]{1,7} +tcpconns     4  127\.0\.0\.1        [0-9]{4,5} +127\.0\.0\.1        17031 [0-9]+\.[0-9]{2}'
}
