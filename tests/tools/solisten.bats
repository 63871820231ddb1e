load lib
load conns

setup() {
	needs_tool solisten
}

LISTENS='[.pid, .comm, .protocol, .family, .laddr, .lport, .netns, .backlog, .errno]'

@test "solisten: each listen, with its result, over IPv4, IPv6 and mapped addresses" {
	trace_binds solisten -- ways
	rows_are listen "$LISTENS"
	[ "$(wc -l <"$T/traced")" = 23 ]
	jq -se 'map(.result) | unique == ["EADDRINUSE", "EINVAL", "ok"]' "$T/rows"
	jq -se 'all(.tid == .pid)' "$T/rows"
}

# bats test_tags=smp
@test "solisten: 2,000 listens on two processors: each is shown, or counted as lost" {
	ONCE=1 trace_binds solisten -- many 2000
	rows_are listen "$LISTENS"
	[ "$(wc -l <"$T/expected")" = 2000 ]
}

@test "solisten: MPTCP is seen once" {
	[ "$(cat /proc/sys/net/mptcp/enabled 2>/dev/null)" = 1 ] || skip "this kernel has no MPTCP"
	trace_binds solisten -- mptcp
	rows_are listen "$LISTENS"
	[ "$(wc -l <"$T/traced")" = 5 ]
}

@test "solisten: by io_uring" {
	"$W/binds" "$T/did" uring || skip "this kernel's io_uring can't listen"
	trace_binds solisten -- uring
	rows_are listen "$LISTENS"
}

@test "solisten: -4, -6, -p, -P, -u, -n choose listens" {
	trace_binds solisten -4 -- many 6
	rows_are listen "$LISTENS" '.[3] == 4'
	trace_binds solisten -6 -- many 6
	rows_are listen "$LISTENS" '.[3] == 6'
	trace_binds solisten -P 17081 -- many 6 17081
	rows_are listen "$LISTENS" '.[5] == 17081'
	for none in "-p $$,1" "-u 65534"; do
		# shellcheck disable=SC2086
		trace_binds solisten $none -- many 6
		[ ! -s "$T/rows" ]
	done
	trace_binds solisten -n "$(stat -Lc %i /proc/self/ns/net)" -- netns
	[ ! -s "$T/rows" ]
	trace_binds solisten -- netns
	rows_are listen "$LISTENS"
}

@test "solisten: headers and rows are BCC's" {
	"$B/solisten" -P 17081,17082 -- "$W/binds" "$T/did" many 2 17081 >"$T/text"
	head -n1 "$T/text" | same <(echo "PID     COMM         PROTO  BACKLOG  PORT  ADDR") -
	sed 1d "$T/text" | LC_ALL=C sort -k4 | sed -E 's/^[0-9]{1,7} +/PID /' | same <(printf '%s\n' \
		"PID a binder     TCPv4  0        17081 127.0.0.1" \
		"PID a binder     TCPv6  0        17082 ::1") -
	"$B/solisten" --show-netns -P 17081 -- "$W/binds" "$T/did" many 2 17081 >"$T/text"
	head -n1 "$T/text" | same <(echo "PID     COMM         NETNS        PROTO  BACKLOG  PORT  ADDR") -
	sed 1d "$T/text" | grep -Eqx "[0-9]{1,7} +a binder     $(stat -Lc %i /proc/self/ns/net)   TCPv4  0        17081 127\.0\.0\.1"
}

@test "solisten: -r also shows those that fail, in text" {
	"$B/solisten" -tT -- "$W/binds" "$T/did" ways >"$T/text"
	head -n1 "$T/text" | grep -Eqx 'TIME     TIME\(s\)   PID     COMM         PROTO  BACKLOG  PORT  ADDR'
	[ "$(grep -c " a binder " "$T/text")" = 13 ]
	"$B/solisten" -r -- "$W/binds" "$T/did" ways >"$T/text"
	head -n1 "$T/text" | grep -q 'ADDR                                    RESULT$'
	[ "$(grep " a binder " "$T/text" | awk '{ n[$NF]++ } END { print n["EADDRINUSE"], n["EINVAL"], n["ok"] }')" = "5 5 13" ]
}

@test "solisten: bad command lines are a sentence" {
	run -2 "$B/solisten" -n nowhere
	[ "$output" = "solisten: --netns: nowhere: No such file or directory" ]
	run -2 "$B/solisten" 5
}
