load lib
load bpfprogs

setup() {
	needs_tool bpftop
	mkdir "$T/bpf"
	mount -t bpf bpf "$T/bpf" || skip "no BPF file system can be mounted"
}

teardown() {
	exec 7>&-
	[ -z "${pid:-}" ] || kill "$pid" 2>/dev/null || :
	umount "$T/bpf" 2>/dev/null || :
}

# id N: of the program, the dispatcher, what is behind it
id() {
	jq ".ids[$1]" "$T/did"
}
# of ID FIELDS: in the last report
of() {
	jq -c "select(.id == $1) | $2" "$T/json" | tail -n1
}

@test "bpftop: each run counts, and costs time" {
	"$B/bpftop" --json --once -- "$W/bpfprogs" "$T/did" maps 1 progs 1 pin "$T/bpf" run 12345 >"$T/json"
	[ "$(of "$(id 0)" '[.type, .name, .runs, .misses, .maps, .uid]')" = '["socket_filter","snoopkit_prog",12345,0,1,0]' ]
	of "$(id 0)" . | jq -e '.run_ns > 12345 and .run_ns < 60e9 and .cpu_percent > 0 and .code_bytes > 0'
	# Its map has 64 values of 1 KiB
	of "$(id 0)" . | jq -e '.map_bytes >= 65536 and .map_bytes < 90000'
	# Nobody holds it but the pin
	[ "$(of "$(id 0)" '[.pid, .comm, .holders, .pinned, .attached]')" = "[null,null,0,\"$T/bpf/prog\",null]" ]
	# What was counted before is not counted again
	"$B/bpftop" --json --once -- "$W/bpfprogs" "$T/did" get "$T/bpf" run 7 >"$T/json"
	[ "$(of "$(id 0)" .runs)" = 7 ]
	"$B/bpftop" --json --once -- true >"$T/json"
	[ "$(of "$(id 0)" '[.runs, .run_ns, .cpu_percent]')" = '[0,0,0]' ]
	# Its own programs are not shown
	jq -se 'all(.name != "behind_begins" and .name != "behind_ends")' "$T/json"
}

@test "bpftop: the kernel counts only while it runs" {
	"$W/bpfprogs" "$T/did" progs 1 pin "$T/bpf" run 1000
	[ "$(jq .counted "$T/did")" = 0 ] || skip "somebody else has the kernel count"
	"$B/bpftop" --json --once -- "$W/bpfprogs" "$T/did" get "$T/bpf" run 1000 >"$T/json"
	[ "$(jq .counted "$T/did")" = 1000 ]
	"$W/bpfprogs" "$T/did" get "$T/bpf" run 1000
	[ "$(jq .counted "$T/did")" = 1000 ]
}

@test "bpftop: a program that replaces a function of another is counted, too" {
	"$W/bpfprogs" "$T/did" behind pin "$T/bpf" pass 100 || {
		[ $? = 77 ] && [ -z "${SNOOPKIT_VM:-}" ] && skip "this kernel does not let us replace functions"
		false
	}
	disp=$(id 1) behind=$(id 2)
	"$B/bpftop" --json --once -- "$W/bpfprogs" "$T/did" get "$T/bpf" pass 5000 >"$T/json"
	[ "$(of "$disp" '[.type, .name, .runs]')" = '["xdp","snoopkit_disp",5000]' ]
	same <(echo "[\"ext\",\"replaced_function_name\",5000,\"$T/bpf/behind\"]") <(of "$behind" '[.type, .name, .runs, .pinned]')
	of "$behind" . | jq -e '.run_ns > 0 and .cpu_percent > 0'
	# On 5.10, the kernel doesn't tell whose function it replaces
	[ "$(of "$behind" '[.behind, .attached]')" = "[$disp,\"in program $disp\"]" ] ||
		[ "$(of "$behind" '[.behind, .attached]')" = '[null,"in another program"]' ]
	# It can be unloaded while it is looked at
	"$B/bpftop" --json 1 5 >"$T/json" 3>&- &
	pid=$!
	until grep -q "\"id\":$behind," "$T/json"; do
		kill -0 $pid
		sleep 0.1
	done
	rm "$T/bpf/behind"
	wait $pid
	jq -se "map(.time) as \$t | map(select(.time == \$t[-1]).id) | (index($disp) != null) and index($behind) == null" "$T/json"
}

@test "bpftop: --counters: what the runs of a program took" {
	"$W/bpfprogs" "$T/did" behind progs 1 pin "$T/bpf" pass 100 || {
		[ $? = 77 ] && [ -z "${SNOOPKIT_VM:-}" ] && skip "this kernel does not let us replace functions"
		false
	}
	disp=$(id 1) behind=$(id 2) plain=$(id 0)
	"$B/bpftop" --json --once --counters task-clock -p '*p[lr][ao]*[gc]*' --openmetrics "$T/metrics" \
		-- "$W/bpfprogs" "$T/did" get "$T/bpf" pass 5000 run 10 >"$T/json"
	same <(echo '["replaced_function_name",5000,5000,null]') <(of "$behind" '[.name, .runs, .counted_runs, .not_counted]')
	of "$behind" . | jq -e '.task_clock_ns > 0 and .task_clock_ns < 60e9'
	same <(echo '[10,null,null,"no BTF"]') <(of "$plain" '[.runs, .counted_runs, .task_clock_ns, .not_counted]')
	# The dispatcher's name does not match
	[ -z "$(of "$disp" .)" ]
	grep -Eq "^snoopkit_bpftop_counted_runs(_total)?\{.*id=\"$behind\".*\} 5000$" "$T/metrics"
	"$B/bpftop" --once --counters task-clock -p "$disp" -- "$W/bpfprogs" "$T/did" get "$T/bpf" pass 7 >"$T/text"
	grep -Eq "^$disp +xdp +snoopkit_disp +[0-9]+ +[0-9]+ +[0-9.]+% +[1-9][0-9]*\.[0-9][0-9] +0 " "$T/text"
	[ "$(grep -c '^[0-9]* *[a-z]' "$T/text")" = 1 ]
}

@test "bpftop: --counters keeps no program in the kernel, and says what can't be counted" {
	"$W/bpfprogs" "$T/did" behind progs 1 pin "$T/bpf" || {
		[ $? = 77 ] && [ -z "${SNOOPKIT_VM:-}" ] && skip "this kernel does not let us replace functions"
		false
	}
	disp=$(id 1) plain=$(id 0)
	"$B/bpftop" --json --counters task-clock -p 'snoopkit_*' 1 5 >"$T/json" 3>&- &
	pid=$!
	until grep -q "\"id\":$disp," "$T/json"; do
		kill -0 $pid
		sleep 0.1
	done
	rm "$T/bpf/behind" "$T/bpf/dispatcher"
	wait $pid
	jq -se "map(.time) as \$t | map(select(.time == \$t[-1]).id) | (index($plain) != null) and index($disp) == null" "$T/json"
	if [ ! -e /sys/bus/event_source/devices/cpu ]; then
		run -1 --separate-stderr "$B/bpftop" --counters task-clock,cycles 1 1
		[ "$stderr" = "bpftop: cannot count cycles: the processor has no counter for them, or a virtual machine hides it" ]
	fi
	for bad in "" cycle cycles, ,cycles; do
		run -2 --separate-stderr "$B/bpftop" "--counters=$bad" 1 1
		[[ $stderr == "bpftop: --counters: "* ]]
	done
}

@test "bpftop: who holds a program, and what it is attached to" {
	probes=()
	for kind in kprobe uprobe; do
		! has_probes $kind || probes+=($kind)
	done
	hold progs 1 link "${probes[@]}"
	"$B/bpftop" --json --once -- true >"$T/json"
	[ "$(of "$(id 0)" '[.pid, .comm, .holders, .pinned, .attached]')" = "[$pid,\"bpfprogs\",1,null,null]" ]
	jq -c "select(.pid == $pid and .attached) | [.type, .attached, .holders]" "$T/json" | LC_ALL=C sort >"$T/attached"
	{
		echo '["raw_tracepoint","raw_tracepoint sched_process_exec",1]'
		for kind in "${probes[@]}"; do
			[ $kind = uprobe ] || echo '["kprobe","kprobe vfs_fsync_range",1]'
		done
		sed -n '/uprobe/p' "$T/attached"
	} | LC_ALL=C sort | same - "$T/attached"
	! has_probes uprobe || grep -Eqx '\["kprobe","uprobe /.*/bpfprogs\+0x[0-9a-f]+",1\]' "$T/attached"
	"$B/bpftop" --once -- true >"$T/text"
	grep -Eq "^$(id 0) +socket_filter    snoopkit_prog +0 +- +0\.00% +0 +0 bpfprogs\[$pid\] +-$" "$T/text"
	release
}

@test "bpftop: of many places, as many are shown as there is room for" {
	has_probes uprobe || skip "this kernel has no uprobes"
	# One program each: what they are attached to is the same, and said once
	hold uprobe uprobe
	"$B/bpftop" --json --once -- true >"$T/json"
	[ "$(jq -s "map(select(.pid == $pid) | .attached) | unique | length" "$T/json")" = 1 ]
	not grep -q '"attached":"[^"]*, ' "$T/json"
	release
	# One program at 20 places
	hold places 20
	"$B/bpftop" --json --once -- true >"$T/json"
	jq -r "select(.pid == $pid) | .attached" "$T/json" >"$T/attached"
	grep -Eqx 'uprobe /[^ ]*/bpfprogs\+0x[0-9a-f]+(, uprobe /[^ ]*/bpfprogs\+0x[0-9a-f]+)*, \.\.\.' "$T/attached"
	[ "$(wc -c <"$T/attached")" -le 160 ]
	release
}

@test "bpftop: XDP programs, attached by a link and by netlink" {
	for how in xdp netlink; do
		"$W/bpfprogs" "$T/tried" $how wait </dev/null || {
			[ $? = 77 ] && [ -z "${SNOOPKIT_VM:-}" ] && skip "no XDP here"
			false
		}
		hold $how
		"$B/bpftop" --json --once -- true >"$T/json"
		[ "$(jq -c "select(.pid == $pid) | [.type, .attached]" "$T/json")" = '["xdp","xdp lo"]' ]
		release
	done
}

@test "bpftop: a program that is attached to a cgroup without a link" {
	cgroup=$(awk '$3 == "cgroup2" { print $2; exit }' /proc/self/mounts)
	[ -n "$cgroup" ] && mkdir "$cgroup/snoopkit-bpftop" || skip "no cgroup can be made"
	hold cgroup "$cgroup/snoopkit-bpftop"
	"$B/bpftop" --json --once -- true >"$T/json"
	release
	"$B/bpftop" --json --once -- true >"$T/left"
	rmdir "$cgroup/snoopkit-bpftop"
	[ "$(jq -c 'select(.name == "snoopkit_cgroup") | [.type, .comm, .attached]' "$T/json")" = \
		'["cgroup_sock","bpfprogs","cgroup_inet_sock_create /snoopkit-bpftop"]' ]
	# Now only the cgroup holds it
	[ "$(jq -c 'select(.name == "snoopkit_cgroup") | [.pid, .holders, .attached]' "$T/left")" = \
		'[null,0,"cgroup_inet_sock_create /snoopkit-bpftop"]' ]
}

@test "bpftop: --limit decides the exit status" {
	run -1 --separate-stderr "$B/bpftop" --limit 0.001% --once -- "$W/bpfprogs" "$T/did" progs 1 pin "$T/bpf" run 1000000
	[[ $stderr =~ ^"bpftop: BPF programs took "[0-9]+\.[0-9]+" % of a CPU, more than 0.001 %"$ ]]
	[[ $output == *snoopkit_prog* ]]
	run -0 --separate-stderr "$B/bpftop" --limit 100000% --once -- "$W/bpfprogs" "$T/did" get "$T/bpf" run 1000000
	run -0 --separate-stderr "$B/bpftop" --limit 100000 --json 1 1
	for bad in "" x 2x -1% 0 nan; do
		run -2 --separate-stderr "$B/bpftop" "--limit=$bad"
		[[ $stderr == "bpftop: --limit: "* ]]
	done
}

@test "bpftop: sorted by what -s says, --openmetrics counts" {
	"$B/bpftop" --json --once --openmetrics "$T/metrics" -- "$W/bpfprogs" "$T/did" progs 2 pin "$T/bpf" run 1000 >"$T/json"
	grep -Eq "^snoopkit_bpftop_runs(_total)?\{.*id=\"$(id 0)\".*\} 1000$" "$T/metrics"
	[ "$(jq -s 'map(.run_ns) | . == (sort | reverse)' "$T/json")" = true ]
	"$B/bpftop" --json --once -s maps -- true >"$T/json"
	[ "$(jq -s 'map(.map_bytes) | . == (sort | reverse)' "$T/json")" = true ]
	"$B/bpftop" -C -r 1 1 1 >"$T/text"
	[ "$(sed '1,/^ID /d; /^Detaching/d' "$T/text" | wc -l)" = 1 ]
	grep -qx 'ID      TYPE             NAME                        RUNS/s   NS/RUN    CPU%  MISSES  MAPS_Kb OWNER                            ATTACHED' "$T/text"
}
