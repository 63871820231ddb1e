# Users other than root, and what a tool may still do once it traces.
load lib

setup() {
	needs_root
	needs_command setpriv
	# Guests are slow, so there it is one tool of each family.
	[ -z "${SNOOPKIT_VM:-}" ] || TOOLS="opensnoop execsnoop tcptop biolatency profile funccount statsnoop vfsstat biosnoop"
	TOOLS=$(chosen_tools)
	not_by_bpf="bpflist bpftop bps reset-trace tplist" # they need more, or nothing of it
	of_programs="bashreadline dbslower dbstat deadlock gethostlatency sslsniff threadsnoop ucalls uflow ugc uobjnew ustat uthreads" # since 2025, kernels want CAP_SYS_ADMIN for uprobes
	# So do those whose arguments name a function of a program, because this kernel traces none of its own.
	[ -n "${SNOOPKIT_VM:-}" ] || of_programs="$of_programs funclatency funcslower"
	paranoid=$(cat /proc/sys/kernel/perf_event_paranoid)
	# Before 5.11 the memory of BPF maps was locked memory.
	least=+bpf,+perfmon,+dac_read_search
	[[ $(uname -r) != 5.10.* ]] || least=$least,+sys_resource
}

teardown() {
	[ -z "${SNOOPKIT_VM:-}" ] || echo "$paranoid" >/proc/sys/kernel/perf_event_paranoid
}

# setpriv with these capabilities and no others, as nobody.
with_caps() {
	local caps=$1
	shift
	setpriv --reuid 65534 --regid 65534 --clear-groups --inh-caps=-all,$caps --ambient-caps=-all,$caps "$@"
}

@test "privilege: CAP_BPF and CAP_PERFMON are enough, and which one is missing is said" {
	# Another test has Debian's own setting, 3.
	[ -z "${SNOOPKIT_VM:-}" ] || echo 2 >/proc/sys/kernel/perf_event_paranoid
	[ "$(cat /proc/sys/kernel/perf_event_paranoid)" -le 2 ] || skip "kernel.perf_event_paranoid is above 2"
	for t in $TOOLS; do
		[[ " $not_by_bpf " != *" $t "* ]] || continue
		args=$(args_of "$t")
		can_trace "$t" $args && [[ " $of_programs " != *" $t "* ]] || continue
		[ "$t" != dnssnoop ] || continue # see below
		# The numbers of tracepoints are in tracefs, which only root may read.
		run -0 --separate-stderr with_caps $least "$B/$t" $args -- true
		run -1 --separate-stderr with_caps +bpf "$B/$t" $args -- true
		[[ $stderr == *"or with CAP_PERFMON, which is missing." ]]
		run -1 --separate-stderr with_caps +perfmon "$B/$t" $args -- true
		[[ $stderr == *"or with CAP_BPF, which is missing." ]]
	done
}

@test "privilege: what attaches to a cgroup needs CAP_NET_ADMIN, and says so" {
	grep -qw dnssnoop <<<"$TOOLS" || skip "not for these tools"
	[ -n "${SNOOPKIT_VM:-}" ] || skip "only in a guest: cgroup v2 may not be mounted here"
	run -0 --separate-stderr with_caps $least,+net_admin "$B/dnssnoop" -- true
	run -1 --separate-stderr with_caps $least "$B/dnssnoop" -- true
	[[ $stderr == *"permission denied. Run it as root or also with CAP_NET_ADMIN." ]]
}

@test "privilege: who asks about the BPF of others is told what that takes" {
	for t in bps bpftop "bps 1"; do
		grep -qw "${t% *}" <<<"$TOOLS" || continue
		run -1 --separate-stderr with_caps $least "$B"/$t --duration 1
		[ "$stderr" = "${t% *}: the kernel tells about the BPF of others only to root, or with CAP_SYS_ADMIN, which is missing" ]
		[ "$t" = "bps 1" ] || run -0 --separate-stderr with_caps $least,+sys_admin "$B/$t" --duration 1
	done
	! grep -qw bpflist <<<"$TOOLS" || run -0 with_caps $least "$B/bpflist"
}

@test "privilege: what they show then is true" {
	[ -z "${SNOOPKIT_VM:-}" ] || echo 2 >/proc/sys/kernel/perf_event_paranoid
	needs_tool opensnoop
	mkdir "$T/dir"
	chmod 777 "$T" "$T/dir"
	with_caps $least "$B/opensnoop" --json -- "$W/opens" "$T/ways" ways "$T/dir" >"$T/json"
	pid=$(jq -n 'input[0]' "$T/ways")
	jq -c "select(.pid == $pid) | [.pid,.tid,.comm,.fd,.err,.flags,.mode,.path]" "$T/json" |
		grep -v -e '"opens"' -e '/ways"' >"$T/opens"
	same "$T/ways" "$T/opens"
}

@test "privilege: what Debian's kernel.perf_event_paranoid forbids, and memory before 5.11, is said" {
	[ -n "${SNOOPKIT_VM:-}" ] || skip "only in a guest: it changes a setting"
	echo 3 >/proc/sys/kernel/perf_event_paranoid
	# Tracepoints in the kernel's own code no longer use perf events, so CAP_PERFMON is enough for them.
	run -0 --separate-stderr with_caps $least "$B/funccount" t:sched:sched_switch -- true
	for t in "profile" "funccount t:syscalls:sys_enter_getppid"; do
		run -1 --separate-stderr with_caps $least "$B"/$t -- true
		[[ $stderr == *": Permission denied: with kernel.perf_event_paranoid above 2 (here 3), this needs CAP_SYS_ADMIN" ]]
	done
	run -0 --separate-stderr with_caps $least,+sys_admin "$B/funccount" t:syscalls:sys_enter_getppid -- true
	if [[ $least == *sys_resource ]]; then
		run -1 --separate-stderr with_caps +bpf,+perfmon,+dac_read_search "$B/opensnoop" -- true
		[[ $stderr == *". Before Linux 5.11 their memory also needs CAP_SYS_RESOURCE." ]]
	fi
}

# only_what_it_needs FILE CAPS: /proc/PID/status of a tool that may have these capabilities, a pattern.
only_what_it_needs() {
	cat "$1"
	grep -q '^NoNewPrivs:.*1' "$1"
	[ "$(grep -c '^Seccomp:' /proc/self/status)" = 0 ] || grep -q '^Seccomp:.*2' "$1"
	# A user of its own, by all four numbers, in no group
	grep -qE '^Uid:(.6[1-5][0-9]{3}){4}$' "$1"
	grep -qE '^Gid:(.6[1-5][0-9]{3}){4}$' "$1"
	grep -qE '^Groups:[[:space:]]*$' "$1"
	while read -r _ caps; do
		[[ $caps == $2 ]] || return 1
	done < <(grep -E '^Cap(Eff|Prm)' "$1")
}

# Kernels before 5.19 let nobody read a map without CAP_BPF (bit 39); symbols are in
# other users' files (CAP_DAC_READ_SEARCH, CAP_SYS_PTRACE, CAP_CHECKPOINT_RESTORE: 2, 19, 40).
# With a command, there is CAP_KILL (5).
@test "privilege: once its probes are attached, a tool has no privilege and gains none" {
	for t in $TOOLS; do
		args=$(args_of "$t")
		can_trace "$t" $args || continue
		case $t in
		# To ask about the BPF of others: CAP_SYS_ADMIN (21).  To open pins, and what is attached to cgroups:
		# CAP_DAC_OVERRIDE, CAP_NET_ADMIN (1, 12); to load programs: CAP_PERFMON (38).
		bpflist) kept=00000000002800 low=4 ;;
		bpftop) kept=000000c0002810 low=6 ;;
		bps) kept=00000000002000 low=4 ;;
		*) kept="00000[01][08]0000[08]00" low="[04]" ;;
		esac
		"$B/$t" $args -- sh -c "cat /proc/\$PPID/status >$T/status" >/dev/null
		only_what_it_needs "$T/status" "${kept}2$low"
		"$B/$t" $args --duration 60 >/dev/null 2>&1 3>&- &
		pid=$!
		for ((i = 0; i < 300; i++)); do
			cat /proc/$pid/status >"$T/status"
			! grep -q '^NoNewPrivs:.*1' "$T/status" || break
			sleep 0.1
		done
		sleep 0.1 # for the rest
		cat /proc/$pid/status >"$T/status"
		kill $pid
		wait $pid || true
		only_what_it_needs "$T/status" "${kept}0$low"
	done
}

@test "privilege: a command gets the tool's signals, whoever it runs as" {
	needs_tool opensnoop
	"$B/opensnoop" -- sh -c "trap 'echo got >$T/got; exit 3' TERM; echo ready >$T/ready; while :; do sleep 0.1; done" \
		>/dev/null 2>&1 3>&- &
	pid=$!
	for ((i = 0; i < 300; i++)); do
		[ ! -s "$T/ready" ] || break
		sleep 0.1
	done
	grep -qE '^Uid:.6[1-5]' /proc/$pid/status
	kill $pid
	wait $pid || true
	for ((i = 0; i < 100; i++)); do
		[ ! -s "$T/got" ] || break
		sleep 0.1
	done
	[ "$(cat "$T/got")" = got ]
}

@test "privilege: where capabilities are missing, a tool is no less able than before" {
	needs_tool opensnoop
	# No way to become another user
	setpriv --bounding-set=-setuid,-setgid --inh-caps=-setuid,-setgid "$B/opensnoop" -- \
		sh -c "cat /proc/\$PPID/status >$T/status" >/dev/null
	grep -qE '^Uid:(.0){4}$' "$T/status"
	if can_trace profile; then
		# Root's number opens files of its other processes where no capability does.
		setpriv --bounding-set=-sys_ptrace --inh-caps=-sys_ptrace "$B/profile" -- \
			sh -c "cat /proc/\$PPID/status >$T/profile" >/dev/null
		grep -qE '^Uid:(.0){4}$' "$T/profile"
	fi
	grep -qE '^CapEff:.0000000000000000$' "$T/status" || grep -qE '^CapEff:.0000008000000000$' "$T/status"
}
