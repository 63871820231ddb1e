load lib

setup() {
	needs_root
	export LC_ALL=C
}

needs_kprobes() {
	[ -n "${SNOOPKIT_VM:-}" ] || needs_tool ksnoop vfs_read
}

# The rows' values, in the order in which they came.
values() {
	jq -c "select(.func) | [.func, .event, (.values | $1)]" "$T/json"
}

@test "ksnoop: calls and results, with members and strings, of which conditions choose exactly so many" {
	needs_kprobes
	mkdir "$T/d"
	traced "$B/ksnoop" --json trace 'vfs_write(count == 4321, file->f_path.dentry->d_name.name, *pos > 4321, $entry(count), return)' \
		'vfs_fallocate(file->f_path.dentry->d_name.name, offset, return < 0)' \
		'vfs_unlink(STRCMP("seven", dentry->d_name.name), return)' -- sh -c "
			cd '$T/d'
			dd if=/dev/zero of=seven bs=4321 count=7 status=none
			dd if=/dev/zero of=three bs=1234 count=3 status=none
			fallocate -l 4096 -o 4096 seven
			fallocate -i -l 4096 -o 8192 seven 2>/dev/null # not with tmpfs
			fallocate -i -l 4096 three 2>/dev/null
			rm seven three"
	nothing_lost "$T/json"
	for i in 2 3 4 5 6; do
		echo "[\"vfs_write\",\"both\",[\"seven\",4321,$((i * 4321)),4321,4321]]"
	done >"$T/want"
	cat >>"$T/want" <<-END
		["vfs_fallocate","both",["seven",8192,-95]]
		["vfs_fallocate","both",["three",0,-95]]
		["vfs_unlink","both",["seven",0]]
	END
	values '[(.["file->f_path.dentry->d_name.name"] // .["dentry->d_name.name"] // {}).value,
		.count, .["*pos"], .["$entry(count)"], .offset, .return] | map(select(. != null))' >"$T/got"
	same "$T/want" "$T/got"
	jq -se 'map(select(.func) | .latency_ns > 0 and .pid == .tid) | all' "$T/json"
}

@test "ksnoop: whole structs, strings of a process, and the text" {
	needs_kprobes
	mkdir "$T/d"
	printf 'some text' >"$T/d/file"
	ln "$T/d/file" "$T/d/other"
	stat -c '%i %h %s %a' "$T/d/file" >"$T/want"
	traced "$B/ksnoop" --json -P 64 'vfs_unlink(*dentry->d_inode, dentry)' 'vfs_write(count == 9, buf)' -- sh -c "rm '$T/d/other'; printf 'six seven' >'$T/d/file'"
	nothing_lost "$T/json"
	jq -r 'select(.func == "vfs_unlink") | .values["*dentry->d_inode"] | "\(.i_ino) \(.i_nlink) \(.i_size)"' "$T/json" >"$T/got"
	same <(cut -d' ' -f1-3 "$T/want") "$T/got"
	[ "$(jq -r 'select(.func == "vfs_unlink") | .event, .values.dentry.value.d_name.len' "$T/json")" = $'call\n5' ]
	[ "$(jq -r 'select(.func == "vfs_write") | .values.buf.value' "$T/json")" = "six seven" ]

	"$B/ksnoop" 'vfs_write(count == 9, buf, return)' vfs_fallocate --exec sh -c "printf 'six seven' >'$T/d/copy'
		exec fallocate -l 5000 -o 4096 '$T/d/copy'" >"$T/out"
	sed -E 's/^ +[0-9]{6,} +[0-9]+ +[0-9]+ /T C P /; s/0x[0-9a-f]+/0xA/' "$T/out" >"$T/text"
	cat >"$T/want" <<-'END'
		            TIME  CPU      PID FUNCTION/ARGS
		T C P vfs_write(
		                                   count = 
		                                    (size_t)9,
		                                   buf = *(0xA)
		                                    (char *)"six seven",
		                                   return = 
		                                    (ssize_t)9
		                               );

		T C P vfs_fallocate(
		                                   file = *(0xA)
		                                    (struct file){
	END
	sed -n 1,13p "$T/text" >"$T/got"
	# What follows the nine bytes in the buffer can be anything.
	sed -i -E 's/"six seven.*"(\.\.\.)?/"six seven"/' "$T/got"
	same "$T/want" "$T/got"
	cat >"$T/want" <<-'END'
		                                    },
		                                   mode = 
		                                    (int)0,
		                                   offset = 
		                                    (loff_t)4096,
		                                   len = 
		                                    (loff_t)5000
		                               );

		T C P vfs_fallocate(
		                                   return = 
		                                    (int)0
		                               );

	END
	tail -n 14 "$T/text" >"$T/got"
	same "$T/want" "$T/got"
}

# A file of overlayfs is also one of the file system below: its vfs_unlink() calls another one.
on_overlayfs() {
	[ -n "${SNOOPKIT_VM:-}" ] || skip "mounts only in a guest"
	modprobe overlay
	mkdir -p "$T"/{lower,upper,work,root}
	mount -t overlay overlay -o "lowerdir=$T/lower,upperdir=$T/upper,workdir=$T/work" "$T/root"
	touch "$T/root/one" "$T/root/two"
}

teardown() {
	! mountpoint -q "$T/root" || umount "$T/root"
}

@test "ksnoop: calls inside calls of the same function, and functions of a module" {
	on_overlayfs
	traced "$B/ksnoop" --json 'vfs_unlink(dentry->d_name.name, return)' -- rm "$T/root/one"
	nothing_lost "$T/json"
	cat >"$T/want" <<-'END'
		["vfs_unlink","call","one"]
		["vfs_unlink","call","one"]
		["vfs_unlink","return",0]
		["vfs_unlink","return",0]
	END
	values '.["dentry->d_name.name"].value // .return' >"$T/got"
	same "$T/want" "$T/got"
	jq -se 'map(select(.event == "return").latency_ns) | .[0] < .[1] and .[0] > 0' "$T/json"

	if [ "$SNOOPKIT_VM" = 5.10 ]; then # whose modules have no BTF
		run -1 --separate-stderr "$B/ksnoop" ovl_unlink
		[[ $stderr == "ksnoop: the kernel's types (BTF) don't describe ovl_unlink; before Linux 5.11, "* ]]
		return
	fi
	traced "$B/ksnoop" --json -s vfs_unlink 'ovl_unlink(dentry->d_name.len, return)' -- rm "$T/root/two" "$T/upper"/no 2>/dev/null || :
	nothing_lost "$T/json"
	cat >"$T/want" <<-'END'
		["vfs_unlink","call",null]
		["ovl_unlink","call",3]
		["ovl_unlink","return",0]
		["vfs_unlink","return",0]
	END
	values '.["dentry->d_name.len"] // .return' >"$T/got"
	same "$T/want" "$T/got"
}

@test "ksnoop -s: only calls in the order of the functions; -p, -P" {
	needs_kprobes
	writes="dd if=/dev/zero of='$T/a' bs=4321 count=4 status=none"
	# What the outer function returns decides only about the row of its return.
	traced "$B/ksnoop" --json -c /sys/fs/cgroup -s 'ksys_write(fd, return < 0)' 'vfs_write(count == 4321, return)' -- sh -c "echo 1 >'$T/b'; $writes"
	nothing_lost "$T/json"
	for _ in 1 2 3 4; do
		printf '%s\n' '["ksys_write","call",1]' '["vfs_write","call",4321]' '["vfs_write","return",4321]'
	done >"$T/want"
	values '.fd // .count // .return' >"$T/got"
	same "$T/want" "$T/got"
	# There is no vfs_write() around a ksys_write().
	traced "$B/ksnoop" --json -s vfs_write ksys_write -- sh -c "$writes"
	[ ! -s "$T/json" ]
	# One page is too small for what is shown of this struct: each of these is lost, and counted.
	traced "$B/ksnoop" --json -P 1 'vfs_write(count == 4321, $task)' -- sh -c "$writes"
	[ "$(jq -c 'select(.func)' "$T/json")" = "" ]
	[ "$(jq -s 'map(.lost.events // 0) | add' "$T/json")" = 4 ]
	traced "$B/ksnoop" --json -p $$ 'vfs_write(count > 50)' -- sh -c "$writes"
	[ ! -s "$T/json" ]
}

@test "ksnoop: info, and mistakes" {
	needs_kprobes
	[ "$("$B/ksnoop" info vfs_read schedule)" = $'ssize_t vfs_read(struct file *file, char *buf, size_t count, loff_t *pos);\nvoid schedule(void);' ]
	"$B/ksnoop" --json inf schedule | grep -qxF '{"func":"schedule","prototype":"void schedule(void);"}'
	"$B/ksnoop" h | grep -q '^Trace calls of kernel functions'
	mistake() {
		run "-$1" --separate-stderr "$B/ksnoop" "${@:3}"
		[[ $stderr == "ksnoop: $2"* ]] || { echo "$stderr"; return 1; }
	}
	mistake 2 "struct file has no member f_poz; the nearest is f_pos" 'vfs_read(file->f_poz)'
	mistake 2 "the arguments are not known any more when a function returns: write \$entry(count)" 'vfs_read(return < count)'
	mistake 2 "at most 6 values of a function can be shown" 'vfs_read(file, buf, count, pos, return, *pos, file->f_pos)'
	mistake 2 "there is no return here" 'schedule(return)'
	mistake 2 "vfs_read is named twice" vfs_read 'vfs_read(count)'
	mistake 2 "at most 64 functions" trace $(seq -f f%g 65)
	mistake 2 "info runs no command" info vfs_read -- true
	mistake 1 "the kernel's types (BTF) describe no function no_such_function" no_such_function
}
