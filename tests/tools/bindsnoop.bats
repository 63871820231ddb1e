load lib
load conns

setup() {
	needs_tool bindsnoop
}

BINDS='[.pid, .comm, .uid, .protocol, .family, .laddr, .lport, .netns, .opts, .ifindex, .errno]'

@test "bindsnoop: each bind, with its result, over IPv4, IPv6 and mapped addresses" {
	trace_binds bindsnoop -- ways
	rows_are bind "$BINDS"
	[ "$(wc -l <"$T/traced")" = 35 ]
	jq -se 'map(.result) | unique == ["EACCES", "EADDRINUSE", "EADDRNOTAVAIL", "EAFNOSUPPORT", "EINVAL", "ok"]' "$T/rows"
	jq -se 'all(.tid == .pid)' "$T/rows"
}

@test "bindsnoop: options of the socket, and its interface" {
	trace_binds bindsnoop -- options
	rows_are bind "$BINDS"
	[ "$(jq -sc 'map(.opts) | unique' "$T/rows")" = '[".....","....r","...R.","..N..",".T...","F....","FTNRr"]' ]
}

# bats test_tags=smp
@test "bindsnoop: 2,000 binds on two processors: each is shown, or counted as lost" {
	ONCE=1 trace_binds bindsnoop -- many 2000
	rows_are bind "$BINDS"
	[ "$(wc -l <"$T/expected")" = 2000 ]
}

@test "bindsnoop: MPTCP is seen once" {
	[ "$(cat /proc/sys/net/mptcp/enabled 2>/dev/null)" = 1 ] || skip "this kernel has no MPTCP"
	trace_binds bindsnoop -- mptcp
	rows_are bind "$BINDS"
	[ "$(wc -l <"$T/traced")" = 5 ]
}

@test "bindsnoop: by io_uring" {
	"$W/binds" "$T/did" uring || skip "this kernel's io_uring can't bind"
	trace_binds bindsnoop -- uring
	rows_are bind "$BINDS"
}

@test "bindsnoop: -4, -6, -p, -P, -u, --netns choose binds" {
	trace_binds bindsnoop -4 -- many 6
	rows_are bind "$BINDS" '.[4] == 4'
	trace_binds bindsnoop -6 -- many 6
	rows_are bind "$BINDS" '.[4] == 6'
	# Also by the port that a failed bind asked for
	trace_binds bindsnoop -P 17091,81 -- ways
	rows_are bind "$BINDS" '.[6] == 17091 or .[6] == 81'
	trace_binds bindsnoop -u 65534 -- ways
	rows_are bind "$BINDS" '.[2] == 65534'
	trace_binds bindsnoop -p "$$,1" -- many 6
	[ ! -s "$T/rows" ]
	trace_binds bindsnoop --netns /proc/self/ns/net -- netns
	[ ! -s "$T/rows" ]
	trace_binds bindsnoop -- netns
	rows_are bind "$BINDS"
}

@test "bindsnoop: --count counts" {
	"$B/bindsnoop" --count -P 17083,17084 -- "$W/binds" "$T/did" many 10 17083 >"$T/text"
	same <(printf '%s\n' "Tracing binds ... Hit Ctrl-C to end" "" \
		"LADDR                                           LPORT     BINDS" \
		"127.0.0.1                                       17083     5" \
		"::1                                             17084     5") <(head -n3 "$T/text"; sed 1,3d "$T/text" | LC_ALL=C sort)
	"$B/bindsnoop" --json --count -P 17084 -- "$W/binds" "$T/did" many 10 17083 >"$T/json"
	[ "$(jq -c '[.laddr, .lport, .binds, .family]' "$T/json")" = '["::1",17084,5,6]' ]
	run -2 "$B/bindsnoop" --count -E
	[ "$output" = "bindsnoop: --count counts binds that succeed; it has no room for the errors of others (-E)" ]
}

@test "bindsnoop: headers and rows are BCC's" {
	lines() {
		"$B/bindsnoop" "$@" -P 17083 -- "$W/binds" "$T/did" many 2 17083 >"$T/text"
		head -n1 "$T/text" | same <(echo "Tracing binds ... Hit Ctrl-C to end") -
	}
	lines
	sed -n 2p "$T/text" | same <(echo "     PID COMM         PROT ADDR            PORT   OPTS IF") -
	sed 1,2d "$T/text" | grep -Eqx '[ 0-9]{8} a binder     TCP  127\.0\.0\.1       17083 \.\.\.\.\.  0'
	lines -tUE
	sed -n 2p "$T/text" | same <(echo "TIME(s)      UID  RC      PID COMM         PROT ADDR            PORT   OPTS IF") -
	sed 1,2d "$T/text" | grep -Eqx '0\.000000       0   0 [ 0-9]{8} a binder     TCP  127\.0\.0\.1       17083 \.\.\.\.\.  0'
	lines -wE
	sed -n 2p "$T/text" | same <(echo "RC                               PID COMM         PROT ADDR                                    PORT   OPTS IF") -
	sed 1,2d "$T/text" | grep -Eqx 'Success                   [ 0-9]{10} a binder     TCP  127\.0\.0\.1 {31}17083 \.\.\.\.\.  0'
}

@test "bindsnoop: -E also shows binds that fail, with what the program asked for, in text" {
	"$B/bindsnoop" -P 17091 -- "$W/binds" "$T/did" ways >"$T/text"
	[ "$(wc -l <"$T/text")" = 2 ]
	"$B/bindsnoop" -E -P 17091 -- "$W/binds" "$T/did" ways >"$T/text"
	sed 1,2d "$T/text" | grep -Eqx ' ?-99 [ 0-9]{8} a binder     UDP  198\.51\.100\.9    17091 \.\.\.\.\.  0'
	"$B/bindsnoop" -wE -P 17091 -- "$W/binds" "$T/did" ways >"$T/text"
	sed 1,2d "$T/text" | grep -Eqx 'Cannot assign requested address [ 0-9]{10} a binder     UDP  198\.51\.100\.9 {28}17091 \.\.\.\.\.  0'
}
