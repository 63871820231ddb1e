load lib
load bpfprogs

setup() {
	needs_tool bpflist
}

teardown() {
	exec 7>&-
	[ -z "${pid:-}" ] || kill "$pid" 2>/dev/null || :
}

# What the tool says of the process, and what it is to say.
said() {
	jq -c --argjson pid $pid 'select(.pid == $pid) | [.comm, .type, .count]' "$1" | LC_ALL=C sort
}
due() {
	jq -c 'to_entries[] | select(.key != "pid" and .key != "ids" and .key != "counted" and .value != 0) | ["bpfprogs", .key, .value]' "$T/did" |
		jq -c "select($1)" | LC_ALL=C sort
}

@test "bpflist: programs, maps and links that a process holds" {
	hold maps 3 progs 2 link
	"$B/bpflist" --json >"$T/json"
	same <(due true) <(said "$T/json")
	[ "$(said "$T/json" | wc -l)" = 3 ]
	# It doesn't show itself
	jq -se 'map(select(.comm == "bpflist")) == []' "$T/json"
	release
	"$B/bpflist" --json >"$T/json"
	[ -z "$(said "$T/json")" ]
}

@test "bpflist: -v counts kprobes and uprobes, -vv lists them" {
	local probes=()
	for kind in kprobe uprobe; do
		! has_probes $kind || probes+=($kind)
	done
	[ -n "${probes[*]}" ] || skip "this kernel has no kprobes and no uprobes"
	hold maps 1 "${probes[@]}" "${probes[@]}"
	"$B/bpflist" --json -v >"$T/json"
	same <(due true) <(said "$T/json")
	"$B/bpflist" --json >"$T/json"
	same <(due '.[1] != "kprobe" and .[1] != "uprobe"') <(said "$T/json")
	"$B/bpflist" -vv >"$T/text"
	[ "$(head -n1 "$T/text")" = "open kprobes:" ]
	grep -qx "open uprobes:" "$T/text"
	for kind in "${probes[@]}"; do
		[ $kind = kprobe ] && place='vfs_fsync_range\+0x0' || place='/.*/bpfprogs:0x[0-9a-f]+'
		[ "$(sed "1,/^open ${kind}s:/d; /^$/,\$d" <<<"
$(cat "$T/text")" | grep -Ecx "p:pid_$pid/prog_[0-9]+ $place")" = 2 ]
	done
	release
}

@test "bpflist: probes that BCC's tools have in tracefs count for the process that their names tell" {
	has_probes kprobe || skip "this kernel has no kprobes"
	echo "p:kprobes/p_vfs_fsync_bcc_$$ vfs_fsync_range" >>/sys/kernel/tracing/kprobe_events
	# Nobody has the second, and nobody can have the third
	for id in 4194304 4294967297; do
		echo "p:kprobes/p_vfs_fsync_bcc_$id vfs_fsync_range" >>/sys/kernel/tracing/kprobe_events
	done
	"$B/bpflist" -v --json >"$T/json"
	"$B/bpflist" -vv >"$T/text"
	for id in $$ 4194304 4294967297; do
		echo "-:kprobes/p_vfs_fsync_bcc_$id" >>/sys/kernel/tracing/kprobe_events
	done
	[ "$(jq -c "select(.pid == $$) | [.type, .count]" "$T/json")" = '["kprobe",1]' ]
	[ "$(jq -c "select(.pid == 4194304) | [.comm, .type, .count]" "$T/json")" = '[null,"kprobe",1]' ]
	[ -z "$(jq -c 'select(.pid == 1 and .type == "kprobe")' "$T/json")" ]
	[ "$(sed -n 2p "$T/text")" = "p:kprobes/p_vfs_fsync_bcc_$$ vfs_fsync_range" ]
	grep -Eqx "4194304 \[unknown\]        kprobe  1" "$T/text"
}

@test "bpflist: headers and rows are BCC's" {
	hold maps 2
	"$B/bpflist" >"$T/text"
	grep -Eqx "PID    COMM             TYPE +COUNT" "$T/text"
	grep -Eqx "$(printf '%-6s %-16s' $pid bpfprogs) map +2" "$T/text"
	# One more than the longest type, and a space
	awk 'NR > 1 { n = length($3) > n ? length($3) : n } { $0 = substr($0, 25) } NR == 1 { at = index($0, "COUNT") }
		END { exit at != (n < 3 ? 3 : n) + 3 }' "$T/text"
	release
}

@test "bpflist: processes that it may not look into are counted on stderr" {
	needs_root
	hold maps 1
	run -0 --separate-stderr setpriv --bounding-set -sys_ptrace "$B/bpflist"
	[[ $stderr =~ ^"bpflist: cannot see what "([0-9]+)" processes hold: no permission"$ ]]
	hidden=${BASH_REMATCH[1]}
	run -0 --separate-stderr "$B/bpflist"
	# The machine of a test can hide its first process from root
	[ -z "$stderr" ] || { [ -z "${SNOOPKIT_VM:-}" ] && [[ $stderr =~ \ ([0-9]+)\ process ]] && [ "${BASH_REMATCH[1]}" -lt "$hidden" ]; }
	release
}
