load lib

setup() {
	needs_root
	export LC_ALL=C
	C=$W/usercalls
}

# The messages, in the order in which they came.
messages() {
	jq -r 'select(.func) | "\(.func) \(.message)"' "$T/json"
}

# Seven writes of a size that nobody else writes.
writes() {
	traced "$B/trace" --json "$@" -- dd if=/dev/zero of="$T/seven" bs=4321 count=7 status=none
}

needs_kprobes() {
	[ -n "${SNOOPKIT_VM:-}" ] || needs_tool trace vfs_read
}

@test "trace: kernel functions, what they return, and tracepoints, all at once" {
	needs_kprobes
	writes 'vfs_write (count == 4321 && STRCMP("seven", file->f_path.dentry->d_name.name)) "%s %d at %lld", file->f_path.dentry->d_name.name, count, *pos' \
		'r::vfs_write (retval == 4321) "%ld", $retval' \
		'r::ksys_write ($entry(count) == 4321) "%d %ld %d", $entry(fd), $retval, $latency > 100 && $latency < 9000000000' \
		't:syscalls:sys_enter_write (args->count == 4321) "%u %s", args->fd, $comm' \
		"t:sched:sched_process_exec (STRCMP(\"$(command -v dd)\", args->filename)) \"%s\", args->filename" \
		't:sched:sched_process_exit (STRCMP("dd", args->comm)) "%s %d", args->comm, $task->tgid == $tgid' \
		'sys_write (arg3 == 4321) "%d %d", arg1, $pid == $tgid' \
		'do_sys_openat2(int dfd, const char *name) (STRCMP("/dev/zero", name)) "%d %s", dfd, name'
	nothing_lost "$T/json"
	for i in 0 1 2 3 4 5 6; do
		echo "vfs_write seven 4321 at $((i * 4321))"
		echo "vfs_write 4321"
		echo "ksys_write 1 4321 1"
		echo "sys_enter_write 1 dd"
		echo "sys_write 1 1"
	done | sort >"$T/want"
	printf '%s\n' "do_sys_openat2 -100 /dev/zero" "sched_process_exec $(command -v dd)" "sched_process_exit dd 1" >>"$T/want"
	messages | sort | sed 's/^__[a-z0-9]*_sys_write/sys_write/' >"$T/got"
	sort -o "$T/want" "$T/want"
	same "$T/want" "$T/got"
	jq -e 'select(.func == "vfs_write" and (.values | length) == 3) | .values == ["seven", 4321, 0]' "$T/json" | grep -q true
}

@test "trace: functions of a program, with their arguments, filters and results" {
	traced "$B/trace" --json "$C:known_six(int a, unsigned char b, long c, u64 d, short e, unsigned f) \"%d %u %ld %lu %d %u %lld\", a, b, c, d, e, f, b + c * e" \
		"$C:known_six ((int)arg1 < 0) \"%d %x\", arg1, arg6" \
		"$C:known_sum(int a, int b) (a) \"%d\", a ? a + b : 0" \
		"r:$C:known_sum(int a, int b) (\$latency) \"%d %d\", retval, \$entry(a)" "r:$C:known_end (retval == -5)" -- "$C" "$T/did"
	nothing_lost "$T/json"
	cat >"$T/want" <<-END
		known_end null
		known_end null
		known_six -1 200 -3000000000 4 -5 4000000000 15000000200
		known_six -1 ee6b2800
		known_sum -6
		known_sum -6 1
		known_sum -7 0
	END
	messages | sort >"$T/got"
	same "$T/want" "$T/got"
}

@test "trace: USDT probes of several places, with their arguments and a semaphore" {
	traced "$B/trace" --json "u:$C:snoop:values \"%lld %lld %lld %lld %lld %lld\", arg1, arg2, arg3, arg4, arg5, arg6" \
		"u:$C:guarded (STRCMP(\"a text\", arg1)) \"%s\", arg1" \
		"u:$C:guarded (STRCMP(\"a tex\", arg1))" -- "$C" "$T/did"
	nothing_lost "$T/json"
	cat >"$T/want" <<-END
		values -2 -9223372036854775807 -128 -32768 -5 17
		values 1193046 1 2 3 4 5
		guarded a text
	END
	sed -i "2s/1193046/$((0x123456789a))/" "$T/want"
	messages >"$T/got"
	same "$T/want" "$T/got"
}

@test "trace: a whole struct among a function's arguments" {
	needs_kprobes
	traced "$B/trace" --json 'tcp_setsockopt (optname == 9999) "%d %u", level, optlen' \
		'r::tcp_setsockopt ($entry(optname) == 9999 && $entry(optlen) == 7) "%d", retval' -- "$C" "$T/did"
	nothing_lost "$T/json"
	printf '%s\n' "tcp_setsockopt -92" "tcp_setsockopt 6 7" >"$T/want"
	messages | sort >"$T/got"
	same "$T/want" "$T/got"
}

@test "trace: stacks, equal rows counted, an end after so many rows" {
	traced "$B/trace" --json -U -M 1 "$C:known_sum(int a) (a == 1)" -- "$C" "$T/did"
	nothing_lost "$T/json"
	[ "$(jq -r 'select(.func) | .user_stack[0]' "$T/json")" = "known_sum+0x0 [usercalls]" ]
	# The function has not made its own frame yet, so its caller may be missing.
	[ "$(jq -r 'select(.func) | .user_stack | length' "$T/json")" -ge 2 ]
	"$B/trace" -A -M 4 "$C:known_sum(int a) \"%d\", a" "$C:known_end \"%llx\", arg1" -- "$C" "$T/did" >"$T/out"
	sed -E 's/^[0-9]+ +[0-9]+ +usercalls +//' "$T/out" >"$T/got"
	printf '%s\n' "PID     TID     COMM            FUNC             -" \
		"known_sum        0-->COUNT 1" "" "known_end        5-->COUNT 2" "" "known_sum        1-->COUNT 1" "" >"$T/want"
	same "$T/want" "$T/got"
	"$B/trace" -K -T "$C:known_sum" -- "$C" "$T/did" >"$T/out"
	[ "$(grep -cE '^[0-9:]{8} [0-9]+ +[0-9]+ +usercalls +known_sum *$' "$T/out")" = 2 ]
	[ "$(grep -c '^$' "$T/out")" = 2 ]
}

@test "trace: a program without frame pointers has whole stacks, where its functions begin and return, and in the kernel" {
	local chain="main;plain_one;plain_two" kernel=()
	! can_trace trace vfs_read || kernel=(sys_getppid)
	traced frameless "$B/trace" --json -U "$FRAMELESS:spin" "r:$FRAMELESS:plain_three" t:syscalls:sys_enter_getppid "${kernel[@]}"
	nothing_lost "$T/json"
	{
		echo "plain_three $chain 20"
		echo "spin $chain;plain_three;spin 20"
		echo "sys_enter_getppid $chain;plain_three;spin;getppid 20"
		[ ${#kernel[@]} = 0 ] || echo "sys_getppid $chain;plain_three;spin;getppid 20"
	} >"$T/want"
	chains_in user_stack >/dev/null
	sed -i 's/^__[a-z0-9]*_sys_getppid/sys_getppid/' "$T/chains"
	same "$T/want" <(sort "$T/chains")
	traced frameless "$B/trace" --json -U --frame-pointers "$FRAMELESS:spin"
	not grep -q plain_two <(chains_in user_stack)
	[ "$(jq -s 'map(select(.func)) | length' "$T/json")" = 20 ]
}

@test "trace: mistakes are underlined, and what is not there is named" {
	run -2 --separate-stderr "$B/trace" 'do_exit "%d %d", $pid, ((struct file *)arg1)->f_poz'
	cat >"$T/want" <<-'END'
		trace: struct file has no member f_poz; the nearest is f_pos
		  do_exit "%d %d", $pid, ((struct file *)arg1)->f_poz
		                                                ^~~~~
	END
	same "$T/want" <(echo "$stderr")
	run -2 --separate-stderr "$B/trace" "$C:known_sum \"%d\""
	[[ $stderr == *"the format has 1 value, but 0 follow it"* ]]
	run -2 --separate-stderr "$B/trace" "r:$C:known_sum \"%d\", arg1"
	[[ $stderr == *'the arguments are not known any more when a function returns: write $entry(arg1)'* ]]
	run -2 --separate-stderr "$B/trace" "u:$C:guarded \"%d\", arg2"
	[[ $stderr == *"the USDT probe has no such argument at one of its places, or it can't be read"* ]]
	run -2 --separate-stderr "$B/trace" 'vfs_*'
	[[ $stderr == *"a probe is on one function"* ]]
	run -1 --separate-stderr "$B/trace" "$C:no_such_function"
	[[ $stderr == "trace: no function matches '$C:no_such_function' in "* ]]
	run -1 --separate-stderr "$B/trace" no_such_function
	[ "$stderr" = "trace: no function of the kernel matches 'no_such_function'" ]
}
