load lib

setup() {
	needs_tool memleak
}

# What the functions leak_* of the workload have in use at the end, as [function,bytes,blocks].
leaks() {
	jq -c 'select(.stack) | [(.stack[0] // "" | split("+")[0]), .bytes, .allocations] | select(.[0] | startswith("leak_"))' "$T/json" |
		jq -sc 'group_by(.[0])[] | [.[0][0], (map(.[1]) | add), (map(.[2]) | add)]'
}

leaks_are() {	# EXPECTED
	cat "$T/json"
	sort "$1" >"$T/sorted"
	leaks | sort | same "$T/sorted" -
}

# Is X, of the leaks of leak_random(), at most a seventh off?
is_near() {	# FIELD
	jq -se --slurpfile e "$T/expected" "(map($1) | add) as \$is | ($2) as \$should | \$is > \$should * 6 / 7 and \$is < \$should * 8 / 7"
}

@test "memleak: what a command leaks, by each kind of allocation, and across threads" {
	"$B/memleak" --once --json -a -o 0 -T 1000 --exec "$W/heaps" "$T/expected" leak 30 >"$T/json"
	leaks_are "$T/expected"
	nothing_lost "$T/json"
	# -a lists the same blocks.
	jq -se '(map(select(.stack) | .allocations) | add) == (map(select(.event == "in use")) | length)' "$T/json"
	jq -se '(map(select(.stack) | .bytes) | add) == (map(select(.event == "in use") | .size) | add)' "$T/json"
	jq -se 'map(select(.event == "in use") | .addr) | length == (unique | length) and all(. > 0)' "$T/json"
	# Smallest first.
	jq -se 'map(select(.stack) | .bytes) | . == sort and length > 5' "$T/json"
}

@test "memleak: -p: blocks from before are not shown when they are freed; -o leaves out young ones; --blocks" {
	for how in "-o 0" "-o 90000" "-o 0 --blocks 5"; do
		rm -f "$T/go" "$T/expected"
		mkfifo "$T/go"
		"$W/heaps" "$T/expected" wait 40 "$T/go" 3>&- &
		until grep -q ready "$T/expected"; do kill -0 $!; sleep 0.02; done
		"$B/memleak" --once --json $how -p $! -- sh -c "echo >'$T/go'; while kill -0 $! 2>/dev/null; do sleep 0.05; done" >"$T/json" 2>"$T/err"
		grep -v ready "$T/expected" >"$T/after"
		cat "$T/json" "$T/err"
		case $how in
		"-o 0") leaks_are "$T/after"; nothing_lost "$T/json" ;;
		"-o 90000") not grep -q stack "$T/json" ;;
		*)
			[ "$(leaks)" = '["leak_after",15000,5]' ]
			jq -se 'map(.lost.entries // empty) | last == 35' "$T/json"
			grep -q "a table was full" "$T/err"
			;;
		esac
	done
}

@test "memleak: samples of bytes or blocks stand for all; -z and -Z; after exec the old blocks are gone" {
	for how in "--sample-bytes 4K" "-s 3"; do
		"$B/memleak" --once --json -o 0 -T 1000 $how -c "$W/heaps $T/expected random 20000" >"$T/all"
		grep leak_random "$T/all" >"$T/json"
		cat "$T/json"
		is_near .bytes '$e[0][1]' <"$T/json"
		is_near .allocations '$e[0][2]' <"$T/json"
		jq -se 'map(.sampled * 3 / 2 < .allocations) | all' "$T/json"
	done
	"$B/memleak" --once --json -o 0 -T 1000 -z 600 -Z 1000 --exec "$W/heaps" "$T/old" exec 10 "$W/heaps" "$T/expected" leak 10 >"$T/json"
	{
		echo '["leak_aligned",6400,10]'
		grep leak_malloc "$T/expected"
		echo '["leak_new",8000,10]'
	} >"$T/few"
	grep -q leak_new "$T/expected" || sed -i /leak_new/d "$T/few"
	leaks_are "$T/few"
}

@test "memleak: the kernel's memory, and that for each CPU" {
	needs_root
	"$B/memleak" --once --json -o 0 -T 100000 -- sh -c "'$W/heaps' '$T/expected' pipes 200 & until grep -q pipe '$T/expected'; do sleep 0.05; done" >"$T/json" 3>&-
	kill "$(jq '.[1]' "$T/expected")"
	# Of each pipe there are two objects; half of the pipes were closed.
	grep alloc_pipe_info "$T/json" >"$T/pipes"
	cat "$T/pipes"
	jq -se 'map(select(.allocations >= 200)) | length == 2 and all(.allocations < 300 and .pid == null and .bytes >= .allocations * 100)' "$T/pipes"
	"$B/memleak" --once --json -o 0 -T 100000 --percpu -- sh -c "unshare -n sh -c 'echo \$\$ >$T/pid; exec sleep 1000' & until [ -s $T/pid ]; do sleep 0.05; done" >"$T/json" 3>&-
	kill "$(cat "$T/pid")"
	grep copy_net_ns "$T/json" | jq -se 'length > 0 and all(.bytes >= .allocations)'
}

@test "memleak: text is BCC's; -t, -f, --combined-only, --sort" {
	# Blocks from before the program's rules are read would have another stack.
	"$B/memleak" --once -a -o 0 -T 2 --frame-pointers -c "$W/heaps $T/expected leak 20" >"$T/text"
	cat "$T/text"
	sed -n 1p "$T/text" | grep -qx "Executing '$W/heaps $T/expected leak 20' and tracing the resulting process."
	sed -n 2p "$T/text" | grep -Eqx 'Attaching to pid [0-9]+, Ctrl\+C to quit\.'
	sed -n 3p "$T/text" | grep -Eqx '\[[0-9:]{8}\] Top 2 stacks with outstanding allocations:'
	[ "$(grep -Ecx $'\taddr = [0-9a-f]+ size = 65536' "$T/text")" = 20 ]
	grep -qx $'\t1310720 bytes in 20 allocations from stack' "$T/text"
	grep -Eqx $'\t\t0x[0-9a-f]{16}\tleak_mmap\\+0x[0-9a-f]+ \\[heaps\\]' "$T/text"
	[ "$(grep -c 'allocations from stack' "$T/text")" = 2 ]
	"$B/memleak" --once --combined-only --frame-pointers --sort count -T 1 -c "$W/heaps $T/expected leak 300" >"$T/text"
	grep -qx $'\t39600 bytes in 1200 allocations from stack' "$T/text"
	grep -Eqx $'\t\tleak_threads\\+0x[0-9a-f]+ \\[heaps\\]' "$T/text"
	"$B/memleak" --once -f -o 0 -T 100 --frame-pointers -c "$W/heaps $T/expected leak 20" | grep -Eqx 'heaps;.*main;leak_mmap 1310720'
	"$B/memleak" -t -c "$W/heaps $T/expected leak 20" >"$T/text"
	[ "$(grep -Ecx 'heaps +[0-9]+ +alloc address = [0-9a-f]+ size = 700' "$T/text")" = 20 ]
	[ "$(grep -Ecx 'heaps +[0-9]+ +free  address = [0-9a-f]+ size = 700' "$T/text")" = 20 ]
	not grep -q 'Top' "$T/text"
}

@test "memleak: each complaint is a sentence" {
	run -2 "$B/memleak" -p $$ -O /no/such/file
	[ "$output" = "memleak: there is no file '/no/such/file' for process $$" ]
	run -2 "$B/memleak" -c true -O "$(type -P sleep)" -S no_
	[[ $output == *" has no function "* ]]
	for bad in "-p x" "-c" "-z 5 -Z 4" "-s 2 --sample-bytes 5" "-p 1 --percpu" "--sort x" "1 2 3" "-c true -p 1"; do
		run -2 --separate-stderr "$B/memleak" $bad
		[ -z "$output" ]
		[ "${#stderr_lines[@]}" = 1 ]
	done
}
