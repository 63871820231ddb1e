load lib

setup() {
	needs_tool tcptop
}

# Trace `tcpmoves` with these options ("-- ways" comes last) in one report.  $T/traced has what was seen, in the form
# of $T/expected; both are sorted.
trace() {
	local options=()
	while [ "$1" != -- ]; do
		options+=("$1")
		shift
	done
	traced "$B/tcptop" --json "${options[@]}" -- "$W/tcpmoves" "$T/moved" "${@:2}"
	[ ! -s "$T/err" ] || { cat "$T/err"; return 1; }
	jq -sc 'sort[]' "$T/moved" >"$T/expected"
	jq -sc 'group_by([.pid,.comm,.laddr,.raddr])
		| map([.[0].pid, .[0].comm, .[0].family, .[0].laddr, .[0].raddr,
		       (map(.rx_bytes) | add), (map(.tx_bytes) | add)]) | sort[]' \
		"$T/json" >"$T/traced"
}

@test "tcptop: every way to send and receive, to the byte, over IPv4, IPv6 and mapped addresses" {
	trace 1000 -- ways
	same "$T/expected" "$T/traced"
	[ "$(wc -l <"$T/traced")" = 12 ]
	jq -se 'all(.laddr == "\(.lip):\(.lport)" and .raddr == "\(.rip):\(.rport)")' "$T/json"
}

@test "tcptop: over several intervals no byte is lost or counted twice" {
	trace 1 -- stream 4
	same "$T/expected" "$T/traced"
	[ "$(jq -r .time "$T/json" | sort -u | wc -l)" -ge 4 ]
	[ "$(wc -l <"$T/json")" -ge 16 ]
}

@test "tcptop: MPTCP, to the byte" {
	[ "$(cat /proc/sys/net/mptcp/enabled 2>/dev/null)" = 1 ] || skip "this kernel has no MPTCP"
	trace 1000 -- mptcp 3
	same "$T/expected" "$T/traced"
	[ "$(wc -l <"$T/traced")" = 8 ]
}

@test "tcptop: 30 processes that wait for bytes hide nobody's" {
	trace 1000 -- blocked 30
	same "$T/expected" "$T/traced"
}

@test "tcptop: -4, -6, -p, -s, -r choose and sort" {
	trace -4 1000 -- ways
	jq -c 'select(.[2] == 4)' "$T/expected" | same - "$T/traced"
	trace -6 1000 -- ways
	jq -c 'select(.[2] == 6)' "$T/expected" | same - "$T/traced"
	trace -p "$$,1" 1000 -- pingpong 3
	[ ! -s "$T/traced" ]
	"$B/tcptop" --json --exec "$W/tcpmoves" "$T/moved" blocked 1 >"$T/json"
	[ "$(jq -s 'map(.pid) | unique | length' "$T/json")" = 1 ]
	for by in all sent received; do
		trace -4 -s $by 1000 -- blocked 9
		jq -sc --arg by $by 'map({ all: (.rx_bytes + .tx_bytes), sent: .tx_bytes,
			received: .rx_bytes }[$by])' "$T/json" >"$T/by"
		jq -c 'sort | reverse' "$T/by" | same - "$T/by"
	done
	trace -r 3 1000 -- blocked 5
	[ "$(wc -l <"$T/json")" = 3 ]
	run -2 "$B/tcptop" -4 -6
	run -2 "$B/tcptop" -s most
	run -2 "$B/tcptop" 0
}

@test "tcptop: the text is BCC's, line by line" {
	"$B/tcptop" 1000 -- "$W/tcpmoves" "$T/moved" blocked 3 >"$T/text"
	sed -n 1,2p "$T/text" | same <(printf '%s\n\n' "Tracing... Output every 1000 secs. Hit Ctrl-C to end") -
	sed -n 3p "$T/text" | grep -Eqx '[0-9:]{8} loadavg: [0-9.]+ [0-9.]+ [0-9.]+ [0-9]+/[0-9]+ [0-9]+'
	sed -n 4,5p "$T/text" | same <(printf '\n%s\n' \
		"PID     COMM         LADDR                 RADDR                  RX_KB  TX_KB") -
	sed -n 6,7p "$T/text" | grep -Ecx '[0-9]{1,7} +tcpmoves     127\.0\.0\.1:[0-9]{1,5} +127\.0\.0\.1:[0-9]{1,5} + (19      0|     0     19)' | grep -qx 2
	sed -n 12,13p "$T/text" | same <(printf '\n%s\n' \
		"PID     COMM         LADDR6                           RADDR6                            RX_KB  TX_KB") -
	sed -n 14p "$T/text" | grep -Eqx '[0-9]{1,7} +tcpmoves     ::1:[0-9]{1,5} {21,}::1:[0-9]{1,5} {21,}     0      0'
	[ "$(wc -l <"$T/text")" = 15 ]
	# Empty reports, without the load averages; names are cut at 12 characters.
	"$B/tcptop" -CS 1 2 >"$T/text"
	printf '%s\n\n\n' "Tracing... Output every 1 secs. Hit Ctrl-C to end" | same - "$T/text"
	"$B/tcptop" -S6 1000 -- "$W/tcpmoves" "$T/moved" stream 1 >"$T/text"
	sed -n 3p "$T/text" | grep -q '^$'
	sed -n 4p "$T/text" | grep -q '^PID     COMM         LADDR6 '
	sed -n 5p "$T/text" | grep -q '^[0-9]* *a stream, lo ::1:'
}

@test "tcptop: --cgroup and pinned maps choose containers" {
	root=$(awk '$3 == "cgroup2" { print $2; exit }' /proc/mounts)
	[ -n "$root" ] || skip "no cgroup v2"
	mkdir "$root/tcptop-test"
	"$B/tcptop" --json -c "$root/tcptop-test" 1000 -- sh -c "$W/tcpmoves $T/outside pingpong 3
		echo 0 >$root/tcptop-test/cgroup.procs; $W/tcpmoves $T/moved pingpong 4" >"$T/json"
	rmdir "$root/tcptop-test"
	jq -c '[.pid, .rx_bytes + .tx_bytes]' "$T/json" | sort >"$T/traced"
	jq -c '[.[0], .[5] + .[6]]' "$T/moved" | sort | same - "$T/traced"
	needs_command bpftool
	[ "$(stat -f -c %T /sys/fs/bpf)" = bpf_fs ] || mount -t bpf none /sys/fs/bpf
	rm -f /sys/fs/bpf/tcptop-test
	bpftool map create /sys/fs/bpf/tcptop-test type hash key 8 value 4 entries 8 name snoop
	trace --mntnsmap /sys/fs/bpf/tcptop-test 1000 -- pingpong 3
	rm /sys/fs/bpf/tcptop-test
	[ ! -s "$T/traced" ]
}

@test "tcptop: as kprobes it leaves nothing behind, whatever ends it" {
	events=/sys/kernel/tracing/kprobe_events
	SNOOPKIT_PROBES=kprobe "$B/tcptop" -- true >/dev/null
	[ -z "$(cat $events)" ]
	SNOOPKIT_PROBES=kprobe "$B/tcptop" -- sh -c "cat $events >$T/events; kill -TERM \$PPID; sleep 5" >/dev/null
	grep -q 'r4096:snoopkit/tcp_recvmsg_' "$T/events"
	[ -z "$(cat $events)" ]
	# A tool that is killed can't clean up; the next one does.
	SNOOPKIT_PROBES=kprobe "$B/tcptop" -- sh -c 'kill -KILL $PPID' >/dev/null || true
	[ -n "$(cat $events)" ]
	SNOOPKIT_PROBES=kprobe "$B/tcptop" -- true >/dev/null
	[ -z "$(cat $events)" ]
}
