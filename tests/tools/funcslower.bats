load lib

setup() {
	needs_root
	BIN=$W/latencies
}

# Trace with these arguments while `latencies` does the parts after --.
latencies() {
	local args=()
	while [ "$1" != -- ]; do args+=("$1"); shift; done
	traced "$B/funcslower" --json "${args[@]}" --exec "$BIN" "$T/expected" "${@:2}"
	nothing_lost "$T/json"
	cat "$T/expected"
	head -3 "$T/json"
}

# Kernel functions need kprobes.
needs_kprobes() {
	[ -n "${SNOOPKIT_VM:-}" ] || needs_tool funcslower vfs_read
}

# The time that calls of a function took, as [calls,within the limits that `latencies` knows].
total() {
	jq -sc --arg what "$1" --arg func "$2" --slurpfile e "$T/expected" 'map(select(.func == $func)) |
		(map(.lat_ns) | add) as $ns | ($e | map(select(.[0] == $what))[0]) as $w |
		[length == $w[1], $ns >= $w[2], $ns <= $w[3]] | all' "$T/json"
}

@test "funcslower: a function of the kernel, in which 60 threads sleep at once, with its arguments" {
	needs_kprobes
	latencies -m 99.5 -a 3 hrtimer_nanosleep -- nap=20 sleep=60
	jq -se 'length == 60 and (map(.tid) | unique | length) == 60 and (map(.pid) | unique | length) == 1' "$T/json"
	# 300 ms, HRTIMER_MODE_REL, CLOCK_MONOTONIC.  The upper halves of numbers of 32 bits can be anything.
	jq -se 'all((.args | [.[0], (.[1:][] | (. % 4294967296 + 4294967296) % 4294967296)]) == [300000000, 1, 1] and .rval == 0 and .lat_ns >= 300000000 and .func == "hrtimer_nanosleep" and
		.comm == "latencies")' "$T/json"
	latencies -m 0 hrtimer_nanosleep -- nap=20 sleep=3
	[ "$(total sleep hrtimer_nanosleep)" = true ]
}

@test "funcslower: functions of the kernel and of a program together, with stacks" {
	needs_kprobes
	latencies -u 1000 -KU do_nanosleep hrtimer_nanosleep "$BIN:known_nap" -- nap=10
	for f in do_nanosleep hrtimer_nanosleep; do
		[ "$(total sleep $f)" = true ]
	done
	[ "$(total known_nap known_nap)" = true ]
	# The innermost returns first.
	[ "$(jq -r .func "$T/json" | head -3 | xargs)" = "do_nanosleep hrtimer_nanosleep known_nap" ]
	# Before 5.15 a kernel can't look past a kretprobe.
	jq -se 'map(select(.func == "hrtimer_nanosleep")) | all(.kernel_stack |
		any(test("sys_clock_nanosleep")) or (length == 1 and (.[0] | test("kretprobe_trampoline")))) and
		all(.user_stack | any(test("nanosleep|clone|start")))' "$T/json"
	jq -se 'map(select(.func == "known_nap")) | all(.user_stack | any(test("known_outer")))' "$T/json"
}

@test "funcslower: recursive calls of a program, with an argument and the result" {
	latencies -m 0 -a 1 "$BIN:known_re*" "$BIN:known_outer" -- nap=2 recurse=7
	[ "$(total known_recurse known_recurse)" = true ]
	[ "$(total known_outer known_outer)" = true ]
	# The innermost returns first.  The function returns the time it measured.
	[ "$(jq -c 'select(.func == "known_recurse").args' "$T/json" | xargs)" = "[1] [2] [3] [4] [5] [6] [7]" ]
	jq -se 'all(.rval > 1000000 and .rval <= .lat_ns)' "$T/json"
	# Two of seven took no longer than 2 ms plus what a busy machine adds.
	latencies -m 3 "$BIN:known_recurse" -- recurse=7
	jq -se 'length >= 5 and all(.lat_ns >= 3000000)' "$T/json"
}

@test "funcslower: a program without frame pointers has whole stacks, also inside calls that are traced" {
	local chain="main;plain_one;plain_two" kernel=()
	! can_trace funcslower vfs_read || kernel=(hrtimer_nanosleep)
	traced frameless "$B/funcslower" --json -m 0 -U "$FRAMELESS:spin" "$FRAMELESS:plain_*" "${kernel[@]}"
	nothing_lost "$T/json"
	{
		echo "plain_one main 20"
		echo "plain_three $chain 20"
		echo "plain_two main;plain_one 20"
		echo "spin $chain;plain_three 20"
	} >"$T/want"
	chains_in user_stack
	same "$T/want" <(grep -v ^hrtimer "$T/chains")
	# usleep(3) is several functions of the C library.
	[ ${#kernel[@]} = 0 ] || grep -Eqx "hrtimer_nanosleep $chain;plain_three;spin;[a-z_;]*nanosleep 20" "$T/chains"
	traced frameless "$B/funcslower" --json -m 0 -U --frame-pointers "$FRAMELESS:spin"
	not grep -q plain_two <(chains_in user_stack)
	[ "$(jq -s 'map(select(.func)) | length' "$T/json")" = 20 ]
}

@test "funcslower: output is BCC's" {
	"$B/funcslower" -Ta 2 -u 1.5 "$BIN:known_recurse" --exec "$BIN" "$T/expected" recurse=2 >"$T/text"
	cat "$T/text"
	[ "$(sed -n 1p "$T/text")" = "Tracing function calls slower than 1.5 us... Ctrl+C to quit." ]
	[ "$(sed -n 2p "$T/text")" = "TIME       COMM           PID    LAT(us)             RVAL FUNC ARGS" ]
	[ "$(sed -n '3,$p' "$T/text" | grep -Ec '^[0-9:]{8}   latencies      [0-9]+ +[0-9]+\.[0-9]{2} [ 0-9a-f]{16} known_recurse 0x[12] 0x[0-9a-f]+$')" = 2 ]
	"$B/funcslower" -tU "$BIN:known_recurse" --exec "$BIN" "$T/expected" recurse=1 >"$T/text"
	[ "$(sed -n 2p "$T/text")" = "TIME       COMM           PID    LAT(ms)             RVAL FUNC" ]
	grep -Eq '^0\.000000   latencies ' "$T/text"
	grep -q '^    main' "$T/text"
	"$B/funcslower" -fU "$BIN:known_outer" --exec "$BIN" "$T/expected" nap=2 >"$T/text"
	cat "$T/text"
	[ "$(grep -Ec '^latencies;.*main 1$' "$T/text")" = 2 ]
	[ "$(wc -l <"$T/text")" = 2 ]
}

# Arguments: the exit status, the beginning of the message, the arguments of funcslower.
refused() {
	local want=$1
	shift
	run "-${want%% *}" --separate-stderr "$B/funcslower" "$@"
	[[ $stderr == "funcslower: ${want#* }"* ]] || { echo "$stderr"; false; }
}

@test "funcslower: what can't be is a sentence" {
	refused "2 which functions should be traced?"
	refused "2 't:sched:sched_switch': only functions take time" t:sched:sched_switch
	refused "2 -f needs -K or -U" -f vfs_read
	refused "2 -m and -u exclude each other" -m 1 -u 1 vfs_read
	refused "1 no function matches 'c:no_such_f' in /" c:abort c:no_such_f
}
