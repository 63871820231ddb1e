load lib
load conns

setup() {
	needs_tool tcpconnect
}

ROW='[.pid, .comm, .uid, .family, .laddr, .lport, .raddr, .rport, .netns, .errno]'

@test "tcpconnect: each connect, with its result, over IPv4, IPv6 and mapped addresses" {
	trace_conns tcpconnect -- ways
	rows_are connect "$ROW"
	[ "$(wc -l <"$T/traced")" = 29 ]
	jq -se 'map(.result) | unique == ["ECONNREFUSED", "ENETUNREACH", "ok"]' "$T/rows"
	trace_conns tcpconnect -- slow
	rows_are connect "$ROW"
	jq -se 'any(.latency_ns > 9e8)' "$T/rows"
}

# bats test_tags=smp
@test "tcpconnect: 1,000 connects on two processors: each is shown, or counted as lost" {
	ONCE=1 trace_conns tcpconnect -- many 1000
	rows_are connect "$ROW"
	[ "$(wc -l <"$T/expected")" = 1000 ]
}

@test "tcpconnect: -4, -6, -p, -u, -P, --netns choose connects" {
	trace_conns tcpconnect -4 -- many 6
	rows_are connect "$ROW" '.[3] == 4'
	trace_conns tcpconnect -6 -- many 6
	rows_are connect "$ROW" '.[3] == 6'
	trace_conns tcpconnect -P 17041,17042 -- many 6 17041
	rows_are connect "$ROW"
	trace_conns tcpconnect -P 17042 -- many 6 17041
	rows_are connect "$ROW" '.[7] == 17042'
	trace_conns tcpconnect -u 65534 -- ways
	rows_are connect "$ROW" '.[2] == 65534'
	trace_conns tcpconnect -p "$$,1" -- many 6
	[ ! -s "$T/rows" ]
	trace_conns tcpconnect --netns /proc/self/ns/net -- netns
	[ ! -s "$T/rows" ]
}

@test "tcpconnect: -c counts" {
	"$B/tcpconnect" -c -P 17041,17042 -- "$W/tcpconns" "$T/did" many 50 17041 >"$T/text"
	same <(printf '%s\n' "Tracing connect ... Hit Ctrl-C to end" "" \
		"LADDR                     RADDR                     RPORT                CONNECTS" \
		"127.0.0.1                 127.0.0.1                 17041                25" \
		"::1                       ::1                       17042                25") <(LC_ALL=C sed -n '1,3p;4,$!d' "$T/text"; sed 1,3d "$T/text" | LC_ALL=C sort)
	"$B/tcpconnect" --json -c -P 17042 -- "$W/tcpconns" "$T/did" many 50 17041 >"$T/json"
	[ "$(jq -c '[.laddr, .raddr, .rport, .connects, .family]' "$T/json")" = '["::1","::1",17042,25,6]' ]
	run -2 "$B/tcpconnect" -c -r
}

@test "tcpconnect: headers and rows are BCC's" {
	lines() {
		"$B/tcpconnect" "$@" -P 17041,17043 -- "$W/tcpconns" "$T/did" many 2 17041
	}
	lines >"$T/text"
	same <(printf '%s\n' "Tracing connect ... Hit Ctrl-C to end" "PID     COMM         IP SADDR            DADDR            DPORT") <(head -n2 "$T/text")
	sed 1,2d "$T/text" | grep -Eqx '[0-9]{1,7} +tcpconns     4  127\.0\.0\.1        127\.0\.0\.1        17041'
	for l in -L --source-port; do
		lines -tU $l >"$T/text"
		sed -n 2p "$T/text" | same <(echo "TIME(s)  UID   PID     COMM         IP SADDR            LPORT  DADDR            DPORT") -
		sed 1,2d "$T/text" | grep -Eqx '0\.000    0     [0-9]{1,7} +tcpconns     4  127\.0\.0\.1        [0-9]{4,5} +127\.0\.0\.1        17041'
	done
	# How they ended is known only with -r.
	"$B/tcpconnect" -P 17041 -- "$W/tcpconns" "$T/did" unanswered 17041 >"$T/text"
	[ "$(wc -l <"$T/text")" = 5 ]
	"$B/tcpconnect" -r -P 17041 -- "$W/tcpconns" "$T/did" unanswered 17041 >"$T/text"
	sed -n 2p "$T/text" | grep -q 'DPORT  RESULT$'
	[ "$(awk 'NR > 2 { print $NF }' "$T/text" | LC_ALL=C sort | xargs)" = "ETIMEDOUT closed ok" ]
}

@test "tcpconnect: -d shows the names that were looked up" {
	"$B/tcpconnect" -d -P 17045 -- "$W/tcpconns" "$T/did" dns 17045 >"$T/text"
	sed -n 2p "$T/text" | grep -q 'DPORT  QUERY$'
	sed 1,2d "$T/text" | sed -E 's/^.{25} *//; s/^[^ ]+ +//; s/ \([0-9]+\.[0-9]{3}ms\)$/ (later)/' | same <(printf '%s\n' \
		"127.0.0.99       17045  No DNS Query" "127.0.0.99       17045  db.example.net" \
		"127.0.0.99       17045  db.example.net (later)" "::1              17045  six.example.net") -
	"$B/tcpconnect" --json -d -P 17045 -- "$W/tcpconns" "$T/did" dns 17045 >"$T/json"
	[ "$(jq -sc 'map(.query)' "$T/json")" = '[null,"db.example.net","db.example.net","six.example.net"]' ]
	run -2 "$B/tcpconnect" -c -d
}
