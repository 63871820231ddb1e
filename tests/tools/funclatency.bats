load lib

setup() {
	needs_root
	BIN=$W/latencies
}

# Measure with these arguments while `latencies` does the parts after --.
latencies() {
	local args=()
	while [ "$1" != -- ]; do args+=("$1"); shift; done
	traced "$B/funclatency" --json "${args[@]}" --exec "$BIN" "$T/expected" "${@:2}"
	cat "$T/expected" "$T/json"
}

# within WHAT [JQ]: the rows that the filter leaves have as many calls as WHAT, which took as long in total.
within() {
	jq -se --arg what "$1" --slurpfile e "$T/expected" "map(select(.func // \"\" | ${2:-true})) |
		(map(.count) | add) as \$n | (map(.total_ns) | add) as \$ns |
		\$e | map(select(.[0] == \$what))[0] | \$n == .[1] and \$ns >= .[2] and \$ns <= .[3]" \
		<(jq -c 'select(has("count"))' "$T/json")
}

# Kernel functions need kprobes.
needs_kprobes() {
	[ -n "${SNOOPKIT_VM:-}" ] || needs_tool funclatency vfs_read
}

@test "funclatency: a function of the kernel, in which 60 threads sleep at once" {
	needs_kprobes
	latencies hrtimer_nanosleep -- nap=20 sleep=60
	[ "$(jq -n 'input[1] | select(. == 20)' "$T/expected")" ]
	within sleep
	nothing_lost "$T/json"
	# Each slept for 300 ms: the histogram has them.
	jq -se 'map(.nsecs[]? | select(.lo >= 268435456) | .count) | add >= 60' "$T/json"
}

@test "funclatency: many functions of the kernel, one called by another, each with its own" {
	needs_kprobes
	latencies -F -u -r '(hrtimer_nanosleep|do_nanosleep|vfs_[l-s][a-z]+|ksys_[a-z]*)$' -- nap=5 sleep=30
	within sleep '. == "hrtimer_nanosleep"'
	within sleep '. == "do_nanosleep"'
	jq -se 'map({key: .func, value: .total_ns}) | from_entries | .hrtimer_nanosleep > .do_nanosleep' "$T/json"
	nothing_lost "$T/json"
}

@test "funclatency: functions of a program, nested and recursive ones, by process" {
	latencies "$BIN:known_*" -- nap=10 recurse=9
	for f in known_nap known_outer known_recurse; do
		within $f ". == \"$f\""
	done
	jq -se 'length == 3 and (map(.pid) | unique | length == 1 and .[0] > 1)' "$T/json"
	nothing_lost "$T/json"
	# The outermost calls only: one of the recursive ones took as long as all of them together.
	latencies -m -l 1 "$BIN:known_*" -- nap=3 recurse=4
	within known_outer '. == "known_outer"'
	jq -se 'map(select(.func == "known_recurse")) | length == 1 and .[0].count == 1 and .[0].total_ns >= 4000000' "$T/json"
	[ "$(jq -c 'select(.func == "known_nap")' "$T/json")" = "" ]
	nothing_lost "$T/json"
}

@test "funclatency: calls that don't return, and too many inside one another" {
	latencies "$BIN:known_*" -- jump=5 nap=3 recurse=70
	within known_nap '. == "known_nap"'
	jq -se 'map(select(.func == "known_recurse"))[0].count == 64' "$T/json"
	[ "$(jq -c 'select(.func == "known_jump")' "$T/json")" = "" ]
	jq -se 'map(.lost // empty)[-1] | .deep == 6 and .returns == 5' "$T/json"
	grep -q 'lost 6 calls: too many calls inside one another' "$T/err"
	grep -q 'function returns: calls were left in another way, as by longjmp(3)' "$T/err"
}

@test "funclatency: output is BCC's" {
	TZ=UTC "$B/funclatency" -uT -i 100 -F "$BIN:known_[no]*" --exec "$BIN" "$T/expected" nap=2 >"$T/text"
	sed -E 's/^[0-9]{2}:[0-9]{2}:[0-9]{2}$/TIME/; s/^ +[0-9]+ -> [0-9]+ +: 0 .*/EMPTY/; s/\|.*\|/|/; s/\[[0-9]+\]/[PID]/
		s/avg = [0-9]+ usecs, total: [0-9]+/avg = N usecs, total: N/' "$T/text" | grep -v EMPTY >"$T/plain"
	cat "$T/text"
	{
		echo "Tracing 2 functions for \"$BIN:known_[no]*\"... Hit Ctrl-C to end."
		printf '\nTIME\n\n'
		echo 'Function = known_nap [PID]'
	} | same - <(head -5 "$T/plain")
	grep -q '^     usecs               : count     distribution$' "$T/plain"
	grep -q '^Function = known_outer \[PID\]$' "$T/plain"
	printf '%s\n' '' 'avg = N usecs, total: N usecs, count: 4' '' 'Detaching...' | same - <(tail -4 "$T/plain")
	# one process needs no sections, as in BCC
	"$B/funclatency" -d 1 -p $$ "$BIN:known_nap" >"$T/text"
	[ "$(sed -n '2,$p' "$T/text")" = $'\nDetaching...' ]
}

# Arguments: the exit status, the beginning of the message, the arguments of funclatency.
refused() {
	local want=$1
	shift
	run "-${want%% *}" --separate-stderr "$B/funclatency" "$@"
	[[ $stderr == "funclatency: ${want#* }"* ]] || { echo "$stderr"; false; }
}

@test "funclatency: what can't be is a sentence" {
	refused "2 which functions should be measured?"
	refused "2 't:sched:sched_switch': only functions take time" t:sched:sched_switch
	refused "2 -m and -u exclude each other" -m -u vfs_read
	refused "1 no function matches 'c:no_such_f*' in /" 'c:no_such_f*'
	needs_command objcopy
	echo >"$T/empty"
	objcopy --add-section .gopclntab="$T/empty" "$BIN" "$T/go"
	refused "1 $T/go is a Go program: Go moves stacks" "$T/go:known_nap"
}
