load lib

setup() {
	needs_root
	BIN=$W/callers
}

# Count stacks with these arguments while callers runs, as [[function,caller,...,"main"],count] in $T/stacks.
N=5
count() {
	traced "$B/stackcount" --json "$@" -- "$BIN" "$T/expected" $N
	nothing_lost "$T/json"
	stacks_of user
}

stacks_of() {
	jq -sc "map(select(has(\"count\") and (.$1 | map(split(\"+0x\")[0]) | index(\"main\")))) |
		map({ f: (.$1 | map(split(\"+0x\")[0]) | .[:index(\"main\") + 1]), count }) | group_by(.f)[] |
		[.[0].f, (map(.count) | add)]" "$T/json" | sort >"$T/stacks"
}

# What callers did, of the functions that this regular expression matches.
did() {
	jq -c "select(.[0][0] | test(\"^($1)$\"))" "$T/expected" | sort >"$T/want"
	[ -s "$T/want" ]
	same "$T/want" "$T/stacks"
}

@test "stackcount: who calls functions and passes USDT probes of a program, by one link or one by one" {
	count "$BIN:callee"
	did callee
	for flavour in any kprobe; do
		# A function without a frame, of which the kernel's walk misses the caller
		SNOOPKIT_PROBES=${flavour#any} count -U -r "$BIN:(leaf|act)$"
		did 'leaf|act'
		jq -se 'all(has("kernel") | not)' "$T/json"
	done
	count "u:$BIN:met"
	did probed
	# The same stacks of two processes are one.  By frame pointers: rules can come between two calls.
	traced "$B/stackcount" --json --frame-pointers "$BIN:leaf" -- sh -c "$BIN $T/expected $N; $BIN $T/expected $N"
	[ "$(jq -sc 'map(.count // empty) | [length, unique]' "$T/json")" = "[6,[$((2 * N))]]" ]
}

@test "stackcount: who calls the kernel, by tracepoints" {
	count -p $$ t:syscalls:sys_enter_getppid
	[ ! -s "$T/json" ]
	SNOOPKIT_PROBES=kprobe count t:syscalls:sys_enter_getppid
	did act
	count -K -P t:syscalls:sys_enter_getppid
	[ "$(jq -sc 'map(select(.comm == "callers") | [.count, has("user")])' "$T/json")" = "[[$((3 * N)),false]]" ]
	# In the kernel: before 6.12 nothing for a tracepoint of a single system call
	count t:raw_syscalls:sys_enter
	jq -se 'map(select(.user and (.user | any(startswith("main+"))))) | length > 0 and all(.kernel | any(test("^(do_syscall_64|invoke_syscall)[+]")))' "$T/json"
	jq -c 'select(.[0][0] == "act")' "$T/stacks" | same <(jq -c 'select(.[0][0] == "act")' "$T/expected" | sort) -
	# The tracer's own functions, with which the stack begins, are left out.
	traced "$B/stackcount" --json -K t:sched:sched_process_exec --exec env env "$BIN" "$T/expected" $N
	[ "$(jq -sc 'map(select(has("count"))) | [(map(.count) | add), all(.kernel | (.[0] | test("exec|load_elf")) and all(test("^(bpf_|__bpf_|__traceiter)") | not))]' "$T/json")" = '[3,true]' ]
	# So many that two programs at all system calls see them
	count 't:syscalls:sys_enter_get*'
	did act
}

@test "stackcount: who calls a kernel function" {
	[ -n "${SNOOPKIT_VM:-}" ] || needs_tool stackcount vfs_read
	for flavour in ${SNOOPKIT_PROBES:-any kprobe}; do
		SNOOPKIT_PROBES=${flavour#any} count -r '.*_sys_getppid$'
		did act
		jq -se 'map(select(.user and (.user | any(startswith("main+"))))) | length > 0 and
			all(.kernel | (.[0] | test("^[a-z0-9_]*sys_getppid[+]")) and any(test("^(do_syscall_64|invoke_syscall)[+]")))' "$T/json"
	done
}

@test "stackcount: a program without frame pointers has whole stacks, in its functions and in the kernel" {
	local chain="main;plain_one;plain_two;plain_three;spin"
	traced frameless "$B/stackcount" --json -U "$FRAMELESS:spin"
	nothing_lost "$T/json"
	[ "$(chains_in user)" = "- $chain 20" ]
	traced frameless "$B/stackcount" --json t:syscalls:sys_enter_getppid
	[ "$(chains_in user)" = "- $chain;getppid 20" ]
	if can_trace stackcount vfs_read; then
		traced frameless "$B/stackcount" --json -r '.*_sys_getppid$'
		[ "$(chains_in user)" = "- $chain;getppid 20" ]
		jq -se 'all(.count == null or (.kernel[0] | test("sys_getppid[+]")))' "$T/json"
	fi
	traced frameless "$B/stackcount" --json -U --frame-pointers "$FRAMELESS:spin"
	not grep -q plain_two <(chains_in user)
	[ "$(jq -s 'map(.count // empty) | add' "$T/json")" = 20 ]
}

# Not even its first stack lacks them: the pause is longer than what a tool takes to see where the libraries are.
@test "stackcount: text is BCC's, folded lines, a flame graph" {
	"$B/stackcount" -P "$BIN:leaf" -D 1 --exec "$BIN" "$T/expected" 1 >"$T/text"
	grep -Ev '^  \[?_*libc|\[unknown\]' "$T/text" | sed 's/\[[0-9]*\]/[PID]/' >"$T/shown"
	for ways in left 'act left' right right 'act right' 'act right'; do
		printf '  leaf\n'
		printf '  %s\n' $ways
		printf '  main\n    callers [PID]\n    1\n\n'
	done | paste -sd'|' | sed 's/||/\n/g; s/|$//' | sort >"$T/want"
	[ "$(head -n1 "$T/shown")" = "Tracing 1 functions for \"$BIN:leaf\"... Hit Ctrl-C to end." ]
	[ -z "$(sed -n 2p "$T/shown")" ]
	[ "$(tail -n1 "$T/shown")" = "Detaching..." ]
	sed '1,2d;$d' "$T/shown" | paste -sd'|' | sed 's/||/\n/g; s/|$//' | sort | same "$T/want" -
	# Addresses, offsets, a delimiter, the time
	"$B/stackcount" -dsvT t:raw_syscalls:sys_enter --exec "$BIN" "$T/expected" 1 >"$T/text"
	grep -Eqx '[0-9]{2}:[0-9]{2}:[0-9]{2}' "$T/text"
	grep -Eqx '  ffff[0-9a-f]{12} [a-z0-9_]+\+0x[0-9a-f]+' "$T/text"
	grep -A1 -x '    --' "$T/text" | grep -Eqx '  [0-9a-f]{8,12} {4,8} act\+0x[0-9a-f]+'
	# Folded: nothing but lines; with -P the name comes first
	"$B/stackcount" -f -U "$BIN:leaf" --flamegraph "$T/svg" -- "$BIN" "$T/expected" 2 >"$T/text"
	[ "$(grep -cE '^;(.*;)?main;(act;|left;|right;)*leaf 2$' "$T/text")" = 6 ]
	[ "$(wc -l <"$T/text")" = 6 ]
	grep -q '<title>leaf' "$T/svg"
	# There is no room for the caller
	"$B/stackcount" -f -U --perf-max-stack-depth 1 "$BIN:leaf" -- "$BIN" "$T/expected" 2 >"$T/text"
	[ "$(cat "$T/text")" = ";[cut];leaf 12" ]
	# Reports at intervals, and why there is nothing in them
	"$B/stackcount" -i 1 -D 2 "u:$BIN:met" >"$T/text" 2>"$T/err"
	[ "$(wc -l <"$T/text")" = 4 ]
	[ "$(cat "$T/err")" = "stackcount: no probe was hit: some programs hit theirs only if told to, or never" ]
}

@test "stackcount: what can't be is a sentence" {
	while read -r status message; do
		read -r args
		# shellcheck disable=SC2086
		run "-$status" --separate-stderr "$B/stackcount" $args
		[[ $stderr == "stackcount: $message"* ]] || { echo "$stderr"; false; }
	done <<-END
	2 which functions?

	2 -U and -K exclude each other
	-U -K vfs_read
	1 there is no CPU 60000
	-c 60000 c:malloc
	1 no function matches 'c:no_such*' in /
	c:no_such*
	END
}
