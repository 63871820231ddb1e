# Each way to trace functions of the kernel, by force: SNOOPKIT_PROBES.
load lib

# Does this kernel have it, by what it says of itself?
has_way() {
	case $1 in
	fentry) [ -n "${SNOOPKIT_VM:-}" ] ;;
	kprobe) [ -e /sys/bus/event_source/devices/kprobe ] ;;
	session) has_way kprobe && grep -qw bpf_session_is_return /proc/kallsyms && grep -qw register_fprobe_ips /proc/kallsyms ;;
	esac
}

# The first probes of a tool, one word for each kind.
kinds_of() {
	SNOOPKIT_PROBES=${2:-} "$B/$1" --check | sed -nE 's,^probe ([a-z.]*)/.*,\1,p' | sort -u | paste -sd' '
}

# The others have rounds of their own in make check.
@test "ways: with all functions in a session, all tests of mountsnoop and the first of other tools pass" {
	[ -n "${SNOOPKIT_VM:-}" ] || skip "only in a guest"
	[ -z "${SNOOPKIT_PROBES:-}" ] || skip "a way is forced"
	has_way session || skip "this kernel has no such links"
	for t in mountsnoop opensnoop vfsstat filegone fsslower tcplife; do
		sed -n "s,^@test \"\(.*\)\" {$,tests/tools/$t.bats\t\1,p" "tests/tools/$t.bats" | sed "$([ $t = mountsnoop ] || echo 1q)"
	done >"$T/plan"
	SNOOPKIT_PROBES=session run -0 tests/suite "$T/plan"
	[ "$(grep -c '^ok' <<<"$output")" = "$(wc -l <"$T/plan")" ]
}

@test "ways: what is forced is what is used" {
	[ -n "${SNOOPKIT_VM:-}" ] || skip "only in a guest: this kernel has none of them"
	for tool in mountsnoop opensnoop vfsstat; do
		[[ $(kinds_of $tool fentry) =~ ^(fentry|fexit|fentry fexit)( raw_tp)?$ ]]
		[[ $(kinds_of $tool kprobe) =~ ^(kprobe|kprobe kretprobe)( raw_tp)?$ ]]
		has_way session || continue
		[[ $(kinds_of $tool session) =~ ^kprobe.session( raw_tp)?$ ]]
	done
}

@test "ways: functions that are rarely called share a link, if the kernel has such links; opens don't" {
	[ -n "${SNOOPKIT_VM:-}" ] || skip "only in a guest"
	[ -z "${SNOOPKIT_PROBES:-}" ] || skip "a way is forced"
	has_way session || skip "this kernel has no such links"
	[ "$(kinds_of mountsnoop)" = kprobe.session ]
	"$B/opensnoop" --check >"$T/probes"
	grep -qx 'probe kprobe.session/do_handle_open' "$T/probes"
	grep -Eqx 'probe (fexit|kretprobe)/do_sys_openat2' "$T/probes"
	# All of them, and one link each
	"$B/mountsnoop" -- bpftool link >"$T/links"
	[ "$(grep -c 'kprobe_multi' "$T/links")" = 1 ]
	not grep -qE 'tracing|perf_event' "$T/links"
}

@test "ways: a forced way that this kernel lacks is one sentence and status 1" {
	needs_root
	for way in fentry:"fentry programs" kprobe:kprobes session:"kprobe.session links"; do
		! has_way "${way%%:*}" || continue
		for tool in mountsnoop opensnoop vfsstat; do
			SNOOPKIT_PROBES=${way%%:*} run -1 --separate-stderr "$B/$tool" -- true
			[ "$stderr" = "$tool: SNOOPKIT_PROBES=${way%%:*}: this kernel has no ${way#*:}" ]
			[ -z "$output" ]
		done
	done
}

@test "ways: a tool that traces no functions of the kernel takes any of them" {
	needs_root
	for way in fentry kprobe session; do
		SNOOPKIT_PROBES=$way run -0 "$B/profile" -- true
	done
}

@test "ways: calls that a session could not follow, because too many were blocked, are counted as lost" {
	[ -n "${SNOOPKIT_VM:-}" ] || skip "only in a guest"
	has_way session || skip "this kernel has no such links"
	# In 6.12, a link has room for twice its functions' number of calls on each processor.
	mkfifo "$T/blocks"
	SNOOPKIT_PROBES=session "$B/opensnoop" --json -- sh -c "
		for i in \$(seq 60); do timeout 60 cat $T/blocks & done
		sleep 3
		sleep 3 >$T/blocks
		wait" >"$T/json"
	seen=$(jq -c "select(.path == \"$T/blocks\" and .comm == \"cat\")" "$T/json" | wc -l)
	lost=$(jq -c '.lost.returns // empty' "$T/json" | awk '{ n += $1 } END { print n + 0 }')
	echo "seen $seen, lost $lost"
	[ $((seen + lost)) -ge 60 ]
	[ "$SNOOPKIT_VM" != 6.12 ] || [ "$lost" -gt 0 ]
}

# A task can be preempted inside a program, which then runs for no other task on that CPU.
@test "ways: while two processes compete for a CPU, nothing is missed" {
	[ -n "${SNOOPKIT_VM:-}" ] || skip "only in a guest"
	[ -z "${SNOOPKIT_PROBES:-}" ] || skip "a way is forced"
	"$B/syscount" --json --syscall getppid -- "$W/compete" getppid 50000 >"$T/json"
	[ "$(jq -s 'map(.count // 0) | add' "$T/json")" = 100000 ]
	"$B/syscount" --json -L --syscall getppid -- "$W/compete" getppid 50000 >"$T/json"
	[ "$(jq -s 'map(.count // 0) | add' "$T/json")" = 100000 ]
	"$B/funccount" --json t:syscalls:sys_enter_getppid -- "$W/compete" getppid 50000 >"$T/json"
	[ "$(jq -s 'map(.count // 0) | add' "$T/json")" = 100000 ]
	"$B/opensnoop" --json -n compete -- "$W/compete" open 5000 >"$T/json"
	[ "$(grep -c '"/dev/null"' "$T/json")" = 10000 ]
	"$B/exitsnoop" --json -x -- "$W/compete" exit 300 >"$T/json"
	[ "$(jq -c 'select(.exit_code == 3)' "$T/json" | wc -l)" = 600 ]
	"$B/execsnoop" --json -- sh -c 'for i in 1 2 3; do (for j in $(seq 100); do /bin/true; done) & done; wait' >"$T/json"
	[ "$(grep -c '"/bin/true"' "$T/json")" = 300 ]
}
