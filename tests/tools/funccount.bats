load lib

setup() {
	needs_root
	BIN=$W/calls
	export LC_ALL=C
	# It makes detaching faster, is global, and would stay as it is after kill -9: no tool touches it.
	knob=$(cat /sys/kernel/rcu_expedited)
}

# Kernel functions need kprobes.
needs_kprobes() {
	[ -n "${SNOOPKIT_VM:-}" ] || needs_tool funccount vfs_read
}

# Count with these arguments while `calls` runs, as [name,count] in $T/counts.
N=20
count() {
	"$B/funccount" --json "$@" --exec "$BIN" "$T/expected" $N >"$T/json" 2>"$T/err"
	jq -c '[.func, .count]' "$T/json" | sort >"$T/counts"
}

# What `calls` did, but only these names.
did() {
	jq -c --arg names "$*" 'select(.[0] as $n | $names | split(" ") | index($n))' \
		"$T/expected" | sort >"$T/want"
}

@test "funccount: functions of a program and of libc, by name, glob and regex" {
	count "$BIN:known_*"
	did known_one known_two known_static
	same "$T/want" "$T/counts"
	count "p:$BIN:known_two"
	did known_two
	same "$T/want" "$T/counts"
	count -r "$BIN:known_(one|st.*)$"
	did known_one known_static
	same "$T/want" "$T/counts"
	count c:rand_r
	did rand_r
	same "$T/want" "$T/counts"
	count 'libc.so.6:*[ls]rand48'
	did lrand48 srand48
	same "$T/want" "$T/counts"
}

@test "funccount: --demangle shows names of C++ and Rust as the source has them, as funclatency and funcslower do" {
	[ -e "$(ldconfig -p | sed -n 's/.*libstdc++\.so\.6.*=> //p' | head -n1)" ] || skip "no libstdc++.so.6"
	printf '%s\n' 'crate::module::newer::<u8>' 'crate::module::older' \
		'void outer::burn<int>(std::vector<int, std::allocator<int> > const&)' >"$T/want"
	"$B/funccount" --demangle --json -r "$W/mangled:_(R|Z).*" -- "$W/mangled" 10 >"$T/json"
	jq -r 'select(.count == 1).func' "$T/json" | sort >"$T/names"
	same "$T/want" "$T/names"
	"$B/funclatency" --demangle --json -F -r "$W/mangled:_(R|Z).*" -- "$W/mangled" 10 >"$T/json"
	jq -r 'select(.count == 1).func' "$T/json" | sort >"$T/names"
	same "$T/want" "$T/names"
	"$B/funcslower" --demangle -u 0 "$W/mangled:_Z*" -- "$W/mangled" 10 >"$T/text"
	grep -F "$(tail -n1 "$T/want")" "$T/text"
	# Without it, as the linker has them.
	"$B/funccount" "$W/mangled:_RI*" -- "$W/mangled" 10 >"$T/text"
	grep -E '^_RINvNtCs4fqI2P2rA04_5crate6module5newerhE +1$' "$T/text"
}

@test "funccount: many functions of a program by one link, or one by one" {
	for flavour in any kprobe; do
		SNOOPKIT_PROBES=${flavour#any} count -D "$BIN:known_*"
		did known_one known_two known_static
		same "$T/want" "$T/counts"
		way=uprobe
		[ $flavour = kprobe ] || ! grep -q ' bpf_uprobe_multi_link_attach$' /proc/kallsyms || way=uprobe.multi
		[ "$(grep -c "^known_.*: $way at .*/calls+0x" "$T/err")" = 4 ]
		SNOOPKIT_PROBES=${flavour#any} count "u:$BIN:*"
		did plain guarded
		same "$T/want" "$T/counts"
	done
}

@test "funccount: USDT probes, of several places and with a semaphore" {
	count "u:$BIN:*"
	did plain guarded
	grep -q "\"guarded\",$((3 * N))" "$T/want"
	same "$T/want" "$T/counts"
	# a process that isn't watched does not prepare arguments
	count "u:$BIN:snoop:plain"
	did plain
	same "$T/want" "$T/counts"
	grep -q '"guarded",0' "$T/expected"
	run -1 --separate-stderr "$B/funccount" "u:$BIN:other:plain"
	[[ $stderr == "funccount: no USDT probe matches 'u:$BIN:other:plain' in $BIN" ]]
}

@test "funccount: USDT probes that nobody passes: a hint" {
	count "u:$BIN:*"
	[ "$(grep -c passed "$T/err")" = 0 ]
	run -0 --separate-stderr "$B/funccount" "u:$BIN:*" -- true
	[[ $stderr == *"funccount: no probe was hit: some programs hit theirs only if told to, or never" ]]
	cp "$BIN" "$T/php8.2"
	run -0 --separate-stderr "$B/funccount" "u:$T/php8.2:*" -- true
	[[ $stderr == *" had hardly any hits: PHP hits most probes only if started with USE_ZEND_DTRACE=1" ]]
	run -0 --separate-stderr "$B/funccount" -p $$ c:abort -- true
	[[ $stderr != *passed* ]]
}

# bats test_tags=smp
@test "funccount: tracepoints, on one CPU, of one process, and the sum of intervals" {
	count t:syscalls:sys_enter_getppid
	[ "$(cat "$T/counts")" = "[\"syscalls:sys_enter_getppid\",$((9 * N))]" ]
	count -c 0 't:syscalls:sys_*_getppid'
	[ "$(jq -s 'map(.[1]) | unique' -c "$T/counts")" = "[$((3 * N))]" ]
	count -c 1 -r 't:syscalls:sys_enter_getpp'
	[ "$(jq '.[1]' "$T/counts")" = $((6 * N)) ]
	"$B/funccount" --json -p $$ t:syscalls:sys_enter_getppid -- "$BIN" "$T/expected" 5 >"$T/json"
	[ ! -s "$T/json" ]
	"$B/funccount" -i 1 -T t:syscalls:sys_enter_getppid --exec "$BIN" "$T/expected" 5 800 >"$T/text"
	[ "$(awk '/getppid / { n++; sum += $2 } END { print (n > 1), sum }' "$T/text")" = "1 45" ]
	[ "$(grep -Ec '^[0-9]{2}:[0-9]{2}:[0-9]{2}$' "$T/text")" = "$(grep -c '^FUNC' "$T/text")" ]
}

@test "funccount: tracepoints themselves, perf events on them, and events of the same name" {
	for flavour in any kprobe; do
		SNOOPKIT_PROBES=${flavour#any} "$B/funccount" --json t:sched:sched_process_exec \
			--exec env env env "$BIN" "$T/expected" $N >"$T/json"
		[ "$(jq -c '[.func, .count]' "$T/json")" = '["sched:sched_process_exec",4]' ]
	done
	# An event defined at run time, with the name of the tracepoint
	"$B/funccount" -D "$BIN:known_one" -- true >"$T/text" 2>"$T/err"
	offset=$(sed -n 's/^known_one: .*+\(0x[0-9a-f]*\)$/\1/p' "$T/err")
	echo "p:snoopkit_test/sched_process_exec $(readlink -f "$BIN"):$offset" >>/sys/kernel/tracing/uprobe_events
	count t:snoopkit_test:sched_process_exec
	echo "-:snoopkit_test/sched_process_exec" >>/sys/kernel/tracing/uprobe_events
	did known_one
	[ "$(jq -c '.[1]' "$T/counts")" = "$(jq -c '.[1]' "$T/want")" ]
}

@test "funccount: tracepoints of the kernel's code are removed at once" {
	echo "echo \$EPOCHREALTIME" >"$T/now"
	"$B/funccount" 't:[m-r]*:*' -- bash "$T/now" >"$T/text" 2>"$T/err"
	took=$(awk -v now="$EPOCHREALTIME" '/^[0-9]+\.[0-9]+$/ { print int((now - $1) * 1000) }' "$T/text")
	echo "$took ms: $(head -1 "$T/text") $(cat "$T/err")"
	[ "$(sed -n 's/^Tracing \([0-9]*\) .*/\1/p' "$T/text")" -gt 60 ]
	most=3000
	if [ -n "${SNOOPKIT_VM:-}" ]; then # emulated, with other guests running
		most=20000
	else
		not grep -q "takes longer" "$T/err"
	fi
	[ "$took" -lt $most ]
}

@test "funccount: all system calls by two programs: counts as one by one, removed at once" {
	local some='t:syscalls:sys_(enter|exit)_(newstat|newlstat|newfstat|statfs|getppid|exit_group)$'
	echo "echo \$EPOCHREALTIME" >"$T/now"
	"$B/funccount" 't:syscalls:*' -- bash "$T/now" >"$T/text" 2>"$T/err"
	took=$(awk -v now="$EPOCHREALTIME" '/^[0-9]+\.[0-9]+$/ { print int((now - $1) * 1000) }' "$T/text")
	echo "$took ms: $(head -1 "$T/text") $(cat "$T/err")"
	[ "$(sed -n 's/^Tracing \([0-9]*\) .*/\1/p' "$T/text")" -gt 600 ]
	[ "$took" -lt $((${#SNOOPKIT_VM} ? 20000 : 3000)) ]
	mkdir "$T/dir"
	"$B/funccount" --json -r "$some" --exec "$W/stats" "$T/expected" "$T/dir" >"$T/few"
	rm -r "$T/dir"
	mkdir "$T/dir"
	"$B/funccount" --json 't:syscalls:*' --exec "$W/stats" "$T/expected" "$T/dir" >"$T/json"
	jq -c '[.func, .count]' "$T/few" | sort >"$T/want"
	cat "$T/want"
	[ "$(wc -l <"$T/want")" -ge 7 ]
	jq -c 'select(.func | test("_(newstat|newlstat|newfstat|statfs|getppid|exit_group)$")) | [.func, .count]' "$T/json" | sort | same "$T/want" -
}

@test "funccount: output is BCC's" {
	"$B/funccount" -d 1 "$BIN:known_*" --exec "$BIN" "$T/expected" 7 >"$T/text"
	cat >"$T/want" <<-END
	Tracing 4 functions for "$BIN:known_*"... Hit Ctrl-C to end.

	FUNC                                    COUNT
	known_one                                  21
	known_static                               21
	known_two                                  42
	Detaching...
	END
	same "$T/want" "$T/text"
	# intervals are printed as in BCC, with the header even if there are no rows
	"$B/funccount" -i 1 -d 2 "$BIN:known_*" >"$T/text"
	[ "$(grep -c '^FUNC                                    COUNT$' "$T/text")" = 2 ]
	[ "$(grep -c '^$' "$T/text")" = 2 ]
	[ "$(tail -1 "$T/text")" = Detaching... ]
	"$B/funccount" -D c:rand_r -- true 2>&1 >/dev/null | grep -Eq '^rand_r: uprobe at /.*libc.*\+0x[0-9a-f]+$'
}

# Arguments: the exit status, the beginning of the message, the arguments of funccount.
refused() {
	local want=$1
	shift
	run "-${want%% *}" --separate-stderr "$B/funccount" "$@"
	[[ $stderr == "funccount: ${want#* }"* ]] || { echo "$stderr"; false; }
}

@test "funccount: what can't be is a sentence" {
	refused "2 which functions?"
	refused "2 'vfs_(' is not a regular expression" -r 'vfs_('
	refused "2 't:sched': a tracepoint is t:CATEGORY:EVENT" t:sched
	refused "2 'c:' names no function" c:
	refused "2 unexpected argument 'two'" one two
	refused "1 no tracepoint matches 't:no:such'" t:no:such
	refused "1 no function matches 'c:no_such*' in /" 'c:no_such*'
	refused "1 there is no library or program 'nolib'" nolib:f
	refused "1 strlen in " c:strlen
	refused "1 cannot probe $BATS_TEST_FILENAME: it is not an ELF file" "$BATS_TEST_FILENAME:f"
	refused "1 there is no CPU 60000" -c 60000 c:malloc
	BCC_PROBE_LIMIT=3 refused "1 '$BIN:known_*' matches 4 probes, more than the limit of 3" "$BIN:known_*"
	refused "1 't:*:*' matches " 't:*:*'
}

@test "funccount: functions of the kernel, with kprobe.multi and without" {
	needs_kprobes
	for flavour in ${SNOOPKIT_PROBES:-any kprobe}; do
		SNOOPKIT_PROBES=${flavour#any} count -r '.*_sys_getppid$'
		[ "$(jq '.[1]' "$T/counts")" = $((9 * N)) ]
		# __x64_sys_getppid, or whatever the architecture calls it
		func=$(jq -r '.[0]' "$T/counts")
		cp "$T/counts" "$T/want"
		SNOOPKIT_PROBES=${flavour#any} count "${func%id}*"
		same "$T/want" "$T/counts"
	done
	refused "1 no function of the kernel matches 'no_such_function'" no_such_function
	refused "1 no function of the kernel matches 'no_such_f*'" 'no_such_f*'
	# a function that must not be probed, because a probe would run into itself
	local not=exc_page_fault
	[ "$(uname -m)" != aarch64 ] || not=do_mem_abort
	refused "1 cannot probe '$not': " $not
	count -D "p::$func"
	same "$T/want" "$T/counts"
	grep -qE "^$func: kprobe( at 0x|$)" "$T/err"
}

# What reads of a process's mounts and of its memory map begin with are two functions of this name.
@test "funccount: each function of the kernel that has the name is counted" {
	needs_kprobes
	for files in mounts maps "mounts maps"; do
		# shellcheck disable=SC2086
		"$B/funccount" --json m_start -- bash -c 'for f; do head -c1 /proc/$$/$f >/dev/null; done' read $files >"$T/out"
		jq .count "$T/out" >>"$T/sums"
	done
	run -0 paste -sd' ' "$T/sums"
	echo "$output"
	read -r mounts maps both <<<"$output"
	[ "$mounts" -gt 0 ] && [ "$maps" -gt 0 ] && [ "$both" = $((mounts + maps)) ]
}

@test "funccount: hundreds of functions are attached and detached in time" {
	needs_kprobes
	# Without kprobe.multi, each takes an emulated machine up to 100 ms.
	"$B/funccount" -D 'vfs_fsync*' -- true 2>"$T/err" >"$T/text"
	pattern='^(ext4|tcp|ip)_'
	grep -q kprobe.multi "$T/err" || pattern='^ext4_[a-m]'
	SECONDS=0
	"$B/funccount" -r "$pattern" --exec ls / >"$T/text" 2>"$T/err"
	echo "$SECONDS s: $(head -1 "$T/text") $(cat "$T/err")"
	[ $SECONDS -lt $((${#SNOOPKIT_VM} ? 150 : 60)) ]
	[ "$(sed -n 's/^Tracing \([0-9]*\) .*/\1/p' "$T/text")" -gt 150 ]
	[ "$(cat /sys/kernel/rcu_expedited)" = "$knob" ]
	not grep -q 'events/kprobes\|snoopkit' /sys/kernel/tracing/kprobe_events
}

@test "funccount: probes that the kernel is slow to remove don't keep it from ending" {
	echo "echo \$EPOCHREALTIME" >"$T/now"
	SNOOPKIT_PROBES=kprobe "$B/funccount" 't:syscalls:sys_enter_[a-f]*' -- bash "$T/now" >"$T/text" 2>"$T/err" &
	while kill -0 $! 2>/dev/null; do cat /sys/kernel/rcu_expedited; sleep 0.01; done >"$T/knob"
	wait $!
	[ "$(sort -u "$T/knob")" = "$knob" ]
	took=$(awk -v now="$EPOCHREALTIME" '/^[0-9]+\.[0-9]+$/ { print int(now - $1) }' "$T/text")
	echo "$took s: $(head -1 "$T/text") $(cat "$T/err")"
	[ "$took" -lt $((${#SNOOPKIT_VM} ? 60 : 15)) ]
	grep -v "^funccount: \(the kernel needs more time to remove the probes\|lost \)" "$T/err" && false
	# It leaves that to a child, which must do it soon.
	for ((tries = 0; tries < 1200; tries++)); do
		pgrep -x funccount >/dev/null || break
		sleep 0.1
	done
	[ $tries -lt 1200 ]
}

@test "funccount: a signal ends it while it attaches" {
	needs_kprobes
	SNOOPKIT_PROBES=kprobe BCC_PROBE_LIMIT=100000 "$B/funccount" 'ext4_*' >"$T/text" 2>&1 &
	sleep 4
	kill -TERM $!
	SECONDS=0
	wait $! || status=$?
	echo "$SECONDS s, status $status"
	[ "$status" = 143 ] || [ "$(tail -1 "$T/text")" = Detaching... ]
	[ $SECONDS -lt 30 ]
	[ "$(cat /sys/kernel/rcu_expedited)" = "$knob" ]
}

# Start a copy of burn, called $1, in the root directory $2 ("": ours); it waits for $T/go.
start_copy() {
	rm -f "$T/go"
	mkfifo "$T/go"
	cp "$W/burn" "$2$1"
	${2:+chroot "$2"} "$1" - fifo="${3:-$T/go}" one=300 &
	pid=$!
	while ! grep -q "$1" "/proc/$pid/maps" 2>/dev/null; do kill -0 "$pid"; done
}

# Count burn_one of file $1 in that process while it runs.
count_copy() {
	"$B/funccount" --json -p "$pid" "$1:burn_one" -- \
		sh -c "echo >$T/go; while kill -0 $pid 2>/dev/null; do sleep 0.1; done" >"$T/json" 2>"$T/err"
	cat "$T/err" "$T/json"
}

@test "funccount: -p means the file that the process has mapped, whatever has its name by now" {
	start_copy "$T/burn.so.1" ""
	cp "$W/burn" "$T/new"
	mv "$T/new" "$T/burn.so.1"
	count_copy "$T/burn.so.1"
	[ "$(jq .count "$T/json")" = 1 ]
	start_copy "$T/burn.so.1" ""
	rm "$T/burn.so.1"
	count_copy "$T/burn.so.1"
	[ "$(jq .count "$T/json")" = 1 ]
	# A link that leads to the next version.
	start_copy "$T/burn.so.1" ""
	rm "$T/burn.so.1"
	cp "$W/burn" "$T/burn.so.2"
	ln -s "$T/burn.so.2" "$T/burn.so"
	count_copy "$T/burn.so"
	[ "$(jq .count "$T/json")" = 1 ]
}

@test "funccount: -p follows links below the root of the process" {
	needs_command ldd
	needs_command chroot
	root=$T/root
	mkdir -p "$root/tmp"
	ldd "$W/burn" | grep -o '/[^ ]*' | while read -r lib; do
		mkdir -p "$root${lib%/*}"
		cp "$lib" "$root$lib"
	done
	mkfifo "$root/tmp/go"
	start_copy /tmp/burn "$root" /tmp/go
	# In that root, both links lead to nothing; here, to a program.
	cp "$W/burn" "$T/here"
	ln -s "$T/here" "$root/tmp/link"
	for name in /tmp/link "$T/here"; do
		run -1 --separate-stderr "$B/funccount" -d 1 -p "$pid" "$name:burn_one"
		[ "$stderr" = "funccount: there is no library or program '$name' for that process" ]
	done
	ln -s /tmp/burn "$root/tmp/good"
	rm -f "$T/go"
	ln -s "$root/tmp/go" "$T/go"
	count_copy /tmp/good
	[ "$(jq .count "$T/json")" = 1 ]
}

@test "funccount: functions that only a separate debug file names" {
	needs_command objcopy
	mkdir "$T/.debug"
	objcopy --only-keep-debug "$BIN" "$T/.debug/calls.debug"
	objcopy --strip-all --add-gnu-debuglink="$T/.debug/calls.debug" "$BIN" "$T/calls"
	BIN=$T/calls
	count "$BIN:known_*"
	did known_one known_two known_static
	same "$T/want" "$T/counts"
}
