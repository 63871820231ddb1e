load lib
load conns

setup() {
	needs_tool tcpretrans
}

# The machine's own kernel may have nothing to see accepts by.
only_known() {
	! grep -q 'not seen.*only accepted' "$T/err" || WANTED='.[1] == "a client"'
	jq -c 'select(.pid)' "$T/rows" >"$T/known"
	[ -n "${WANTED:-}" ] || jq -c . "$T/rows" | same - "$T/known"
	mv "$T/known" "$T/rows"
}

COUNTS='group_by([.laddr, .lport, .raddr, .rport])[] | [.[0].pid, .[0].comm, .[0].family, .[0].laddr,
	.[0].lport, .[0].raddr, .[0].rport, .[0].netns, length]'

@test "tcpretrans: each retransmit, in both directions, with the owner" {
	trace_conns tcpretrans -- lossy
	jq -se 'all(.type == "R" and .state == "ESTABLISHED" and .seq > 0)' "$T/rows"
	only_known
	jq -c 'select(.[0] == "retransmits") | .[1:]' "$T/did" | jq -c "select(${WANTED:-true})" | LC_ALL=C sort >"$T/expected"
	jq -sc "$COUNTS" "$T/rows" | LC_ALL=C sort >"$T/traced"
	same "$T/expected" "$T/traced"
	[ "$(wc -l <"$T/expected")" -ge 3 ]
}

@test "tcpretrans: a SYN that is sent again" {
	trace_conns tcpretrans -- slow
	jq -c 'select(.[0] == "slow") | .[1]' "$T/did" | same - <(jq -c 'select(.state == "SYN_SENT") | .lport' "$T/rows")
}

@test "tcpretrans: -l shows tail loss probes" {
	[ -n "${SNOOPKIT_VM:-}" ] || "$B/tcpretrans" -l -- true >/dev/null 2>&1 || skip "this kernel: no probe for a function"
	trace_conns tcpretrans -l -- lossy
	jq -se 'any(.type == "L") and all(.type == "L" or .type == "R")' "$T/rows"
}

@test "tcpretrans: -c counts" {
	trace_conns tcpretrans -c -- lossy
	jq -c 'select(.[0] == "retransmits") | .[3:]' "$T/did" | LC_ALL=C sort >"$T/expected"
	jq -c '[.family, .laddr, .lport, .raddr, .rport, .netns, .retransmits]' "$T/rows" | LC_ALL=C sort | same "$T/expected" -
	"$B/tcpretrans" -c --remoteport 17061 -- "$W/tcpconns" "$T/did" unanswered 17061 >"$T/text"
	sed -n 1,3p "$T/text" | same <(printf '%s\n' "Tracing retransmits ... Hit Ctrl-C to end" "" \
		"LADDR:LPORT               RADDR:RPORT               RETRANSMITS") -
	sed 1,3d "$T/text" | grep -Eqx '\[127\.0\.0\.1\]#[0-9]{4,5} +<-> \[127\.0\.0\.1\]#17061             [12]'
	run -2 "$B/tcpretrans" -c -s
}

@test "tcpretrans: -4, -6, -p, --netns choose connections" {
	trace_conns tcpretrans -4 -- lossy
	jq -se 'length > 1 and all(.family == 4)' "$T/rows"
	trace_conns tcpretrans -6 -- lossy
	jq -se 'length > 0 and all(.family == 6)' "$T/rows"
	trace_conns tcpretrans -p "$$,1" -- slow
	[ ! -s "$T/rows" ]
	trace_conns tcpretrans --netns 1 -- slow
	[ ! -s "$T/rows" ]
}

@test "tcpretrans: header and rows are BCC's" {
	"$B/tcpretrans" --remoteport 17061 -- "$W/tcpconns" "$T/did" unanswered 17061 >"$T/text"
	head -n2 "$T/text" | same <(printf '%s\n' "Tracing retransmits ... Hit Ctrl-C to end" \
		"TIME     PID     IP LADDR:LPORT          T> RADDR:RPORT          STATE") -
	sed 1,2d "$T/text" | grep -Eqx '[0-9:]{8} [0-9]{1,7} +4  127\.0\.0\.1:[0-9]{4,5} +R> 127\.0\.0\.1:17061      SYN_SENT'
	"$B/tcpretrans" -s --remoteport 17061 -- "$W/tcpconns" "$T/did" unanswered 17061 >"$T/text"
	sed -n 2p "$T/text" | same <(echo "TIME     PID     IP LADDR:LPORT          T> RADDR:RPORT          STATE        SEQ") -
	sed 1,2d "$T/text" | grep -Eqx '[0-9:]{8} [0-9]{1,7} +4  127\.0\.0\.1:[0-9]{4,5} +R> 127\.0\.0\.1:17061      SYN_SENT     [0-9]+'
}
