load lib
load switches

setup() {
	needs_tool offcputime
}

teardown() {
	for p in "${asleep:-}" "${second:-}"; do
		[ -z "$p" ] || kill "$p" 2>/dev/null || true
	done
}

trace() {	# ARGUMENTS -- PARTS
	trace_switches offcputime "$@"
	no_time_lost
	cat "$T/expected"
}

@test "offcputime: sleeps and waits are as long as the kernel says, below the function that made them" {
	trace -- sleep=20,10 burn=3,200
	pid=$(expected sleep 1)
	time=$(seen ".pid == $pid and any(.user[]; startswith(\"sleep_often+0x\"))" off_ns)
	echo "20 sleeps of 10 ms: $time"
	[ "$time" -ge $((${#SNOOPKIT_VM} ? 200000000 : 170000000)) ]
	[ "$time" -le "$(expected sleep 5)" ]
	[ "$(seen ".pid == $pid and any(.user[]; startswith(\"sleep_often+0x\"))" count)" -ge $((${#SNOOPKIT_VM} ? 20 : 17)) ]
	[ "$(seen ".pid == $pid and any(.user[]; startswith(\"sleep_often+0x\")) and any(.kernel[]; test(\"nanosleep\"))" count)" -ge $((${#SNOOPKIT_VM} ? 20 : 17)) ]
	# These only wait for a CPU, once they have begun; most of that below one function.  The wait until a new
	# process runs for the first time is not in it, as it has left no CPU.  Some machines' own
	# kernels hide threads of theirs from us, and with them switches; the test kernels don't.
	delay=$(expected burn 3) most=$(($(expected burn 5) - $(expected burn 2)))
	time=$(seen "$(of burn)" off_ns) below=$(seen "$(of burn) and any(.user[]; startswith(\"burn_cpu+0x\"))" off_ns)
	echo "off for $time, $below of it in burn_cpu; due were $delay to $most"
	[ "$time" -ge $((delay * (${#SNOOPKIT_VM} ? 95 : 85) / 100)) ]
	[ "$time" -le $((most * 102 / 100)) ]
	[ "$below" -ge $((delay * 60 / 100)) ]
	# No frame of the tool's own, nor an idle task.
	[ "$(seen '.comm == "switches" and any(.kernel[]; test("^(bpf_prog_|__traceiter|bpf_trace_run)"))' count)" = 0 ]
	[ "$(seen ".tid == 0" count)" = 0 ]
}

@test "offcputime: sleeps from before the start, and that have not ended, count to the edges" {
	start_asleep
	# All the time
	"$B/offcputime" --json -p "$asleep" 2 >"$T/json"
	jq -c . "$T/json"
	jq -se "length == 1 and (.[0] | .pid == $asleep and .comm == \"switches\" and .count == 1 and
		.off_ns >= 2000000000 and .off_ns < 3500000000 and any(.kernel[]; test(\"nanosleep\")))" "$T/json"
	"$B/offcputime" --json --complete-only -p "$asleep" 1 >"$T/json"
	[ ! -s "$T/json" ]
	# From before until it is ended; and a new one until the tool ends
	traced "$B/offcputime" --json -- sh -c "sleep 1; kill $asleep; $W/switches $T/expected asleep=1000000 & sleep 1.5; pkill -P \$!"
	no_time_lost
	time=$(seen ".pid == $asleep and any(.kernel[]; test(\"nanosleep\"))" off_ns)
	echo "asleep for $time, woken after 1 s"
	[ "$time" -ge 1000000000 ]
	[ "$time" -lt 2500000000 ]
	[ "$(seen ".pid == $asleep and any(.kernel[]; test(\"nanosleep\"))" count)" = 1 ]
	asleep=
}

@test "offcputime: a thread is on or off the CPU at each moment" {
	"$W/switches" "$T/e" burn=2,100000 3>&- &
	burner=$!
	until [ "$(pgrep -cP $burner)" = 2 ] && asleep=$(pgrep -P $burner | head -1); do sleep 0.1; done
	used() { awk '{ print $1 }' "/proc/$asleep/schedstat"; }
	before=$(used) began=${EPOCHREALTIME/./}
	"$B/offcputime" --json -p "$asleep" 3 >"$T/json"
	on=$(($(used) - before)) passed=$(((${EPOCHREALTIME/./} - began) * 1000))
	pkill -P $burner
	off=$(seen ".pid == $asleep" off_ns)
	echo "on $on, off $off, together 3 s of $passed ns"
	# Its start and end, during which the process also runs, are not in it.
	[ $((on + off)) -ge 2940000000 ]
	[ $((on + off)) -le $((passed * 102 / 100)) ]
	[ "$off" -ge 1000000000 ]
	asleep=
}

@test "offcputime: threads whose IDs share a slot have their own times" {
	[ -n "${SNOOPKIT_VM:-}" ] || skip "only in a guest: it needs larger PIDs"
	most=$(cat /proc/sys/kernel/pid_max)
	echo 200000 >/proc/sys/kernel/pid_max
	sleep 1000 3>&- &
	asleep=$!
	for _ in {1..20}; do
		echo $((asleep + 65535)) >/proc/sys/kernel/ns_last_pid
		sleep 1000 3>&- &
		second=$!
		[ $second != $((asleep + 65536)) ] || break
		kill $second
	done
	echo "$asleep" >/proc/sys/kernel/ns_last_pid
	"$B/offcputime" --json -p "$asleep,$second" 1 >"$T/json"
	echo "$most" >/proc/sys/kernel/pid_max
	[ $second = $((asleep + 65536)) ]
	jq -c . "$T/json"
	no_time_lost
	jq -se 'map(select(has("pid"))) | length == 2 and all(.off_ns >= 1000000000 and .count == 1)' "$T/json"
}

@test "offcputime: -m, -M, --state, -u, -k, -t, -I and -c choose times" {
	# Kernels of some hosts run no program at a switch from or to a process of theirs.
	local sleeps=$((${#SNOOPKIT_VM} ? 5 : 3))
	trace -m 8000 -- sleep=5,10 sleep=5,2
	[ "$(seen "$(of sleep) and any(.user[]; startswith(\"sleep_often+0x\")) " count)" -ge $sleeps ]
	jq -se 'all(.off_ns >= .count * 8000000)' "$T/json"
	trace -M 8000 -- sleep=5,10 sleep=5,2
	jq -se 'all(.off_ns < .count * 8001000)' "$T/json"
	trace --state 0 -- sleep=5,10 burn=2,100
	[ "$(seen "$(of burn) and any(.user[]; startswith(\"burn_cpu+0x\"))" count)" -ge 2 ]
	trace --state 1 -- sleep=5,10 burn=2,100
	[ "$(seen "$(of burn) and any(.user[]; startswith(\"burn_cpu+0x\"))" count)" = 0 ]
	# On a busy machine the time can be over before the thread sleeps.
	[ "$(seen "$(of sleep) and any(.user[]; startswith(\"sleep_often+0x\"))" count)" -ge 2 ]
	trace -k -- sleep=5,10
	[ "$(seen "$(of sleep)" count)" = 0 ]
	[ "$(seen '.comm == "kthreadd" and any(.kernel[]; startswith("kthreadd+"))' count)" = 1 ]
	trace -u -- sleep=5,10
	[ "$(seen "$(of sleep)" count)" -ge $sleeps ]
	[ "$(seen '.comm == "kthreadd"' count)" = 0 ]
	start_asleep
	"$B/offcputime" --json -t "$asleep" 1 >"$T/json"
	jq -se "length == 1 and .[0].tid == $asleep" "$T/json"
	"$B/offcputime" --json -I -K 1 >"$T/json"
	jq -se 'map(select(.tid == 0)) | all(.comm | startswith("swapper/"))' "$T/json"
	root=$(awk '$3 == "cgroup2" { print $2; exit }' /proc/mounts)
	[ -n "$root" ] || return 0
	mkdir -p "$root/offcputime-test"
	echo "$asleep" >"$root/offcputime-test/cgroup.procs"
	"$B/offcputime" --json --cgroup "$root/offcputime-test" 1 >"$T/json"
	echo "$asleep" >"$root/cgroup.procs"
	rmdir "$root/offcputime-test"
	jq -se "length == 1 and .[0].tid == $asleep" "$T/json"
}

@test "offcputime: layout, banner and order are BCC's" {
	"$B/offcputime" -d -u 100 -- "$W/switches" "$T/expected" sleep=5,10 >"$T/text"
	pid=$(expected sleep 1)
	[ "$(head -1 "$T/text")" = "Tracing off-CPU time (us) of user threads by user + kernel stack for 100 secs." ]
	[ -z "$(sed -n 2p "$T/text")" ]
	grep -A1 -x "    -                switches ($pid)" "$T/text" | grep -Eq '^        [0-9]+$'
	grep -qx '    sleep_often' "$T/text"
	grep -B1 -x '    --' "$T/text" | grep -Eq '^    [a-zA-Z0-9_.]+$'
	grep -E '^        [0-9]+$' "$T/text" | sort -nc
	"$B/offcputime" -s -K -- "$W/switches" "$T/expected" sleep=5,10 >"$T/text"
	[ "$(head -1 "$T/text")" = "Tracing off-CPU time (us) of all threads by kernel stack... Hit Ctrl-C to end." ]
	grep -Eq '^    [a-z_]*nanosleep\+0x[0-9a-f]+$' "$T/text"
	not grep -q sleep_often "$T/text"
	"$B/offcputime" -fd --flamegraph "$T/svg" -- "$W/switches" "$T/expected" sleep=5,10 >"$T/text"
	grep -Eq '^switches;.*;main;(.*;)?sleep_often;.*nanosleep.*;-;.*nanosleep[^ ]* [0-9]+$' "$T/text"
	not grep -Ev '^[^;]+(;.+)? [0-9]+$' "$T/text"
	awk '{ print $NF }' "$T/text" | sort -nc
	grep -q sleep_often "$T/svg"
	"$B/offcputime" -p $$,1 -- true >"$T/text"
	[ "$(head -1 "$T/text")" = "Tracing off-CPU time (us) of PIDs $$,1 by user + kernel stack... Hit Ctrl-C to end." ]
}

@test "offcputime: in a PID namespace it knows the PIDs of that" {
	needs_root
	unshare -p -f --mount-proc sh -c "'$B/offcputime' --json -- '$W/switches' '$T/expected' sleep=5,10 >'$T/json'"
	[ "$(expected sleep 1)" -lt 100 ]
	[ "$(seen "$(of sleep) and any(.user[]; startswith(\"sleep_often+0x\"))" count)" -ge 5 ]
}

@test "offcputime: what did not fit is counted and said" {
	"$B/offcputime" --stack-storage-size 1 -- "$W/switches" "$T/expected" sleep=5,10 burn=2,50 forks=5 >"$T/text" 2>"$T/err"
	grep -Eq '^WARNING: [0-9]+ stack traces could not be displayed. Consider increasing --stack-storage-size.$' "$T/err"
	grep -Eq '^offcputime: lost [0-9]+ stacks: .*--stack-storage-size' "$T/err"
	grep -qxE '    \[Missed (User|Kernel) Stack\]' "$T/text"
}

@test "offcputime: bad command lines are usage errors" {
	for bad in "-U -K" "-u -k" "-k -U" "-f -s" "0" "1 2" "-p 1x" "-m x" "--state x" "-M -1" "-m 100 -M 50" \
		"--stack-storage-size 0" "--perf-max-stack-depth 9999"; do
		run -2 --separate-stderr "$B/offcputime" $bad
		[ -z "$output" ]
		[ "${#stderr_lines[@]}" = 1 ]
	done
}
