load lib
load switches

setup() {
	needs_tool offwaketime
}

teardown() {
	[ -z "${asleep:-}" ] || kill "$asleep" 2>/dev/null || true
}

trace() {	# ARGUMENTS -- PARTS
	trace_switches offwaketime "$@"
	no_time_lost
	cat "$T/expected"
}

@test "offwaketime: two that wake each other: for how long each slept, where, who woke it, and from where" {
	trace -- pair=150 sleep=20,10
	local woken=0
	for names in "ping pong" "pong ping"; do
		target=${names% *} waker=${names#* }
		which="$(of "$target") and .comm == \"$target\" and any(.kernel[]; test(\"pipe_read\")) and
			any(.user[]; startswith(\"main+0x\"))"
		by=".waker == \"$waker\" and .waker_pid == $(expected "$waker" 1) and .waker_tid == .waker_pid and
			any(.waker_kernel[]; test(\"pipe_write\")) and any(.waker_user[]; startswith(\"main+0x\"))"
		n=$(seen "$which and $by" count) time=$(seen "$which and $by" off_ns)
		# One that finds data in the pipe need not sleep, and one of the two can be so lucky nearly always.  Who sleeps is
		# woken up, but for its end.
		slept=$(expected "$target" 6)
		echo "$target slept $slept times, and was woken $n times after $time ns; it was there for $(expected "$target" 5)"
		[ "$slept" -gt 0 ]
		[ "$n" -ge $(((slept - 4) * (${#SNOOPKIT_VM} ? 100 : 80) / 100)) ]
		[ "$n" -le "$slept" ]
		woken=$((woken + n))
		[ "$time" -ge "$n" ]
		[ "$time" -lt "$(expected "$target" 5)" ]
		# Nobody else made it wait for the pipe.
		[ "$(seen "$which and .waker != [] and ($by | not)" count)" = 0 ]
	done
	[ $woken -ge 50 ]
	# The timer wakes up the sleeper, whoever runs at the time.
	which="$(of sleep) and any(.user[]; startswith(\"sleep_often+0x\")) and any(.waker_kernel[]?; test(\"hrtimer\"))"
	time=$(seen "$which" off_ns)
	echo "20 sleeps of 10 ms: $time"
	[ "$(seen "$which" count)" -ge $((${#SNOOPKIT_VM} ? 20 : 17)) ]
	[ "$time" -ge $((${#SNOOPKIT_VM} ? 200000000 : 170000000)) ]
	[ "$time" -le "$(expected sleep 5)" ]
	not grep -E '"(waker_)?kernel":\["(bpf_trace_run|__traceiter|bpf_trampoline)' "$T/json"
}

@test "offwaketime: sleeps from before the start have a waker, those that have not ended have none" {
	start_asleep
	"$B/offwaketime" --json -p "$asleep" 2 >"$T/json"
	jq -c . "$T/json"
	jq -se "length == 1 and (.[0] | .pid == $asleep and .comm == \"switches\" and .count == 1 and .off_ns >= 2000000000 and
		.off_ns < 3500000000 and any(.kernel[]; test(\"nanosleep\")) and .user == [] and .waker_pid == null and
		.waker_tid == null and .waker == null and .waker_kernel == [] and .waker_user == [])" "$T/json"
	"$B/offwaketime" --json --complete-only -p "$asleep" 1 >"$T/json"
	[ ! -s "$T/json" ]
	"$B/offwaketime" --json -p "$asleep" -- bash -c "echo \$\$ >$T/pid; sleep 1; kill $asleep" >"$T/json"
	jq -c . "$T/json"
	jq -se "map(select(.off_ns >= 900000000)) | length == 1 and (.[0] | .count == 1 and any(.kernel[]; test(\"nanosleep\")) and
		.waker == \"bash\" and .waker_pid == $(cat "$T/pid") and any(.waker_kernel[]; test(\"signal\")) and
		any(.waker_user[]; test(\"kill\")))" "$T/json"
	asleep=
}

@test "offwaketime: -m, -M, --state, -u, -k, -t, -U and -K choose times and stacks" {
	local sleeps=$((${#SNOOPKIT_VM} ? 5 : 3))
	trace -m 8000 -M 800000 -u -K -- sleep=5,10 sleep=5,2 sleep=1,1500
	[ "$(seen "$(of sleep)" count)" -ge $sleeps ]
	jq -se 'all(.off_ns >= .count * 8000000 and .off_ns < .count * 800001000 and (has("user") or has("waker_user") | not)) and
		(map(select(.comm | test("^(kworker/|ksoftirqd|rcu_)"))) | length == 0)' "$T/json"
	trace --state 0 -U -- sleep=5,10 burn=2,100
	[ "$(seen "$(of burn) and any(.user[]; startswith(\"burn_cpu+0x\"))" count)" -ge 2 ]
	jq -se 'all(.waker == null and (has("kernel") or has("waker_kernel") | not))' "$T/json"
	trace --state 1 -k -- sleep=5,10
	[ "$(seen "$(of sleep)" count)" = 0 ]
	[ "$(seen '.comm == "kthreadd" and any(.kernel[]; startswith("kthreadd+"))' count)" = 1 ]
	start_asleep
	"$B/offwaketime" --json -t "$asleep" 1 >"$T/json"
	jq -se "length == 1 and .[0].tid == $asleep" "$T/json"
}

@test "offwaketime: layout, banner and order are BCC's" {
	"$B/offwaketime" -d -u 100 -- "$W/switches" "$T/expected" pair=50 >"$T/text"
	[ "$(head -1 "$T/text")" = "Tracing blocked time (us) by user + kernel off-CPU and waker stack for 100 secs." ]
	[ -z "$(sed -n 2p "$T/text")" ]
	grep -E '^        [0-9]+$' "$T/text" | sort -nc
	# A block as one line: both stacks begin at their threads, and meet where one slept and the other woke it.
	tr '\n' '|' <"$T/text" | sed 's/||/\n/g' >"$T/blocks"
	ping=$(expected ping 1) pong=$(expected pong 1)
	grep -E "waker: +pong $pong\|.*target: +ping $ping\||waker: +ping $ping\|.*target: +pong $pong\|" "$T/blocks" |
		grep pipe_read >"$T/block" || grep -E 'ping|pong' "$T/blocks"
	cat "$T/block"
	grep -Eq '^    waker:           p[io]ng [0-9]+\|.*    main\|.*    -\|.*do_syscall_64\|.*pipe_write\|.*    --               --\|.*pipe_read\|.*do_syscall_64\|.*    -\|.*    main\|.*    target:          p[io]ng [0-9]+\|        [0-9]+$' "$T/block"
	not grep -E 'pipe_write.*do_syscall_64\|.*    --  ' "$T/block"
	"$B/offwaketime" -K -- true >"$T/text"
	[ "$(head -1 "$T/text")" = "Tracing blocked time (us) by kernel off-CPU and waker stack... Hit Ctrl-C to end." ]
	grep -qx '    waker:           \[not woken\] 0' "$T/text"
	"$B/offwaketime" -fd --flamegraph "$T/svg" -- "$W/switches" "$T/expected" pair=50 >"$T/text"
	grep -E '^p[io]ng;.*;p[io]ng ' "$T/text"
	grep -Eq '^p[io]ng;.*;main;.*;-;.*do_syscall_64;.*pipe_read;.*;--;.*pipe_write;.*do_syscall_64;.*;-;.*;main;.*;p[io]ng [0-9]+$' "$T/text"
	not grep -vE '^[^;]+;.*;--;.* [0-9]+$' "$T/text"
	awk '{ print $NF }' "$T/text" | sort -nc
	grep -q pipe_write "$T/svg"
}

@test "offwaketime: in a PID namespace it knows the PIDs of that" {
	needs_root
	unshare -p -f --mount-proc sh -c "'$B/offwaketime' --json -- '$W/switches' '$T/expected' pair=50 >'$T/json'"
	[ "$(expected pong 1)" -lt 100 ]
	[ "$(seen "($(of ping) and .waker_pid == $(expected pong 1)) or ($(of pong) and .waker_pid == $(expected ping 1))" count)" -gt 0 ]
	# Those outside have no PIDs here.
	jq -se 'all(.pid < 100 and (.waker_pid // 0) < 100)' "$T/json"
}

@test "offwaketime: bad command lines are usage errors" {
	for bad in "-U -K" "-u -k" "-k -U" "0" "1 2" "-p 1x" "-m x" "--state x" "-m 100 -M 50" "--stack-storage-size 0"; do
		run -2 --separate-stderr "$B/offwaketime" $bad
		[ -z "$output" ]
		[ "${#stderr_lines[@]}" = 1 ]
	done
}
