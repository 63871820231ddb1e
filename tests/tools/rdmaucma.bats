load lib

setup() {
	needs_root
	[ -n "${SNOOPKIT_VM:-}" ] || skip "only in a guest: it needs the module rdma_ucm"
}

# Trace programs that ask for addresses in a network that has no RDMA.
trace_ucma() {
	modprobe rdma_ucm
	B=$B W=$W T=$T unshare -n bash -ec 'ip link add name quiet0 type dummy
		ip link set quiet0 up
		ip addr add 192.0.2.1/24 dev quiet0
		ip addr add 2001:db8::1/64 dev quiet0 nodad
		exec "$B/rdmaucma" "$@" -- "$W/rdmacms" "$T/did" 5 192.0.2.99 2001:db8::99' - "$@"
}

@test "rdmaucma: each event, with its addresses, ports and error" {
	modprobe -r rdma_ucm
	run -1 "$B/rdmaucma" -- true
	[[ $output = *"needs the module rdma_ucm"* ]]
	[ "${#lines[@]}" = 1 ]
	trace_ucma --json >"$T/json"
	nothing_lost "$T/json"
	[ "$(wc -l <"$T/did")" = 10 ]
	jq -c '["address resolved","address error"] as $events | [$events[.[0]]] + .[1:]' "$T/did" |
		same - <(jq -c '[.event, .status, .family, .laddr, .lport, .raddr, .rport]' "$T/json")
}

@test "rdmaucma: header and rows are BCC's" {
	trace_ucma -D >"$T/text" 2>/dev/null
	head -n2 "$T/text" | same <(echo "Tracing RDMA Userspace Connection Manager Access event... Hit Ctrl-C to end."
		printf '%-9s %-16s %-4s %-45s %s\n' Timestamp Event Family Local Remote) -
	[ "$(wc -l <"$T/text")" = 12 ]
	jq -r '[.[4,6]] | @tsv' "$T/did" | while read -r from to; do
		grep -Eq "^[0-9:]{8}  address error    IPv[46]   (0\.0\.0\.0|::):$from {30,} (192\.0\.2|2001:db8:)[.:]99:$to" "$T/text"
	done
}
