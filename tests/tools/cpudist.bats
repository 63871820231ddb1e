load lib
load switches

setup() {
	needs_tool cpudist
}

trace() {	# ARGUMENTS -- PARTS
	trace_switches cpudist "$@"
	nothing_lost "$T/json"
	cat "$T/expected"
}

# The sum of a key of the rows of a part's processes.
seen() {	# PART KEY
	rows_of "$1" "map(.$2) | add // 0"
}

# Of a part that only waits for a CPU, once it has begun: off the CPU it is for as long as it waits, and at most for
# as long as it is there and does not run.  The wait until a new process runs for the first time is not in it.
near_off() {
	local off
	off=$(seen "$1" total_ns)
	echo "off for $off, due were $(expected "$1" 3) of $(expected "$1" 5)"
	[ "$off" -ge $(($(expected "$1" 3) * (${#SNOOPKIT_VM} ? 90 : 85) / 100)) ]
	[ "$off" -le $((($(expected "$1" 5) - $(expected "$1" 2)) * 102 / 100)) ]
}

@test "cpudist: time on the CPU is what the kernel says, once for each time it is given" {
	trace -P -- burn=3,300 pair=300
	# The kernel reads its clock a while before it switches, which in an emulator is 3 %.
	near "$(seen burn total_ns)" "$(expected burn 2)" 5
	for part in burn ping pong; do
		exactly "$(seen $part count)" "$(expected $part 4)" 3
	done
	jq -se 'all((.usecs | map(.count) | add) == .count and
		(.usecs | map(.lo * .count) | add) * 1000 <= .total_ns and
		(.usecs | map((.hi + 1) * .count) | add) * 1000 >= .total_ns)' "$T/json"
	jq -se 'all(.pid > 0)' "$T/json"
}

@test "cpudist: -O measures sleeps and waits" {
	trace -O -L -- sleep=20,10 burn=2,200
	# Twenty sleeps of 10 ms, and no other.
	sleeps=$(jq -s --slurpfile e "$T/expected" 'map(select(.tid as $p | $e | any(.[0] == "sleep" and .[1] == $p)).usecs[] |
		select(.lo >= 8192).count) | add' "$T/json")
	echo "$sleeps sleeps"
	[ "$sleeps" -ge $((${#SNOOPKIT_VM} ? 20 : 17)) ]
	[ "$sleeps" -le 24 ]
	[ "$(seen sleep total_ns)" -ge 200000000 ]
	[ "$(seen sleep total_ns)" -le $(($(expected sleep 5) + 20000000)) ]
	near_off burn
	jq -se 'all(.tid > 0)' "$T/json"
}

@test "cpudist: -p, -c and -I choose tasks" {
	mkfifo "$T/go"
	"$W/switches" "$T/e" fifo="$T/go" burn=2,50 &
	"$B/cpudist" --json -P -p $! -- sh -c "echo >$T/go; while kill -0 $!; do sleep 0.1; done" >"$T/json" 2>/dev/null
	jq -se "length == 1 and .[0].pid == $! and .[0].count > 0 and .[0].comm == \"switches\"" "$T/json"
	# An idle task for each CPU that idled.  Another program may keep all of them busy.
	for o in "" -O; do
		for _ in 1 2 3; do
			idle=$(awk '/^cpu / { print $5 }' /proc/stat)
			"$B/cpudist" --json -I -L $o -- sleep 1 >"$T/json"
			idle=$(($(awk '/^cpu / { print $5 }' /proc/stat) - idle))
			jq -se 'map(select(.tid == 0 and (.comm | startswith("swapper/"))).count) | add > 0' "$T/json" && break
			[ "$idle" -gt 50 ] || break
		done
		if [ "$idle" -gt 50 ]; then
			jq -se 'map(select(.tid == 0).comm) | length > 0 and length == (unique | length)' "$T/json"
		fi
	done
	root=$(awk '$3 == "cgroup2" { print $2; exit }' /proc/mounts)
	[ -n "$root" ] || return 0
	mkdir -p "$root/cpudist-test"
	for o in "" -O; do
		"$B/cpudist" --json -P $o -c "$root/cpudist-test" -- sh -c \
			"$W/switches $T/e1 burn=2,50; echo 0 >$root/cpudist-test/cgroup.procs
			exec $W/switches $T/expected burn=2,100" >"$T/json"
		[ "$(jq -s --slurpfile e "$T/e1" 'map(select(.pid as $p | $e | any(.[1] == $p))) | length' "$T/json")" = 0 ]
		if [ -n "$o" ]; then
			near_off burn
		else
			near "$(seen burn total_ns)" "$(expected burn 2)" 5
		fi
	done
	rmdir "$root/cpudist-test"
}

@test "cpudist: a process is named by the program that it executed last" {
	named_by_last_program cpudist
}

@test "cpudist: -P and -L show all processes outside its PID namespace as one, without a name" {
	needs_root
	one_row_outside cpudist -P
	one_row_outside cpudist -L
	jq -se 'map(select(.pid == 0)) | length == 1 and .[0].tid == 0' "$T/json"
}

@test "cpudist: text is BCC's" {
	"$B/cpudist" -e -- "$W/switches" "$T/expected" burn=2,50 >"$T/text"
	[ "$(sed -n 1p "$T/text")" = "Tracing on-CPU time... Hit Ctrl-C to end." ]
	[ "$(sed -n 2p "$T/text")" = "" ]
	[ "$(sed -n 3p "$T/text")" = "     usecs               : count     distribution" ]
	[[ "$(grep '^avg' "$T/text")" =~ ^"avg = "([0-9]+)" usecs, total: "([0-9]+)" usecs, count: "([0-9]+)$ ]]
	[ $((BASH_REMATCH[2] / BASH_REMATCH[3])) = "${BASH_REMATCH[1]}" ]
	"$B/cpudist" -OPm -- "$W/switches" "$T/expected" burn=2,50 >"$T/text"
	[ "$(sed -n 1p "$T/text")" = "Tracing off-CPU time... Hit Ctrl-C to end." ]
	pid=$(jq -n 'input[1]' "$T/expected")
	[ "$(grep -A1 -B1 -x "pid = $pid switches" "$T/text")" = "
pid = $pid switches
     msecs               : count     distribution" ]
	"$B/cpudist" -L -- "$W/switches" "$T/expected" burn=2,50 >"$T/text"
	grep -qx "tid = $(jq -n 'input[1]' "$T/expected") switches" "$T/text"
	"$B/cpudist" -T 1 2 >"$T/text"
	[ "$(grep -Ec '^[0-9]{2}:[0-9]{2}:[0-9]{2}$' "$T/text")" = 2 ]
}

@test "cpudist: bad command lines are usage errors" {
	for bad in 0 "1 2 3" "-p x" "--offcpu=1"; do
		run -2 --separate-stderr "$B/cpudist" $bad
		[ -z "$output" ]
		[ "${#stderr_lines[@]}" = 1 ]
	done
}
