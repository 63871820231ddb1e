load lib

setup() {
	needs_tool deadlock
}

# Are the rows one cycle, of all threads that the workload expects?
is_cycle() {	# EXPECTED
	cat "$T/json" "$1"
	jq -c '[(.held | ltrimstr("0x") | explode | reduce .[] as $c (0; . * 16 + ($c | if . > 96 then . - 87 else . - 48 end))), .tid]' "$T/json" | sort >"$T/rows"
	sort "$1" | same - "$T/rows"
	jq -se 'length as $n | . as $r | all(.cycle == 1) and all(range($n); $r[.].taken == $r[(. + 1) % $n].held)' "$T/json"
	nothing_lost "$T/json"
}

@test "deadlock: threads that take two mutexes in opposite order, and three in a circle, with the places where they do" {
	for n in 2 3; do
		"$B/deadlock" --json -- "$W/lockorder" "$T/expected" $n >"$T/json" 2>"$T/err"
		not grep . "$T/err"
		is_cycle "$T/expected"
		jq -se 'all((.held_stack[0] | startswith("take_first+")) and (.taken_stack[0] | startswith("take_second+")) and
			(.made_stack | map(split("+")[0]) | index(["make_thread", "main"]) == 0) and
			(.taken_stack[1] | startswith("thread+")) and .maker == .pid)' "$T/json"
	done
}

@test "deadlock: nothing is found where orders agree, and where no thread would wait" {
	for what in -2 -5 recursive; do
		"$B/deadlock" --json -v -- "$W/lockorder" "$T/expected" $what >"$T/json" 2>"$T/err"
		not grep -v '^{"lost"' "$T/json"
		[ -s "$T/expected" ]
		case $what in
		-2) grep -qx "Mutexes: 2, Edges: 1" "$T/err" ;;
		-5) grep -qx "Mutexes: 5, Edges: 5" "$T/err" ;;
		*) grep -qx "Mutexes: 3, Edges: 3" "$T/err" ;;
		esac
	done
}

@test "deadlock: a process that runs, in BCC's text; --binary is a static program; --dump-graph" {
	mkfifo "$T/go"
	"$W/lockorder-static" "$T/expected" 2 "$T/go" 3>&- &
	"$B/deadlock" $! --binary "$W/lockorder-static" --dump-graph "$T/graph" -- \
		sh -c "echo >'$T/go'; while kill -0 $! 2>/dev/null; do sleep 0.05; done" >"$T/text"
	cat "$T/text" "$T/graph"
	hex='0x[0-9a-f]{16}'
	[ "$(sed -n 1p "$T/text")" = "Tracing... Hit Ctrl-C to end." ]
	sed -n 2,3p "$T/text" | same <(printf -- '----------------\nPotential Deadlock Detected!\n') -
	grep -Eqx "Cycle in lock order graph: Mutex M0 \($hex\) => Mutex M1 \($hex\) => Mutex M0 \($hex\)" "$T/text"
	grep -Eqx "Mutex M1 \($hex\) acquired here while holding Mutex M0 \($hex\) in Thread [0-9]+ \(lockorder-stati\):" "$T/text"
	grep -Eqx "Mutex M0 \($hex\) previously acquired by the same Thread [0-9]+ \(lockorder-stati\) here:" "$T/text"
	[ "$(grep -Ecx "Thread [0-9]+ created by Thread $! \(lockorder-stati\) here: " "$T/text")" = 2 ]
	[ "$(grep -Ecx '@ [0-9a-f]{16} take_second' "$T/text")" = 2 ]
	jq -e --slurpfile e "$T/expected" '(.nodes | map(.id) | sort) == ($e | map(.[0]) | sort) and
		(.links | map([.source, .thread_pid]) | sort) == ($e | sort) and .directed' "$T/graph"
}

@test "deadlock: symbols of other locks; a full table is a loss; each complaint is a sentence" {
	"$B/deadlock" --json --lock-symbols pthread_mutex_trylock,pthread_mutex_lock -- "$W/lockorder" "$T/expected" recursive >"$T/json"
	jq -se 'length == 2 and all(.cycle == 1)' "$T/json"
	"$B/deadlock" --json -e 1 -- "$W/lockorder" "$T/expected" 2 >"$T/json" 2>"$T/err"
	jq -se 'map(.lost.entries // empty) | last == 3' "$T/json"
	grep -q 'lost 3 updates: a table was full; see --threads and --edges' "$T/err"
	"$B/deadlock" --json -s 1 -- "$W/lockorder" "$T/expected" many >"$T/json" 2>"$T/err"
	jq -se 'map(.lost // empty) | last | .held == 4 and .stacks > 0 and (has("entries") | not)' "$T/json"
	grep -Eq 'lost [0-9]+ stacks: .*; see --stacktraces' "$T/err"
	grep -qx 'deadlock: lost 4 mutexes: their thread held 16 others' "$T/err"
	run -1 --separate-stderr "$B/deadlock" --lock-symbols no_such_lock $$
	[[ $stderr == *" has no function no_such_lock"* ]]
	run -1 --separate-stderr "$B/deadlock" 4194000
	[[ $stderr == *"there is no process or thread 4194000" ]]
	for bad in "" "x" "1 2" "-p 1" "-e 0 1" "--dump-graph"; do
		run -2 --separate-stderr "$B/deadlock" $bad
		[ -z "$output" ]
		[ "${#stderr_lines[@]}" = 1 ]
	done
}
