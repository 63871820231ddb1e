load lib
load conns

setup() {
	needs_tool tcpstates
}

# Of each socket its states, and the owner that is known at the end.  Old kernels say SYN_RECV before the socket has ports.
path_rows() {
	jq -sc 'map(select(.rport != 0 and .newstate != "SYN_RECV")) | group_by([.laddr, .lport, .raddr, .rport])[]
		| [.[-1].pid, .[-1].comm, .[-1].family, .[0].laddr, .[0].lport, .[0].raddr, .[0].rport, .[0].netns,
		   (if .[0].oldstate == "CLOSE" then ["CLOSE"] else [] end) + map(.newstate)]' "$T/rows" | LC_ALL=C sort >"$T/traced"
}

@test "tcpstates: each way to begin and end, state by state, with the owner" {
	trace_conns tcpstates -- ways
	path_rows
	jq -c 'select(.[0] == "states") | .[1:] | .[-1] |= map(select(. != "SYN_RECV"))' "$T/did" | LC_ALL=C sort >"$T/expected"
	[ "$(wc -l <"$T/expected")" = 52 ]
	if grep -q 'not seen.*only accepted' "$T/err"; then # the machine's own kernel: 4 owners are not known
		[ "$(LC_ALL=C comm -23 "$T/expected" "$T/traced" | wc -l)" = 4 ]
		jq -c .[2:] "$T/expected" | LC_ALL=C sort >"$T/expected.ends"
		jq -c .[2:] "$T/traced" | LC_ALL=C sort | same "$T/expected.ends" -
	else
		same "$T/expected" "$T/traced"
	fi
	# A state lasts from one change to the next; listeners have one of their own.
	jq -se 'group_by(.skaddr) | all(all(.ns < 5e9)) and any(.[]; .[0].newstate == "LISTEN" and .[0].pid)' "$T/rows"
}

# bats test_tags=smp
@test "tcpstates: 1,000 short connections on two processors: each change is shown, or counted as lost" {
	ONCE=1 trace_conns tcpstates -- many 1000
	changes() {
		local n
		n=$(jq -r "select($1) | .skaddr" "$T/rows" | wc -l)
		[ "$n" -le "$2" ] && [ $((n + $(hits_lost))) -ge "$2" ]
	}
	changes '.newstate == "CLOSE" and .rport != 0' 2000
	changes '.newstate == "ESTABLISHED"' 2000
	changes '.oldstate == "CLOSE" and .newstate == "SYN_SENT"' 1000
}

@test "tcpstates: -4, -6, -L, -D, -p, -u, --netns choose sockets" {
	trace_conns tcpstates -4 -- many 4
	jq -se 'length > 15 and all(.family == 4)' "$T/rows"
	trace_conns tcpstates -6 -- many 4
	jq -se 'length > 15 and all(.family == 6)' "$T/rows"
	trace_conns tcpstates -L 17021 -- many 4 17021
	jq -se 'length > 10 and all(.lport == 17021)' "$T/rows"
	trace_conns tcpstates -D 17021,17022 -- many 4 17021
	jq -se 'length > 10 and all(.rport == 17021 or .rport == 17022)' "$T/rows"
	trace_conns tcpstates -u 65534 -- ways
	jq -se 'length > 20 and all(.comm == "a client" and .family == 6)' "$T/rows"
	trace_conns tcpstates -p "$$,1" -- many 4
	[ ! -s "$T/rows" ]
	trace_conns tcpstates --netns /proc/self/ns/net -- netns
	[ ! -s "$T/rows" ]
}

@test "tcpstates: headers and rows are BCC's" {
	lines() {
		traced "$B/tcpstates" "$@" -D 17021 -- "$W/tcpconns" "$T/did" many 2 17021 2>/dev/null
		mv "$T/json" "$T/text"
	}
	lines
	head -n1 "$T/text" | same <(echo "SKADDR           C-PID C-COMM     LADDR           LPORT RADDR           RPORT OLDSTATE    -> NEWSTATE    MS") -
	sed -n 2p "$T/text" | grep -Eqx '[0-9a-f]{16} [0-9]{1,7} +tcpconns   127\.0\.0\.1       [0-9]{4,5} +127\.0\.0\.1       17021 CLOSE       -> SYN_SENT    0\.000'
	lines -Ttw
	head -n1 "$T/text" | same <(echo "TIME     TIME(s)   SKADDR           C-PID C-COMM           IP LADDR                                   LPORT RADDR                                   RPORT OLDSTATE    -> NEWSTATE    MS") -
	sed -n 2p "$T/text" | grep -Eqx '[0-9:]{8} 0\.000000  [0-9a-f]{16} [0-9]{1,7} +tcpconns         4  127\.0\.0\.1 {31}[0-9]{4,5} +127\.0\.0\.1 {31}17021 CLOSE       -> SYN_SENT    0\.000'
	lines -s
	head -n1 "$T/text" | same <(echo "SKADDR,C-PID,C-COMM,IP,LADDR,LPORT,RADDR,RPORT,OLDSTATE,NEWSTATE,MS") -
	sed -n 2p "$T/text" | grep -Eqx '[0-9a-f]{16},[0-9]+,tcpconns,4,127\.0\.0\.1,[0-9]+,127\.0\.0\.1,17021,CLOSE,SYN_SENT,0\.000'
}

@test "tcpstates: -Y writes journal entries" {
	[ ! -e /run/systemd/journal/socket ] || skip "this machine has a journal of its own"
	run -1 "$B/tcpstates" -Y -- true
	[[ $output == *"tcpstates: cannot write to the systemd journal: /run/systemd/journal/socket: No such file or directory" ]]
	mkdir -p /run/systemd/journal
	for _ in {1..8}; do # as traced() does
		"$W/datagrams" /run/systemd/journal/socket "$T/journal" "$B/tcpstates" -Y -D 17021 -- "$W/tcpconns" "$T/did" many 2 17021 >"$T/text" 2>"$T/err"
		rm /run/systemd/journal/socket
		[ "$(hits_lost)" != 0 ] || break
	done
	[ "$(grep -c '^MESSAGE=' "$T/journal")" = 5 ]
	[ "$(($(wc -l <"$T/text") - 1))" = 5 ]
	head -n11 "$T/journal" | grep -v '^OBJECT_PID=\|^OBJECT_COMM=\|SPAN' | sed 's/1 [0-9]* →/1 N →/; s/SOURCE_PORT=.*/SOURCE_PORT=N/' | same <(printf '%s\n' \
		"MESSAGE=tcpconns 127.0.0.1 N → 127.0.0.1 17021 CLOSE → SYN_SENT" \
		SYSLOG_IDENTIFIER=tcpstates PRIORITY=5 OBJECT_IPV4_SOURCE_ADDRESS=127.0.0.1 \
		OBJECT_TCP_SOURCE_PORT=N OBJECT_IPV4_DESTINATION_ADDRESS=127.0.0.1 \
		OBJECT_TCP_DESTINATION_PORT=17021 OBJECT_TCP_OLD_STATE=CLOSE OBJECT_TCP_NEW_STATE=SYN_SENT) -
}
