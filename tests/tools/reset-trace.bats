load lib

setup() {
	needs_root
	[ -n "${SNOOPKIT_VM:-}" ] || skip "only in a guest: it changes what others may use"
	cd /sys/kernel/tracing || return 1
	B=$(readlink -f "$OLDPWD/$B") W=$(readlink -f "$OLDPWD/$W")
}

teardown() {
	[ -z "${SNOOPKIT_VM:-}" ] || "$B/reset-trace" -qF
}

# states FILE: of the report, "NAME: STATE, WHY" for each event or setting of this file.
states() {
	jq -r "select(.file == \"$1\") | \"\(.was): \(.state), \(.why)\"" "$T/json"
}

@test "reset-trace: events of tools that are gone, and no others" {
	local true offset
	true=$(readlink -f /bin/true)
	offset=$(readelf -h "$true" | awk '/Entry point/ { print $4 }')
	# Nobody can have the ID 4194304.
	cat >>kprobe_events <<end
p:kprobes/p_vfs_read_bcc_4194304 vfs_read
r:kprobes/r_vfs_read_bcc_4194304 vfs_read
p:snoopkit/vfs_write_4194304 vfs_write
p:kprobes/p_held_bcc_4194304 vfs_write
p:kprobes/p_alive_bcc_$$ vfs_read
p:kprobes/p_bcc_4194304x vfs_read
p:mine/of_4194304 vfs_read
end
	echo "p:uprobes/p__bin_true_bcc_4194304 $true:$offset" >>uprobe_events
	echo 1 >events/kprobes/p_held_bcc_4194304/enable
	"$B/reset-trace" --json >"$T/json"
	same <(printf '%s\n' "kprobes/p_vfs_read_bcc_4194304: reset, null" "kprobes/r_vfs_read_bcc_4194304: reset, null" \
		"snoopkit/vfs_write_4194304: reset, null" "kprobes/p_held_bcc_4194304: kept, in use" \
		"kprobes/p_alive_bcc_$$: kept, process $$ still runs" "kprobes/p_bcc_4194304x: kept, another program's" \
		"mine/of_4194304: kept, another program's") <(states kprobe_events)
	[ "$(states uprobe_events)" = "uprobes/p__bin_true_bcc_4194304: reset, null" ]
	[ ! -s uprobe_events ]
	grep -o '[^:]*/[^ ]*' kprobe_events | same <(printf '%s\n' kprobes/p_held_bcc_4194304 "kprobes/p_alive_bcc_$$" \
		kprobes/p_bcc_4194304x mine/of_4194304) -
	# There is nothing more to say.
	[ -z "$("$B/reset-trace")" ]
	"$B/reset-trace" -v >"$T/text"
	[ "$(head -n 2 "$T/text")" = "kprobe_events: kprobes/p_held_bcc_4194304 (kept: in use)
kprobe_events: kprobes/p_alive_bcc_$$ (kept: process $$ still runs)" ]
	echo "p:kprobes/p_vfs_read_bcc_4194304 vfs_read" >>kprobe_events
	[ "$("$B/reset-trace")" = "kprobe_events: kprobes/p_vfs_read_bcc_4194304 (reset)" ]
	# Who may not, is told.
	run -1 --separate-stderr setpriv --reuid 65534 --regid 65534 --clear-groups --inh-caps=-all --bounding-set=-all "$B/reset-trace"
	[ "${#stderr_lines[@]}" = 1 ]
	[[ $stderr == "reset-trace: cannot reset tracing: "* ]]
}

@test "reset-trace: -F resets all; what can't be reset is exit 1 and a sentence" {
	local f due=
	declare -A set=([current_tracer]=function [set_ftrace_filter]=vfs_read [set_graph_function]=vfs_read [set_ftrace_pid]=1
		[events/enable]=X [tracing_thresh]=77 [tracing_on]=0)
	declare -A default=([current_tracer]=nop [set_ftrace_filter]= [set_graph_function]= [set_ftrace_pid]="no pid" [events/enable]=0
		[tracing_thresh]=0 [tracing_on]=1)
	value() { grep -v '^#' "$1" | head -n 1 || :; }
	grep -qw function available_tracers || unset 'set[current_tracer]'
	echo "p:mine/event vfs_write" >>kprobe_events
	echo 1 >events/mine/event/enable
	echo 1 >events/sched/sched_switch/enable
	# In this order: a change of the tracer empties the trace, and what is off has none.
	for f in current_tracer set_ftrace_filter set_graph_function set_ftrace_pid events/enable tracing_thresh tracing_on; do
		[ -e "$f" ] && [ "${set[$f]:-}" ] || continue
		[ "$f" != tracing_on ] || echo "something" >trace_marker
		[ "$f" = events/enable ] || echo "${set[$f]}" >"$f"
		[ "$(value "$f")" = "${set[$f]}" ]
		due+="$f"$'\n'
	done
	[ -n "$(value trace)" ]
	# As it is, without -F
	[ -z "$("$B/reset-trace")" ]
	[ "$(value tracing_on)" = 0 ]
	"$B/reset-trace" -F --json >"$T/json"
	jq -r 'select(.state == "reset").file' "$T/json" | sort | same <(printf '%s' "$due" kprobe_events$'\n' | sort) -
	[ "$(states tracing_thresh)" = "77: reset, null" ]
	for f in $due; do
		[ "$(value "$f")" = "${default[$f]}" ]
	done
	[ -z "$(value trace)" ]
	[ ! -s kprobe_events ]
	echo "something" >trace_marker
	[[ $("$B/reset-trace" -F) == "trace: "*"something (reset)" ]]
	[ -z "$(value trace)" ]
	[ -z "$("$B/reset-trace" -F)" ]
	[ "$("$B/reset-trace" -Fv | head -n 1)" = "current_tracer: nop (default)" ]
	# An event that a program has open stays.
	echo "p:mine/event vfs_write" >>kprobe_events
	run --separate-stderr "$B/funccount" t:mine:event -- "$B/reset-trace" -F
	[ "$status" = 1 ]
	[ "${stderr_lines[0]}" = "reset-trace: cannot reset kprobe_events (mine/event): in use" ]
	grep -q mine/event kprobe_events
	for bad in "-x" "1"; do
		run -2 --separate-stderr "$B/reset-trace" $bad
		[ "${#stderr_lines[@]}" = 1 ]
	done
}
