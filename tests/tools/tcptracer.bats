load lib
load conns

setup() {
	needs_tool tcptracer
}

ROW='[.type, .pid, .comm, .family, .laddr, .lport, .raddr, .rport, .netns]'

# What tcpconns did, as tcptracer tells it: connects that failed are no connections, and all others are closed.
trace() {
	trace_conns tcptracer "$@"
	jq -c '["did"] + (if .[0] == "connect" and .[10] == 0 then ["connect", .[1], .[2]] + .[4:10]
		elif .[0] == "accept" or .[0] == "close" then .
		elif .[0] == "life" and (.[11] | . != "refused" and . != "given_up" and . != "timeout") then ["close"] + .[1:9]
		else empty end)' "$T/did" >"$T/told"
	mv "$T/told" "$T/did"
}

@test "tcptracer: each connect, accept and close, over IPv4, IPv6 and mapped addresses" {
	trace -- ways
	rows_are did "$ROW"
	[ "$(jq -sc 'group_by(.type) | map([.[0].type, length])' "$T/rows")" = '[["accept",24],["close",48],["connect",24]]' ]
	jq -se 'any(.uid == 65534)' "$T/rows"
}

@test "tcptracer: attempts that fail are no connections" {
	trace -D 17055 -- unanswered 17055
	# The one that fills the queue
	[ "$(jq -sc 'map(.type)' "$T/rows")" = '["connect","close"]' ]
}

# bats test_tags=smp
@test "tcptracer: 1,000 connections on two processors: each is shown, or counted as lost" {
	ONCE=1 trace -- many 1000
	rows_are did "$ROW"
	[ "$(wc -l <"$T/expected")" = 4000 ]
}

@test "tcptracer: MPTCP" {
	[ "$(cat /proc/sys/net/mptcp/enabled 2>/dev/null)" = 1 ] || skip "this kernel has no MPTCP"
	trace -- mptcp
	rows_are did "$ROW"
	[ "$(wc -l <"$T/traced")" = 4 ]
}

@test "tcptracer: -4, -6, -p, -u, -L, -D, -N choose connections" {
	trace -4 -- many 6
	rows_are did "$ROW" '.[3] == 4'
	trace -6 -- many 6
	rows_are did "$ROW" '.[3] == 6'
	trace -L 17052 -- many 6 17052
	rows_are did "$ROW" '.[5] == 17052'
	trace -D 17052 -- many 6 17052
	rows_are did "$ROW" '.[7] == 17052'
	trace -u 65534 -- ways
	rows_are did "$ROW" '.[2] == "a client" and .[3] == 6'
	for none in "-p $$,1" "-N $(stat -Lc %i /proc/self/ns/net)"; do
		# shellcheck disable=SC2086
		trace $none -- netns
		[ ! -s "$T/rows" ]
	done
	trace -- netns
	rows_are did "$ROW"
}

@test "tcptracer: headers and rows are BCC's" {
	lines() {
		"$B/tcptracer" "$@" -D 17053 -- "$W/tcpconns" "$T/did" many 2 17053 >"$T/text"
		head -n1 "$T/text" | same <(echo "Tracing TCP established connections. Ctrl-C to end.") -
	}
	local netns end
	netns=$(stat -Lc %i /proc/self/ns/net)
	end=' tcpconns         4  127\.0\.0\.1        127\.0\.0\.1        [0-9]{4,5} +17053'
	lines
	sed -n 2p "$T/text" | same <(echo "T  PID    COMM             IP SADDR            DADDR            SPORT  DPORT") -
	sed -n 3p "$T/text" | grep -Eqx "C  [0-9]{1,6} *$end"
	sed -n 4p "$T/text" | grep -Eqx "X  [0-9]{1,6} *$end"
	[ "$(wc -l <"$T/text")" = 4 ]
	lines -t
	sed -n 2p "$T/text" | same <(echo "TIME(s)  T  PID    COMM             IP SADDR            DADDR            SPORT  DPORT") -
	sed -n 3p "$T/text" | grep -Eqx "0\.000    C  [0-9]{1,6} *$end"
	lines -tv
	sed -n 2p "$T/text" | same <(echo "TIME(ns)      TYPE         PID    COMM             IP SADDR            DADDR            SPORT  DPORT  NETNS") -
	sed -n 3p "$T/text" | grep -Eqx "0             connect      [0-9]{1,6} *$end  $netns"
	sed -n 4p "$T/text" | grep -Eqx "[1-9][0-9]* +close        [0-9]{1,6} *$end  $netns"
	lines -v -N "$netns"
	sed -n 2p "$T/text" | same <(echo "TYPE         PID    COMM             IP SADDR            DADDR            SPORT  DPORT") -
	sed -n 3p "$T/text" | grep -Eqx "connect      [0-9]{1,6} *$end"
	# IPv6 addresses are in brackets, but not in JSON.
	"$B/tcptracer" -D 17054 -- "$W/tcpconns" "$T/did" many 2 17053 >"$T/text"
	sed -n 3p "$T/text" | grep -Eqx 'C  [0-9]{1,6} * tcpconns         6  \[::1\]            \[::1\]            [0-9]{4,5} +17054'
}

@test "tcptracer: bad command lines are a sentence" {
	run -2 "$B/tcptracer" -4 -6
	[ "$output" = "tcptracer: --ipv6: -4 and -6 exclude each other; without them, both are traced" ]
	run -2 "$B/tcptracer" 5
}
