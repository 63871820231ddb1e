load lib
load switches

setup() {
	needs_tool timeledger
}

teardown() {
	[ -z "${asleep:-}" ] || kill "$asleep" 2>/dev/null || true
	[ -z "${group:-}" ] || rmdir "$group" 2>/dev/null || true
}

ledger() {	# ARGUMENTS -- PARTS
	trace_switches timeledger "$@"
	cat "$T/expected"
}

# The sum of the times with these conditions.
time_of() {	# CONDITION
	jq -s "map(select(has(\"pid\") and ($1)).ns) | add // 0" "$T/json"
}

# Do the rows of each process, or thread, add up to its total?
adds_up() {
	jq -se 'map(select(has("pid"))) | group_by([.pid, .tid]) |
		all((map(.ns) | add) == .[0].total_ns and (map(.percent) | add | . > 99.9 and . < 100.1))' "$T/json"
}

@test "timeledger: each nanosecond of a command's processes has one cause, which is the right one, and the right waker" {
	traced "$B/timeledger" --json -- "$W/waits" "$T/expected" ${SNOOPKIT_TEST_DISK:+disk=$SNOOPKIT_TEST_DISK}
	cat "$T/expected"
	no_time_lost
	adds_up
	read -r pid least most cpu user queued < <(jq -r 'select(.[0] == "life") | "\(.[1]) \(.[2]) \(.[3]) \(.[4]) \(.[5]) \(.[7])"' "$T/expected")
	jq -c "select(.pid == $pid) | [.cause, .syscall, .file, .state, .waker, .waker_pid, .ns, .count]" "$T/json"
	# It lived for as long as the ledger says, by clocks inside and outside of it.
	jq -se "map(select(.pid == $pid)) | all(.comm == \"waiter\" and .threads == 1 and .total_ns >= $least and .total_ns <= $most)" "$T/json"
	# Debian's 5.10 does not tell that a thread waits for a lock, nor that code runs in an interrupt.
	local untold=
	[ "${SNOOPKIT_VM:-}" != 5.10 ] || untold=', "lock,read", "poll,poll"'
	jq -c 'select(.[0] != "life")' "$T/expected" | jq -s 'group_by([.[0], .[1], .[4]]) |
		map({cause: .[0][0], call: .[0][1], least: (map(.[2]) | add), most: (map(.[3]) | add), waker: .[0][4]})' >"$T/due"
	jq -ne --slurpfile due "$T/due" --slurpfile rows "$T/json" "
		\$due[0] | map(select([\"\(.cause),\(.call)\"] | inside([\"\"$untold]) | not)) | length >= 7 and
		all(. as \$d | [\$rows[] | select(.pid == $pid and .cause == \$d.cause and .syscall == \$d.call and
			(.waker_pid // 0) == \$d.waker).ns] | add // 0 |
			if . >= \$d.least * 0.4 and . <= \$d.most then true else error(\"\(\$d), but \(.)\") end)"
	[ -n "$untold" ] || jq -se "map(select(.pid == $pid and .syscall == \"poll\") | [.woken_by, .count]) | sort == [[\"interrupt\",1],[\"process\",1]]" "$T/json"
	# The kernel's clock can stand still while an idle processor wakes up for a task, so that counts as running there.
	near "$(time_of ".pid == $pid and (.cause | test(\"user|kernel\"))")" "$cpu" 8
	# The kernel tells by its ticks, of up to 4 ms, how much of that was outside of it.
	time=$(time_of ".pid == $pid and .cause == \"user\"")
	echo "$time outside of the kernel, by the kernel $user"
	[ $((time > user ? time - user : user - time)) -le $((user * 15 / 100 + 12000000)) ]
	time=$(time_of ".pid == $pid and .cause == \"run queue\"")
	echo "$time in the run queue; by the kernel, $queued"
	[ "$time" -ge $((queued * 85 / 100 - 3000000)) ]
	[ $((time + $(time_of ".pid == $pid and (.cause | test(\"user|kernel\"))"))) -le $(((cpu + queued) * (${#SNOOPKIT_VM} ? 105 : 115) / 100 + 3000000)) ]
	[ -z "${SNOOPKIT_TEST_DISK:-}" ] || jq -se "map(select(.pid == $pid and .cause == \"memory\")) | length == 1 and
		.[0].count >= 1 and .[0].count <= 40" "$T/json"
	for file in "pipe process" "Unix_socket process" "socket network"; do
		[ "$(time_of ".pid == $pid and .file == \"$(tr _ ' ' <<<"${file% *}")\" and .cause == \"${file#* }\"")" -ge 60000000 ]
	done
	# The feeder still waits when the command has ended, or was killed in the meantime.
	jq -se 'any(.comm == "feeder" and .cause == "timer")' "$T/json"
}

@test "timeledger: burning, sleeping and two that wake each other, against the kernel's own numbers" {
	ledger -- burn=2,150 sleep=20,10 pair=150
	no_time_lost
	adds_up
	for part in burn sleep ping pong; do
		of=$(of $part)
		# The kernel's clock can stand still from when a task wakes up until it runs: on a busy machine, for a millisecond.
		time=$(time_of "$of and (.cause | test(\"user|kernel|run\"))")
		due=$(($(expected $part 2) + $(expected $part 3)))
		echo "$time on a CPU or waiting for it, due were $due"
		[ "$time" -ge $((due * 3 / 4)) ] && [ "$time" -le $((due * 5 / 4 + 3000000 + $(expected $part 4) * 1000000)) ]
		[ "$(time_of "$of")" -le "$(expected $part 5)" ]
	done
	near "$(time_of "$(of burn) and (.cause | test(\"user|kernel\"))")" "$(expected burn 2)" 5
	near "$(time_of "$(of burn) and .cause == \"run queue\"")" "$(expected burn 3)" 5
	jq -se "map(select($(of sleep) and .cause == \"timer\")) | length == 1 and (.[0] | .count >= 17 and .count <= 20 and
		.ns >= 170000000 and .syscall == \"clock_nanosleep\" and .woken_by == null and .waker == null)" "$T/json"
	for names in "ping pong" "pong ping"; do
		n=$(jq -s "map(select($(of "${names% *}") and .cause == \"process\" and .syscall == \"read\" and .file == \"pipe\" and
			.waker == \"${names#* }\" and .waker_pid == $(expected "${names#* }" 1)).count) | add // 0" "$T/json")
		slept=$(expected "${names% *}" 6)
		echo "${names% *} slept $slept times, and waited for ${names#* } $n times"
		[ "$n" -ge $(((slept - 4) * (${#SNOOPKIT_VM} ? 100 : 80) / 100)) ]
		[ "$n" -le "$slept" ]
	done
}

@test "timeledger: threads that sleep all the time are in it, and -L shows each" {
	start_asleep
	"$B/timeledger" --json -L -p "$asleep" 1 >"$T/json"
	jq -c . "$T/json"
	adds_up
	jq -se "length == 1 and (.[0] | .pid == $asleep and .tid == .pid and .cause == \"timer\" and .woken_by == \"nobody yet\" and
		.ns == .total_ns and .ns >= 900000000 and .ns < 3000000000 and .count == 1)" "$T/json"
	"$B/timeledger" --json -p "$asleep" -- sh -c "sleep 0.3; kill $asleep; while kill -0 $asleep; do sleep 0.05; done" >"$T/json" 2>/dev/null
	asleep=
	jq -c . "$T/json"
	adds_up
	jq -se 'all(.comm == "switches") and (map(select(.cause == "timer")) | length == 1 and
		(.[0] | .woken_by == null and .ns >= 250000000 and .count == 1))' "$T/json"
	# A thread that executes a program becomes the first one of its process.
	traced "$B/timeledger" --json -- "$W/waits" execute
	adds_up
	jq -se 'all(.comm == "sleep" and .threads == 2) and (map(select(.cause == "timer").ns) | add >= 190000000)' "$T/json"
	ledger -L -- threads=5
	adds_up
	jq -se "map(select($(of threads))) | all(.threads == 1) and (map(.tid) | unique | length == 6)" "$T/json"
	ledger -- threads=5
	jq -se "map(select($(of threads))) | all(.threads == 6)" "$T/json"
}

@test "timeledger: cpu.max throttles, as much as the cgroup says; --cgroup chooses" {
	needs_root
	root=$(awk '$3 == "cgroup2" { print $2; exit }' /proc/mounts)
	grep -qw cpu "$root/cgroup.controllers" || skip "no cpu controller in cgroup v2"
	grep -qw cpu "$root/cgroup.subtree_control" || echo +cpu >"$root/cgroup.subtree_control"
	group=$root/timeledger.test
	mkdir "$group"
	echo "20000 50000" >"$group/cpu.max"
	traced "$B/timeledger" --json --cgroup "$group" -- sh -c "echo \$\$ >'$group/cgroup.procs'; exec '$W/burn' - one=200"
	adds_up
	jq -c '[.pid, .comm, .cause, .ns]' "$T/json"
	jq -se 'all(.comm == "burn") and (map(.pid) | unique | length == 1)' "$T/json"
	told=$(($(awk '$1 == "throttled_usec" { print $2 }' "$group/cpu.stat") * 1000))
	time=$(time_of '.cause == "throttled"')
	echo "throttled $time, the cgroup's was $told"
	[ "$told" -ge 100000000 ]
	[ "$time" -ge $((told * 93 / 100)) ] && [ "$time" -le $((told * 107 / 100)) ]
	[ "$(time_of '.cause == "run queue"')" -lt $((time / 2)) ]
}

@test "timeledger: a tree, folded lines and a flame graph" {
	"$B/timeledger" -- "$W/switches" "$T/expected" sleep=10,10 pair=20 >"$T/text"
	cat "$T/text"
	[ "$(sed -n 1p "$T/text")" = "Tracing where the time of the command goes... Hit Ctrl-C to end." ]
	[ "$(sed -n 2p "$T/text")" = "      %      SECONDS" ]
	grep -Eqx '  100\.0 +[0-9]+\.[0-9]{6}  all: 4 threads of 4 processes' "$T/text"
	grep -Eqx '  100\.0 +[0-9]+\.[0-9]{6}  switches [0-9]+: 1 thread' "$T/text"
	grep -Eqx ' +[0-9]+\.[0-9] +0\.[0-9]{6}    timer' "$T/text"
	grep -Eqx ' +[0-9]+\.[0-9] +0\.[0-9]{6}      clock_nanosleep' "$T/text"
	grep -Eqx ' +[0-9]+\.[0-9] +[0-9]+\.[0-9]{6}      waitid, woken by (switches|ping|pong) [0-9]+' "$T/text"
	# Of each process, and all of them, the causes add up to 100.0 %.
	awk '/^ .*SECONDS/ { next } /^ +[0-9.]+ +[0-9.]+  [^ ]/ { if (n && sum != 1000) exit bad = 1; n++; sum = 0 }
		/^ +[0-9.]+ +[0-9.]+    [^ ]/ { sum += int($1 * 10 + .5) } END { exit bad || n != 5 || sum != 1000 }' "$T/text"
	"$B/timeledger" -f --flamegraph "$T/svg" -- "$W/switches" "$T/expected" sleep=10,10 pair=20 >"$T/text"
	not grep -vE '^[^;]+;[^;]+(;[^;]+)* [0-9]+$' "$T/text"
	grep -Eqx 'switches [0-9]+;timer;clock_nanosleep [0-9]+' "$T/text"
	grep -Eqx 'switches [0-9]+;process;waitid;(switches|ping|pong) [0-9]+ [0-9]+' "$T/text"
	grep -q 'clock_nanosleep' "$T/svg"
}

@test "timeledger: bad command lines are usage errors" {
	for bad in "0" "1 2" "-p 1x" "-p 1 -t 1" "-x"; do
		run -2 --separate-stderr "$B/timeledger" $bad
		[ -z "$output" ]
		[ "${#stderr_lines[@]}" = 1 ]
	done
}
