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
		't:syscalls:sys_enter_write (args->count == 4321) "%u %s", args->fd, $comm' \
		'sys_write (arg3 == 4321) "%d %d", arg1, $pid == $tgid' \
		'do_sys_openat2(int dfd, const char *name) (STRCMP("/dev/zero", name)) "%d %s", dfd, name'
	nothing_lost "$T/json"
	for i in 0 1 2 3 4 5 6; do
		echo "vfs_write seven 4321 at $((i * 4321))"
		echo "vfs_write 4321"
		echo "sys_enter_write 1 dd"
		echo "sys_write 1 1"
	done | sort >"$T/want"
	echo "do_sys_openat2 -100 /dev/zero" >>"$T/want"
	messages | sort | sed 's/^__[a-z0-9]*_sys_write/sys_write/' >"$T/got"
	sort -o "$T/want" "$T/want"
	same "$T/want" "$T/got"
	jq -e 'select(.func == "vfs_write" and (.values | length) == 3) | .values == ["seven", 4321, 0]' "$T/json" | grep -q true
}

@test "trace: functions of a program, with their arguments, filters and results" {
	traced "$B/trace" --json "$C:known_six(int a, unsigned char b, long c, u64 d, short e, unsigned f) \"%d %u %ld %lu %d %u %lld\", a, b, c, d, e, f, b + c * e" \
		"$C:known_six ((int)arg1 < 0) \"%d %x\", arg1, arg6" \
		"$C:known_sum(int a, int b) (a) \"%d\", a ? a + b : 0" \
		"r:$C:known_sum \"%d\", retval" "r:$C:known_end (retval == -5)" -- "$C" "$T/did"
	nothing_lost "$T/json"
	cat >"$T/want" <<-END
		known_end null
		known_end null
		known_six -1 200 -3000000000 4 -5 4000000000 15000000200
		known_six -1 ee6b2800
		known_sum -6
		known_sum -6
		known_sum -7
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
