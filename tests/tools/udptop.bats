load lib
load conns

setup() {
	needs_tool udptop
}

ROW='[.pid, .comm, .family, .laddr, .raddr, .rx_bytes, .tx_bytes, .rx_datagrams, .tx_datagrams]'

# Trace `udpmoves` with these options ("-- ways" comes last); reports are added up.
trace_flows() {
	trace_work udpmoves udptop "$@"
	jq -sc 'map(select(.comm | IN("a datagram", "a child", "one that ends"))) | group_by([.pid, .comm, .laddr, .raddr])[]
		| .[0] + ([["rx_bytes", "tx_bytes", "rx_datagrams", "tx_datagrams"][] as $k | { ($k): (map(.[$k]) | add) }] | add)' \
		"$T/json" >"$T/rows"
}

@test "udptop: every way to send and receive, to the byte and datagram, over IPv4, IPv6 and mapped addresses" {
	trace_flows 1000 -- ways
	rows_are flow "$ROW"
	jq -se 'length >= 50 and all(.laddr == "\(.lip):\(.lport)" and .raddr == "\(.rip):\(.rport)")' "$T/rows"
}

@test "udptop: over several intervals no datagram is lost or counted twice" {
	trace_flows 1 -- stream 3
	rows_are flow "$ROW"
	[ "$(wc -l <"$T/expected")" = 4 ]
	[ "$(jq -r .time "$T/json" | sort -u | wc -l)" -ge 3 ]
}

@test "udptop: -4, -6, -p, -L, -D, --netns, -s and -r choose and sort" {
	trace_flows -4 1000 -- ways
	rows_are flow "$ROW" '.[2] == 4'
	trace_flows -6 -s sent 1000 -- ways
	rows_are flow "$ROW" '.[2] == 6'
	jq -c .tx_bytes "$T/json" | sort -rnc
	trace_flows -p "$$,1" 1000 -- pingpong 3
	[ ! -s "$T/rows" ]
	trace_flows -L 17023 -s received 1000 -- sockets 6 17023
	rows_are flow "$ROW" '.[3] | endswith(":17023")'
	jq -c 'select(.family == 4).rx_bytes' "$T/json" | sort -rnc
	trace_flows -D 17023,9 -r 4 1000 -- sockets 6 17023
	[ "$(jq -sc 'map(.tx_bytes) | sort' "$T/json")" = '[1026,1027,1028,1029]' ]
	trace_flows --netns /proc/self/ns/net 1000 -- netns
	[ ! -s "$T/rows" ]
	trace_flows 1000 -- netns
	rows_are flow "$ROW"
}

@test "udptop: the text has tcptop's layout, and -d adds the datagrams" {
	"$B/udptop" -D 17023 1000 -- "$W/udpmoves" "$T/did" sockets 2 17023 >"$T/text"
	sed -n 1,2p "$T/text" | same <(printf '%s\n\n' "Tracing... Output every 1000 secs. Hit Ctrl-C to end") -
	sed -n 3p "$T/text" | grep -Eqx '[0-9:]{8} loadavg: [0-9.]+ [0-9.]+ [0-9.]+ [0-9]+/[0-9]+ [0-9]+'
	sed -n 4,5p "$T/text" | same <(printf '\n%s\n' \
		"PID     COMM         LADDR                 RADDR                  RX_KB  TX_KB") -
	sed -n 6p "$T/text" | grep -Eqx '[0-9]{1,7} +a datagram   127\.0\.0\.1:[0-9]{1,5} +127\.0\.0\.1:17023            0      1'
	sed -n 7,8p "$T/text" | same <(printf '\n%s\n' \
		"PID     COMM         LADDR6                           RADDR6                            RX_KB  TX_KB") -
	sed -n 9p "$T/text" | grep -Eqx '[0-9]{1,7} +a datagram   ::1:[0-9]{1,5} {21,}::1:17023                             0      1'
	[ "$(wc -l <"$T/text")" = 9 ]
	"$B/udptop" -S4d -L 17023 1000 -- "$W/udpmoves" "$T/did" sockets 1 17023 >"$T/text"
	sed -n 3p "$T/text" | same <(echo "PID     COMM         LADDR                 RADDR                  RX_KB  TX_KB RX_DGRAMS TX_DGRAMS") -
	sed -n 4p "$T/text" | grep -Eqx '[0-9]{1,7} +a datagram   127\.0\.0\.1:17023       127\.0\.0\.1:[0-9]{1,5} +1      0         1         0'
}

@test "udptop: bad command lines are a sentence" {
	run -2 "$B/udptop" -4 -6
	[ "${#lines[@]}" = 1 ]
	run -2 "$B/udptop" -s most
	run -2 "$B/udptop" 0
	run -2 "$B/udptop" -L 80,70000
	[ "$output" = "udptop: --localport: '70000' is not a whole number from 1 to 65535" ]
}
