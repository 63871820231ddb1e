load lib

setup() {
	[[ $BATS_TEST_DESCRIPTION == *--spin* ]] || needs_tool klockstat
	# Every task takes locks all the time: forced fentry misses some wherever tasks can be preempted.
	[ "${SNOOPKIT_PROBES:-}" != fentry ] || skip "forced fentry misses calls on this kernel"
	mkdir "$T/dir"
}

# Is everything there that the workload says, within its limits?  With rows of threads (-P).
wrong_times() {
	jq -c --slurpfile seen "$T/json" '. as [$lock, $comm, $tid, $table, $least, $most]
		| ($seen | map(select(.tid == $tid and .comm == $comm and .table == $table))) as $rows
		| select($table != "none")
		| select(($rows | length) != 1 or ($rows[0] | .max_ns < $least or .max_ns > $most or
			.total_ns < .max_ns or .avg_ns != (.total_ns / .count | floor) or
			.longest.tid != $tid or .longest.comm != $comm))
		| { expected: ., $rows }' "$T/expected"
}

@test "klockstat: how long a mutex and a semaphore are held and waited for, also among other locks" {
	traced "$B/klockstat" --json -P -- "$W/locks" "$T/expected" "$T/dir" 5 60
	cat "$T/expected"
	nothing_lost "$T/json"
	[ "$(jq -s length "$T/expected")" = 10 ]
	wrong_times | same /dev/null -
	# All waited for the lock that one had.
	jq -se 'map(select(.comm == "waiter" and .table == "spin").longest.lock) + map(select(.comm == "holder"
		and .table == "hold").longest.lock) | length == 6 and (unique | length) == 1' "$T/json"
	# Who was killed waited for 60 ms, but did not get the lock.
	killed=$(jq 'select(.[1] == "killed")[2]' "$T/expected")
	jq -se "map(select(.tid == $killed)) | length > 0 and all(.max_ns < 60000000)" "$T/json"
}

@test "klockstat: callers, how often each took its lock, and whom it waited for" {
	traced "$B/klockstat" --json --owner --exec "$W/locks" "$T/expected" "$T/dir" 5 60
	nothing_lost "$T/json"
	jq -c 'select(.max_ns > 50000000)' "$T/json"
	holder=$(jq 'select(.[1] == "holder")[2]' "$T/expected")
	lister=$(jq 'select(.[1] == "lister")[2]' "$T/expected")
	pipes='map(select(.stack[:2] | any(test("^(anon_)?pipe_write[+]"))))'
	# The holder writes once, each waiter 101 times; all hold it.
	[ "$(jq -s "$pipes | map(select(.table == \"spin\").count) | add" "$T/json")" = 506 ]
	[ "$(jq -s "$pipes | map(select(.table == \"hold\").count) | add" "$T/json")" = 506 ]
	jq -se "$pipes | map(select(.owner_tid == $holder)) | length > 0 and (map(.count) | add) == 5 and
		all(.max_ns >= 60000000 and .owner_comm == \"holder\" and (.owner_reads | not) and
		(.stack | any(test(\"write\"))))" "$T/json"
	jq -se "map(select(.table == \"spin\" and .owner_tid == $lister)) | length == 1 and (.[0] |
		.owner_comm == \"lister\" and .owner_reads and .count == 1 and .max_ns >= 60000000)" "$T/json"
	# Nobody else has listed this directory: the process that was killed did not get the lock.
	jq -se 'map(select(.table == "hold" and (.caller | startswith("iterate_dir")) and .max_ns >= 60000000)) |
		map(.count) | add == 1' "$T/json"
	not grep -E '"caller":"(mutex_|down_|bpf_)' "$T/json"
}

@test "klockstat: -p, -t, -c, -L, -n, -S choose and order" {
	"$B/klockstat" --json -S acq_total,hld_count -n 4 -- "$W/locks" "$T/expected" "$T/dir" 3 20 >"$T/json"
	jq -se 'map(select(.table == "spin").total_ns) | length == 4 and . == (sort | reverse)' "$T/json"
	jq -se 'map(select(.table == "hold").count) | length == 4 and . == (sort | reverse)' "$T/json"
	rmdir "$T/dir/made"
	"$B/klockstat" --json -c iterate_ --exec "$W/locks" "$T/expected" "$T/dir" 3 20 >"$T/json"
	jq -se 'map(select(has("caller"))) | length > 0 and all(.caller | startswith("iterate_"))' "$T/json"
	rmdir "$T/dir/made"
	"$B/klockstat" --json -L cgroup_mutex -- mkdir /sys/fs/cgroup/klockstat >"$T/json"
	rmdir /sys/fs/cgroup/klockstat
	jq -c . "$T/json"
	jq -se 'map(select(has("table"))) | length > 0 and (map(.longest.lock) | unique | length == 1)' "$T/json"
	jq -se 'any(.table == "spin" and any(.stack[]; test("cgroup_mkdir")))' "$T/json"
	lock=$(jq -r .longest.lock "$T/json" | head -1)
	"$B/klockstat" --json -L "$lock" -- mkdir /sys/fs/cgroup/klockstat >"$T/json"
	rmdir /sys/fs/cgroup/klockstat
	jq -se "length > 0 and all(.longest.lock == \"$lock\")" "$T/json"
	sleep 100 3>&- &
	"$B/klockstat" --json -p $! -- true >"$T/json"
	[ ! -s "$T/json" ]
	"$B/klockstat" --json -t $! -- true >"$T/json"
	[ ! -s "$T/json" ]
	kill $!
}

# The kernel's own record of the threads that waited for spin locks, in $T/trace.
record_spins() {
	instance=$(tracefs)/instances/klockstat-$$
	mkdir "$instance"
	echo 8192 >"$instance/buffer_size_kb"
	echo 1 >"$instance/events/lock/contention_begin/enable"
	"$@"
	echo 0 >"$instance/tracing_on"
	grep '^ *spins-' "$instance/trace" | grep 'flags=SPIN' | grep -v MUTEX >"$T/trace" || :
	cat "$instance"/per_cpu/cpu*/stats | grep -E '^(overrun|dropped)' >"$T/overrun"
	rmdir "$instance"
	not grep -v ': 0$' "$T/overrun"
}

tracefs() {
	[ -e /sys/kernel/tracing/events ] && echo /sys/kernel/tracing || echo /sys/kernel/debug/tracing
}

# bats test_tags=smp
@test "klockstat: --spin shows each wait for a spin lock that the kernel itself records" {
	if [ ! -e "$(tracefs)/events/lock/contention_begin" ]; then
		run -1 --separate-stderr "$B/klockstat" --spin -- true
		[ "$stderr" = "klockstat: cannot trace waits for spin locks: this kernel has none of: contention_begin contention_end" ]
		return
	fi
	[ "$(nproc)" -gt 1 ] || skip "with one processor, nobody waits for a spin lock"
	record_spins "$B/klockstat" --spin --json -P -- "$W/spins" "$T/expected" 500 >"$T/json"
	nothing_lost "$T/json"
	[ -s "$T/trace" ]
	while read -r tid; do
		echo "[$tid,$(grep -c "^ *spins-$tid " "$T/trace")]"
	done <"$T/expected" | grep -v ',0]$' | sort >"$T/truth"
	jq -c 'select(.comm == "spins") | [.tid,.count]' "$T/json" | sort | same "$T/truth" -
	# The list of tasks has one lock; whoever waits for that is shown, and nobody who holds one.
	lock=$(jq -r 'select(.comm == "spins").longest.lock' "$T/json" | sort -u)
	jq -se 'map(select(.table)) | all(.table == "spin" and .avg_ns <= .max_ns and .max_ns <= .total_ns)' "$T/json"
	"$B/klockstat" --spin --json -c __do_sys_setpgid -L "$lock" -- "$W/spins" "$T/expected" 500 >"$T/json"
	jq -se "map(select(.table)) | length > 0 and all(.longest.lock == \"$lock\" and .longest.comm == \"spins\")" "$T/json"
}

@test "klockstat: layout and banner are BCC's; each report counts from the start, with -R anew" {
	"$B/klockstat" -s 3 -n 5 --owner -- "$W/locks" "$T/expected" "$T/dir" 3 20 >"$T/text"
	cat "$T/text"
	[ "$(head -1 "$T/text")" = "Tracing lock events... Hit Ctrl-C to end." ]
	[ -z "$(sed -n 2p "$T/text")" ]
	[ "$(sed -n 3p "$T/text")" = "                                  Caller   Avg Spin  Count   Max spin Total spin Owner" ]
	grep -qx '                                  Caller   Avg Hold  Count   Max hold Total hold' "$T/text"
	grep -Eqx ' *(anon_)?pipe_(write|prefill_and_lock)\+0x[0-9a-f]+ +[0-9]+ +[0-9]+ +[0-9]+ +[0-9]+ holder \([0-9]+\)' "$T/text"
	grep -A2 -E '^ *(anon_)?pipe_(write|prefill_and_lock).*holder' "$T/text" | grep -Eqx ' *vfs_write\+0x[0-9a-f]+'
	[ "$(grep -Ec ' [0-9]+ +[0-9]+ +[0-9]+ +[0-9]+( |$)' "$T/text")" = 10 ]
	rmdir "$T/dir/made"
	# All reports from then on have the listing of 20 ms, or with -R only one of them.
	for reset in "" -R; do
		"$B/klockstat" --json -i 1 -c iterate_dir $reset -- sh -c "
			'$W/locks' '$T/expected' '$T/dir' 3 20; rmdir '$T/dir/made'; sleep 1.5" >"$T/json$reset"
	done
	listed='map(select(.table == "hold" and .max_ns >= 20000000)) | length'
	[ "$(jq -s "$listed" "$T/json")" -ge 2 ]
	[ "$(jq -s "$listed" "$T/json-R")" = 1 ]
}

@test "klockstat: bad command lines are usage errors" {
	for bad in "-S max" "-S acq_min" "-L 12" "-L -" "-s 0" "-n x" "-d 0" "-c x -P" "--owner --spin" "5"; do
		run -2 --separate-stderr "$B/klockstat" $bad
		[ -z "$output" ]
		[ "${#stderr_lines[@]}" = 1 ]
	done
	run -1 --separate-stderr "$B/klockstat" -L no_such_lock_ -- true
	[ "$stderr" = "klockstat: the kernel has no variable 'no_such_lock_', or hides its address" ]
}
