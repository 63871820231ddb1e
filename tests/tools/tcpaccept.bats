load lib
load conns

setup() {
	needs_tool tcpaccept
}

ROW='[.pid, .comm, .family, .laddr, .lport, .raddr, .rport, .netns]'

@test "tcpaccept: each accept, over IPv4, IPv6 and mapped addresses" {
	trace_conns tcpaccept -- ways
	rows_are accept "$ROW"
	[ "$(wc -l <"$T/traced")" = 24 ]
}

# bats test_tags=smp
@test "tcpaccept: 1,000 accepts on two processors: each is shown, or counted as lost" {
	ONCE=1 trace_conns tcpaccept -- many 1000
	rows_are accept "$ROW"
	[ "$(wc -l <"$T/expected")" = 1000 ]
}

@test "tcpaccept: 60 processes that wait at once are all seen" {
	trace_conns tcpaccept -- waiting 60
	rows_are accept "$ROW"
	[ "$(wc -l <"$T/traced")" = 60 ]
}

@test "tcpaccept: MPTCP" {
	[ "$(cat /proc/sys/net/mptcp/enabled 2>/dev/null)" = 1 ] || skip "this kernel has no MPTCP"
	trace_conns tcpaccept -- mptcp
	rows_are accept "$ROW"
}

@test "tcpaccept: -4, -6, -p, -P, --netns choose accepts" {
	trace_conns tcpaccept -4 -- many 6
	rows_are accept "$ROW" '.[2] == 4'
	trace_conns tcpaccept -6 -- many 6
	rows_are accept "$ROW" '.[2] == 6'
	trace_conns tcpaccept -P 17051 -- many 6 17051
	rows_are accept "$ROW" '.[4] == 17051'
	trace_conns tcpaccept -p "$$,1" -- many 6
	[ ! -s "$T/rows" ]
	trace_conns tcpaccept --netns /proc/self/ns/net -- netns
	[ ! -s "$T/rows" ]
}

@test "tcpaccept: headers and rows are BCC's" {
	"$B/tcpaccept" -P 17051 -- "$W/tcpconns" "$T/did" many 2 17051 >"$T/text"
	head -n1 "$T/text" | same <(echo "PID     COMM         IP RADDR            RPORT LADDR            LPORT") -
	sed 1d "$T/text" | grep -Eqx '[0-9]{1,7} +tcpconns     4  127\.0\.0\.1        [0-9]{4,5} +127\.0\.0\.1        17051'
	"$B/tcpaccept" -tT -P 17051 -- "$W/tcpconns" "$T/did" many 2 17051 >"$T/text"
	head -n1 "$T/text" | same <(echo "TIME     TIME(s)  PID     COMM         IP RADDR            RPORT LADDR            LPORT") -
	sed 1d "$T/text" | grep -Eqx '[0-9:]{8} 0\.000    [0-9]{1,7} +tcpconns     4  127\.0\.0\.1        [0-9]{4,5} +127\.0\.0\.1        17051'
}
