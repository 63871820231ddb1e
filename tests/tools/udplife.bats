load lib
load conns

setup() {
	needs_tool udplife
}

ROW='[.pid, .comm, .family, .laddr, .lport, .raddr, .rport, .peers, .tx_bytes, .rx_bytes, .tx_datagrams, .rx_datagrams, .drops]'

# Trace `udpmoves` with these options ("-- ways" comes last).
trace_lives() {
	trace_work udpmoves udplife "$@"
	jq -c 'select(.comm | IN("a datagram", "one that ends"))' "$T/json" >"$T/rows"
}

@test "udplife: every way to send, receive and end, to the byte and datagram, with drops and peers" {
	trace_lives -- ways
	rows_are life "$ROW"
	[ "$(wc -l <"$T/expected")" -ge 38 ]
	jq -se 'all(.ns > 0 and .ns < 60e9) and ([.[] | select(.drops > 0)] | length == 4)' "$T/rows"
}

@test "udplife: -p, -u, -4, -6, -L, -D, --netns choose sockets" {
	trace_lives -4 -- ways
	rows_are life "$ROW" '.[2] == 4'
	trace_lives -6 -- sockets 20
	rows_are life "$ROW" '.[2] == 6'
	trace_lives -p "$$,1" -- sockets 20
	[ ! -s "$T/rows" ]
	trace_lives -u 65534 -- sockets 20
	[ ! -s "$T/rows" ]
	trace_lives -L 17024 -- sockets 20 17024
	rows_are life "$ROW" '.[4] == 17024'
	trace_lives -D 17024 -u 0 -- sockets 20 17024
	rows_are life "$ROW" '.[6] == 17024'
	[ "$(wc -l <"$T/traced")" = 20 ]
	trace_lives --netns /proc/self/ns/net -- netns
	[ ! -s "$T/rows" ]
	trace_lives -- netns
	rows_are life "$ROW"
}

@test "udplife: a socket that was there before is not shown" {
	exec {socket}<>/dev/udp/127.0.0.1/9
	"$B/udplife" --json -- bash -c "echo x >&$socket; exec {socket}>&-; exec $W/udpmoves $T/did pingpong 1" >"$T/json"
	exec {socket}>&-
	[ "$(jq -r .comm "$T/json" | sort | uniq -c | xargs)" = "2 a datagram" ]
}

@test "udplife: the text has tcplife's layout, and -d adds the datagrams" {
	lines() {
		"$B/udplife" "$@" -L 17024 -- "$W/udpmoves" "$T/did" sockets 4 17024 2>/dev/null
	}
	lines -4 >"$T/text"
	head -n1 "$T/text" | same <(echo "PID   COMM       LADDR           LPORT RADDR           RPORT TX_KB RX_KB MS") -
	sed -n '2,$p' "$T/text" | grep -Eqx '[0-9]{1,7} +a datagram 127\.0\.0\.1       17024 \*               \*         0     2 [0-9]+\.[0-9]{2}'
	lines -6dTtw >"$T/text"
	head -n1 "$T/text" | same <(echo "TIME     TIME(s)   PID   COMM             IP LADDR                                   LPORT RADDR                                   RPORT  TX_KB  RX_KB TX_DGRAMS RX_DGRAMS  DROPS MS") -
	sed -n '2,$p' "$T/text" | grep -Eqx '[0-9:]{8} 0\.000000  [0-9]{1,7} +a datagram       6  ::1 {37}17024 \* {39}\*          0      2         0         2      0 [0-9]+\.[0-9]{2}'
	lines -4sd >"$T/text"
	head -n1 "$T/text" | same <(echo "PID,COMM,IP,LADDR,LPORT,RADDR,RPORT,TX_KB,RX_KB,TX_DGRAMS,RX_DGRAMS,DROPS,MS") -
	sed -n '2,$p' "$T/text" | grep -Eqx '[0-9]+,a datagram,4,127\.0\.0\.1,17024,\*,\*,0,2,0,2,0,[0-9]+\.[0-9]{2}'
}

@test "udplife: bad command lines are a sentence" {
	run -2 "$B/udplife" -4 -6
	[ "${#lines[@]}" = 1 ]
	run -2 "$B/udplife" -L 80,70000
	[ "$output" = "udplife: --localport: '70000' is not a whole number from 1 to 65535" ]
	run -2 "$B/udplife" 5
}
