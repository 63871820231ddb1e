load lib
load conns

setup() {
	needs_tool tcplife
}

ROW='[.pid, .comm, .family, .laddr, .lport, .raddr, .rport, .netns, .tx_bytes, .rx_bytes, .why]'

@test "tcplife: each way to begin and end, to the byte, with the owner, over IPv4, IPv6 and mapped addresses" {
	trace_conns tcplife -- ways
	if grep -q 'not seen.*only accepted' "$T/err"; then # the machine's own kernel
		jq -c 'select(.pid)' "$T/rows" >"$T/known"
		[ "$(wc -l <"$T/rows")" = $(($(wc -l <"$T/known") + 4)) ]
		jq -c "$ROW" "$T/known" | LC_ALL=C sort >"$T/traced"
		jq -c 'select(.[0] == "life") | .[1:]' "$T/did" | LC_ALL=C sort >"$T/expected"
		[ "$(LC_ALL=C comm -13 "$T/expected" "$T/traced" | wc -l)" = 0 ]
	else
		rows_are life "$ROW"
		[ "$(wc -l <"$T/traced")" = 52 ]
	fi
	jq -se 'all(.ns > 0 and .ns < 5e9)' "$T/rows"
}

# bats test_tags=smp
@test "tcplife: 2,000 ends of short connections on two processors: each is shown, or counted as lost" {
	# Who closed first is a matter of chance where both do.
	ONCE=1 trace_conns tcplife -- many 1000
	FIELDS=10 rows_are life "$ROW"
	[ "$(wc -l <"$T/expected")" = 2000 ]
}

@test "tcplife: -p, -u, -4, -6, -L, -D, --netns choose connections" {
	FIELDS=10 # who closes first can be chance
	trace_conns tcplife -4 -- many 20
	rows_are life "$ROW" '.[2] == 4'
	trace_conns tcplife -6 -- many 20
	rows_are life "$ROW" '.[2] == 6'
	trace_conns tcplife -u 65534 -- ways
	rows_are life "$ROW" '.[1] == "a client" and .[2] == 6'
	trace_conns tcplife -p "$$,1" -- many 20
	[ ! -s "$T/rows" ]
	# Two listeners, whose ports the workload is told.
	trace_conns tcplife -L 17013,17014 -- many 20 17013
	rows_are life "$ROW" '.[4] == 17013 or .[4] == 17014'
	trace_conns tcplife -D 17013 -- many 20 17013
	rows_are life "$ROW" '.[6] == 17013'
	trace_conns tcplife -- netns
	rows_are life "$ROW"
	trace_conns tcplife --netns /proc/self/ns/net -- netns
	[ ! -s "$T/rows" ]
	trace_conns tcplife --netns "$(stat -Lc %i /proc/self/ns/net)" -- many 4
	rows_are life "$ROW"
}

@test "tcplife: attempts that nobody answers; --why in text" {
	trace_conns tcplife -D 17015 -- unanswered 17015
	jq -c 'select(.why == "given_up" or .why == "timeout")' "$T/rows" >"$T/attempts"
	mv "$T/attempts" "$T/rows"
	rows_are life "$ROW"
	[ "$(jq -sc 'map(.errno) | sort' "$T/rows")" = "[0,110]" ]
	"$B/tcplife" --why -D 17013 -- "$W/tcpconns" "$T/did" many 4 17013 >"$T/text" 2>/dev/null
	head -n1 "$T/text" | same <(echo "PID   COMM       LADDR           LPORT RADDR           RPORT TX_KB RX_KB MS        WHY") -
	[ "$(awk 'NR > 1 { print $NF }' "$T/text" | LC_ALL=C sort | xargs)" = "local_close remote_close" ]
}

@test "tcplife: bad command lines are a sentence" {
	run -2 "$B/tcplife" -4 -6
	[ "$output" = "tcplife: --ipv6: -4 and -6 exclude each other; without them, both are traced" ]
	run -2 "$B/tcplife" -L 80,70000
	[ "$output" = "tcplife: --localport: '70000' is not a whole number from 1 to 65535" ]
	run -2 "$B/tcplife" -D 80,
	run -2 "$B/tcplife" --netns /nowhere
	[ "$output" = "tcplife: --netns: /nowhere: No such file or directory" ]
	for other in /etc/passwd /proc/self/ns/mnt /; do
		run -2 "$B/tcplife" --netns "$other"
		[ "$output" = "tcplife: --netns: '$other' is no network namespace" ]
	done
	run -2 "$B/tcplife" 5
}

@test "tcplife: headers and rows are BCC's" {
	lines() {
		"$B/tcplife" "$@" -D 17013 -- "$W/tcpconns" "$T/did" many 4 17013 2>/dev/null
	}
	lines >"$T/text"
	head -n1 "$T/text" | same <(echo "PID   COMM       LADDR           LPORT RADDR           RPORT TX_KB RX_KB MS") -
	[ "$(wc -l <"$T/text")" = 3 ]
	tail -n2 "$T/text" | grep -Ecx '[0-9]{1,7} +tcpconns   127\.0\.0\.1       [0-9]{4,5} +127\.0\.0\.1       17013     0     0 [0-9]+\.[0-9]{2}' | grep -qx 2
	lines -Ttw >"$T/text"
	head -n1 "$T/text" | same <(echo "TIME     TIME(s)   PID   COMM             IP LADDR                                   LPORT RADDR                                   RPORT  TX_KB  RX_KB MS") -
	sed -n 2p "$T/text" | grep -Eqx '[0-9:]{8} 0\.000000  [0-9]{1,7} +tcpconns         4  127\.0\.0\.1 {31}[0-9]{4,5} +127\.0\.0\.1 {31}17013      0      0 [0-9]+\.[0-9]{2}'
	lines -st >"$T/text"
	head -n1 "$T/text" | same <(echo "TIME(s),PID,COMM,IP,LADDR,LPORT,RADDR,RPORT,TX_KB,RX_KB,MS") -
	sed -n 2p "$T/text" | grep -Eqx '0\.000000,[0-9]+,tcpconns,4,127\.0\.0\.1,[0-9]+,127\.0\.0\.1,17013,0,0,[0-9]+\.[0-9]{2}'
}
