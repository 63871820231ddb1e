load lib
load conns

setup() {
	needs_tool tcpdrop
	[ -d /sys/kernel/tracing/events ] || mount -t tracefs tracefs /sys/kernel/tracing
}

kernel_has() {
	grep -q "$1;" /sys/kernel/tracing/events/skb/kfree_skb/format
}

# What this kernel can't know is left out: before 5.17 there are no reasons, and before 6.11 it often does not say whose
# socket it is.  The machine's own kernel may have nothing to see accepts by.
known() {
	kernel_has reason || REASON='.[10] = .[11] |'
	kernel_has rx_sk || SOCKET='.[0] = 0 | .[1] = "" | .[8] = "" |'
	! grep -q 'not seen.*only accepted' "$T/err" || OWNER='if .[8] == "ESTABLISHED" then .[0] = 0 | .[1] = "" else . end |'
	jq -c "${REASON:-} ${OWNER:-} ${SOCKET:-} ."
}

ROW='[.pid // 0, .comm // "", .family, .saddr, .sport, .daddr, .dport, .netns, .state // "", .flags, .reason // .function, .function]'

@test "tcpdrop: each drop, with its reason, the socket's state and its owner" {
	trace_conns tcpdrop -- drops
	jq -c 'select(.[0] == "drop") | .[1:13] as $row | range(.[13]) | $row' "$T/did" | known | LC_ALL=C sort >"$T/expected"
	jq -c "$ROW" "$T/rows" | known | LC_ALL=C sort >"$T/traced"
	[ "$(wc -l <"$T/expected")" -ge 9 ]
	if kernel_has reason; then
		same "$T/expected" "$T/traced"
	else # it frees others as if it dropped them
		[ -z "$(LC_ALL=C comm -23 "$T/expected" "$T/traced")" ]
	fi
	jq -se 'all(.running_pid >= 0 and (.stack | length > 5 and all(test("^[a-zA-Z0-9_.]+\\+0x[0-9a-f]+ \\["))) and
		(if .reason then .code > 0 else .code == null end))' "$T/rows"
}

@test "tcpdrop: -4, -6, --netns, --netns-id, --pid-netns choose segments" {
	trace_conns tcpdrop -4 -- drops
	jq -se 'length >= 3 and all(.family == 4)' "$T/rows"
	trace_conns tcpdrop -6 --pid-netns $$ -- drops
	jq -se 'length >= 3 and all(.family == 6)' "$T/rows"
	trace_conns tcpdrop --netns-id 1 -- drops
	[ ! -s "$T/rows" ]
	trace_conns tcpdrop --netns "/proc/$$/ns/net" -- drops
	jq -se 'length >= 3' "$T/rows"
	run -2 "$B/tcpdrop" --netns-id 1 --pid-netns $$
	[[ $output == *"only one network namespace can be chosen"* ]]
	run -1 "$B/tcpdrop" --pid-netns 4194305
	[[ $output == *"there is no process 4194305"* ]]
}

@test "tcpdrop: without data nothing is lost when a queue is emptied" {
	trace_conns tcpdrop -- ways
	jq -se 'all(.reason != "QUEUE_PURGE" or (.flags | test("PSH|^ACK$"))) and
		all(.state != "TIME_WAIT" or .reason != "NOT_SPECIFIED")' "$T/rows"
	# The test can see something: each port that is refused.
	jq -c 'select(.[0] == "life" and .[11] == "refused") | [.[5], .[7]]' "$T/did" | LC_ALL=C sort >"$T/expected"
	[ -s "$T/expected" ]
	jq -c 'select(.flags == "SYN") | [.sport, .dport]' "$T/rows" | LC_ALL=C sort | same "$T/expected" -
}

@test "tcpdrop: header and rows are BCC's, with the stack below; -e explains" {
	"$B/tcpdrop" -e -- "$W/tcpconns" "$T/did" filtered 27063 >"$T/text"
	head -n1 "$T/text" | same <(echo "TIME     PID     IP SADDR:SPORT          > DADDR:DPORT          STATE (FLAGS)        REASON (CODE)") -
	kernel_has reason && why='SOCKET_FILTER \([0-9]+\)' || why=tcp_v4_rcv
	kernel_has rx_sk && state=LISTEN || state=-
	awk '/ > 127.0.0.1:27063 / { on = 1 } on { print } !NF { on = 0 }' "$T/text" >"$T/mine"
	head -n1 "$T/mine" | grep -Eqx "[0-9:]{8} [0-9]{1,7} +4  127\.0\.0\.1:[0-9]{4,5} +> 127\.0\.0\.1:27063      $state \(SYN\) +$why"
	! kernel_has reason || sed -n 2p "$T/mine" | grep -q '^  The socket has a filter .*\.$'
	sed '1d; /^  [A-Z]/d; $d' "$T/mine" | grep -Pq '^\ttcp_v4_rcv\+0x[0-9a-f]+$'
	sed '1d; /^  [A-Z]/d; $d' "$T/mine" | not grep -Pvq '^\t[a-zA-Z0-9_.]+\+0x[0-9a-f]+$'
	[ -z "$(tail -n1 "$T/mine")" ]
}
