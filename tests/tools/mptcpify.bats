load lib

# Where the kernel can't, one sentence says so.
setup() {
	local why
	needs_root
	why=$("$B/mptcpify" --enforce -- true 2>&1 >/dev/null) && return
	[ "$(wc -l <<<"$why")" = 1 ]
	case $why in
	*"cannot change update_socket_protocol: this kernel has no such function. It needs Linux 6.6 or newer, with MPTCP.")
		not grep -qw update_socket_protocol /proc/kallsyms ;;
	*"cannot change update_socket_protocol: this kernel lacks fentry, on which that is built") [ -z "${SNOOPKIT_VM:-}" ] ;;
	*"this kernel has no MPTCP. It needs CONFIG_MPTCP.") [ ! -e /proc/sys/net/mptcp ] ;;
	*) echo "$why" && return 1 ;;
	esac
	skip "$why"
}

# All three sockets are of this kind.
are() {
	"$W/tcpsockets" "$T/expected" >"$T/kinds"
	[ "$(sort -u "$T/kinds")" = "$1" ] && [ "$(wc -l <"$T/kinds")" = 3 ]
}

become() {
	for _ in {1..50}; do
		! are "$1" || return 0
		sleep 0.1
	done
	cat "$T/kinds"
	return 1
}

@test "mptcpify: without --enforce it only says which sockets" {
	"$B/mptcpify" --json -- "$W/tcpsockets" "$T/expected" >"$T/out"
	[ "$(grep -cx tcp "$T/out")" = 3 ]
	grep '^{' "$T/out" >"$T/json"
	pid=$(jq -n 'input[0]' "$T/expected")
	jq -c "select(.pid == $pid) | [.pid, .comm, .family]" "$T/json" | same "$T/expected" -
	[ "$(jq -c "select(.pid == $pid) | .forced" "$T/json" | sort -u)" = false ]
}

@test "mptcpify: --enforce makes them MPTCP sockets, as long as it runs" {
	"$B/mptcpify" --json --enforce -- "$W/tcpsockets" "$T/expected" >"$T/out"
	[ "$(grep -cx mptcp "$T/out")" = 3 ]
	grep '^{' "$T/out" >"$T/json"
	pid=$(jq -n 'input[0]' "$T/expected")
	jq -c "select(.pid == $pid and .forced) | [.pid, .comm, .family]" "$T/json" | same "$T/expected" -
	are tcp
	# Ended by force.
	"$B/mptcpify" --enforce >"$T/text" &
	become mptcp
	kill -KILL $!
	wait $! || true
	become tcp
	head -n 1 "$T/text" | grep -qx "MPTCP is been forced for  all applications"
	grep -Eq '^[0-9:]{8} [0-9]+ +sockets          IPv6   forced$' "$T/text"
}

@test "mptcpify: --for ends the effect, even while the tool is stopped" {
	"$B/mptcpify" --enforce --for 3 >"$T/text" &
	become mptcp
	kill -STOP $!
	are mptcp
	become tcp
	kill -CONT $!
	wait $!
}

@test "mptcpify: -t, -p and -u choose; the forced flavour of probes does not matter" {
	SNOOPKIT_PROBES=kprobe "$B/mptcpify" --enforce -t nothing,sockets >"$T/text" &
	become mptcp
	kill $!
	wait $!
	head -n 1 "$T/text" | grep -qx "MPTCP is been forced for  \[nothing,sockets\]"
	for other in "-t others" "-p 1" "-u 54321"; do
		"$B/mptcpify" --enforce $other -- "$W/tcpsockets" >"$T/out"
		[ "$(grep -cx tcp "$T/out")" = 3 ]
	done
	run -2 "$B/mptcpify" -t a-name-of-too-many-letters
	echo 0 >/proc/sys/net/mptcp/enabled
	run -1 --separate-stderr "$B/mptcpify" --enforce
	echo 1 >/proc/sys/net/mptcp/enabled
	[[ $stderr == *"has MPTCP switched off. Switch it on: sysctl net.mptcp.enabled=1" ]]
}
