load lib

setup() {
	needs_tool profile
}

# Run profile --json -F 199 with these options on burn, which does the parts in $parts.
profile_burn() {
	# shellcheck disable=SC2086
	"$B/profile" --json -F 199 "$@" -- "$W/burn" "$T/expected" $parts >"$T/json" 2>"$T/err"
	pid=$(jq -n 'input[0]' "$T/expected")
	cat "$T/expected" "$T/err"
}

# How many samples in $T/json meet this condition.
samples() {
	jq -sr "map(select(has(\"pid\")) | with_entries(.value //= []) | select($1) | .count) | add // 0" "$T/json"
}

# The CPU time of a part, or of all parts, as a number of samples at 199 Hertz.
cpu() {
	jq -sr "map(select(.[1] | test(\"$1\"))[3]) | add * 199 / 1000 | floor" "$T/expected"
}

# Is $1 between $2 and $3 percent of $4?  A guest whose processors have to wait for those of the machine misses
# clock ticks: on a busy machine, a third of them.
near() {
	echo "$1 samples, due were $4"
	[ "$1" -ge $(($4 * $2 / (${#SNOOPKIT_VM} ? 160 : 100))) ] && [ "$1" -le $(($4 * $3 / 100)) ]
}

@test "profile: the time goes where the program spends it" {
	parts="ratio=1600 kernel=400 vdso=400 jit=400 threads=400"
	profile_burn
	near "$(samples ".pid == $pid")" 75 130 "$(cpu .)"
	three=$(samples ".pid == $pid and any(.user[]; startswith(\"burn_three+0x\"))")
	one=$(samples ".pid == $pid and any(.user[]; startswith(\"burn_one+0x\"))")
	echo "3 : 1 is $three : $one"
	[ $((three * 10)) -ge $((one * 19)) ]
	[ $((three * 10)) -le $((one * 50)) ]
	near "$(samples ".pid == $pid and any(.kernel[]; startswith(\"vfs_read+0x\"))")" 60 140 "$(cpu kernel)"
	near "$(samples ".pid == $pid and any(.user[]; startswith(\"part_vdso+\"))")" 50 150 "$(cpu vdso)"
	[ "$(samples "any(.user[]; test(\"clock_gettime.*vdso]$\"))")" -gt 0 ]
	near "$(samples "any(.user[]; test(\"^burn_jit[+]0x.*[[]perf-$pid.map]$\"))")" 60 140 "$(cpu jit)"
	rm -f "/tmp/perf-$pid.map"
	near "$(samples ".comm == \"other thread\" and any(.user[]; startswith(\"burn_other+0x\"))")" 60 140 "$(cpu threads)"
	# Each sample is either of user code alone, or of the kernel with the user code that called it.
	[ "$(samples ".pid == $pid and any(.kernel[]; startswith(\"vfs_read+\")) and any(.user[]; startswith(\"main+\"))")" -gt 0 ]
	[ "$(samples ".pid == 0")" = 0 ]
}

@test "profile: layout, banner and order are BCC's" {
	# profile ends with its command, which on a busy machine takes longer than the second that it burns.
	"$B/profile" -d 100 -- "$W/burn" "$T/expected" kernel=500 ratio=500 >"$T/text"
	pid=$(jq -n 'input[0]' "$T/expected")
	[ "$(head -1 "$T/text")" = "Sampling at 49 Hertz of all threads by user + kernel stack for 100 secs." ]
	[ -z "$(sed -n 2p "$T/text")" ]
	grep -A2 -E '^    burn_three\+0x[0-9a-f]+ \[burn\]$' "$T/text"
	grep -A1 -x "    -                burn ($pid)" "$T/text" | grep -Eq '^        [0-9]+$'
	grep -B1 -x '    --' "$T/text" | grep -Eq '^    [a-zA-Z0-9_.]+\+0x[0-9a-f]+ \[kernel\]$'
	grep -E '^        [0-9]+$' "$T/text" | sort -nc
	"$B/profile" -A -- "$W/burn" "$T/expected" kernel=300 ratio=300 >"$T/text"
	[ "$(head -1 "$T/text")" = "Sampling at 49 Hertz of all threads by user + kernel stack... Hit Ctrl-C to end." ]
	grep -Eq '^    0xffff[0-9a-f]{12} vfs_read\+0x[0-9a-f]+ \[kernel\]$' "$T/text"
	grep -Eq '^    0x0000[0-9a-f]{12} burn_three\+0x[0-9a-f]+ \[burn\]$' "$T/text"
	"$B/profile" -fda -- "$W/burn" "$T/expected" kernel=500 ratio=300 >"$T/text"
	grep -Eq '^burn;.*;main;.*read;-;([^;]+_\[k\];)*vfs_read_\[k\];[^ ]* [0-9]+$' "$T/text"
	grep -Eq '^burn;.*;main;(part_ratio;)?burn_three [0-9]+$' "$T/text"
	not grep -Ev '^[^;]+(;.+)? [0-9]+$' "$T/text"
	awk '{ print $NF }' "$T/text" | sort -nc
}

@test "profile: -p, -L, -U, -K, -I, -c choose samples" {
	mkfifo "$T/go"
	"$W/burn" "$T/e1" fifo="$T/go" threads=400 ratio=400 &
	one=$!
	"$B/profile" --json -F 99 -p "$one,$$" -- sh -c "echo >$T/go; while kill -0 $one; do sleep 0.1; done" >"$T/json" 2>/dev/null
	[ "$(samples ".pid == $one and any(.user[]; startswith(\"burn_three+0x\"))")" -gt 0 ]
	[ "$(samples ".pid != $one and .pid != $$")" = 0 ]
	"$W/burn" "$T/e1" fifo="$T/go" threads=400 ratio=400 &
	one=$!
	"$B/profile" -F 99 -U -L "$one" -- sh -c "echo >$T/go; while kill -0 $one; do sleep 0.1; done" >"$T/text" 2>/dev/null
	[ "$(head -1 "$T/text")" = "Sampling at 99 Hertz of TID [$one] by user stack... Hit Ctrl-C to end." ]
	grep -q burn_three+0x "$T/text"
	not grep -e burn_other -e '\[kernel\]' -e 'other thread' "$T/text"
	parts="ratio=200 kernel=400"
	profile_burn -U
	[ "$(samples "has(\"kernel\")")" = 0 ]
	[ "$(samples ".pid == $pid and any(.user[]; startswith(\"main+0x\"))")" -gt 10 ]
	profile_burn -K
	[ "$(samples "has(\"user\")")" = 0 ]
	[ "$(samples ".pid == $pid and any(.kernel[]; startswith(\"vfs_read+0x\"))")" -gt 10 ]
	# If another program keeps all CPUs busy, no idle task is seen, or only
	# before and after the samples.
	for _ in 1 2 3; do
		idle=$(awk '/^cpu / { print $5 }' /proc/stat)
		"$B/profile" --json -I -- sleep 1 >"$T/json"
		idle=$(($(awk '/^cpu / { print $5 }' /proc/stat) - idle))
		swapper=$(samples ".pid == 0 and (.comm | startswith(\"swapper/\"))")
		[ "$idle" -gt 50 ] && [ "$swapper" = 0 ] || break
	done
	[ "$idle" -le 50 ] || [ "$swapper" -gt 0 ]
	"$B/profile" -c 10000000 -- "$W/burn" "$T/expected" ratio=400 >"$T/text"
	[ "$(head -1 "$T/text")" = "Sampling at every 10000000 events of all threads by user + kernel stack... Hit Ctrl-C to end." ]
	grep -q burn_three+0x "$T/text"
}

# bats test_tags=smp
@test "profile: -C samples one CPU" {
	"$B/profile" -C 0 -- taskset 1 "$W/burn" "$T/expected" ratio=300 >"$T/text"
	[ "$(head -1 "$T/text")" = "Sampling at 49 Hertz of all threads by user + kernel stack on CPU#0... Hit Ctrl-C to end." ]
	grep -q burn_three+0x "$T/text"
	[ "$(nproc)" -ge 2 ] || skip "another CPU: there is only one"
	"$B/profile" -C 0 -- taskset 2 "$W/burn" "$T/expected" ratio=300 >"$T/text"
	not grep burn_three "$T/text"
}

@test "profile: names of processes that have ended, and of short-lived ones" {
	# A process that was there before profile started, and is gone before its report.
	mkfifo "$T/go"
	cp "$W/burn" "$T/gone"
	"$T/gone" "$T/e1" fifo="$T/go" ratio=400 &
	"$B/profile" --json -F 99 -- sh -c "echo >$T/go; while kill -0 $!; do sleep 0.1; done
		$W/burn $T/expected children=20" >"$T/json" 2>/dev/null
	[ "$(samples ".pid == $! and any(.user[]; test(\"^burn_three.*[[]gone]\"))")" -gt 10 ]
	# 20 programs of 20 ms each; the fork before each runs in the parent's image
	parent=$(jq -n 'input[0]' "$T/expected")
	[ "$(samples ".comm == \"burn\" and .pid != $parent and any(.user[]; startswith(\"burn_one+0x\"))")" -ge 12 ]
	[ "$(jq -s "map(select(.comm == \"burn\" and any(.user[]?; startswith(\"burn_one+\"))).pid) | unique | length" "$T/json")" -ge 8 ]
}

@test "profile: names across mount namespaces, and from a separate debug file" {
	mkdir "$T/ns"
	"$B/profile" --json -F 99 -- unshare -m sh -c "mount -t tmpfs none $T/ns && cp $W/burn $T/ns/hidden &&
		exec $T/ns/hidden $T/expected ratio=800" >"$T/json"
	[ ! -e "$T/ns/hidden" ]
	pid=$(jq -n 'input[0]' "$T/expected")
	[ "$(samples ".pid == $pid and any(.user[]; test(\"^burn_three.*[[]hidden]\"))")" -gt 10 ]
	needs_command objcopy
	mkdir "$T/.debug"
	objcopy --only-keep-debug "$W/burn" "$T/.debug/bare.debug"
	objcopy --strip-all --add-gnu-debuglink="$T/.debug/bare.debug" "$W/burn" "$T/bare"
	"$B/profile" --json -F 99 -- "$T/bare" "$T/expected" ratio=400 >"$T/json"
	[ "$(samples "any(.user[]; test(\"^burn_three.*[[]bare]\"))")" -gt 10 ]
	rm -r "$T/.debug"
	cp "$T/bare" "$T/naked"
	"$B/profile" -F 99 -- "$T/naked" "$T/expected" ratio=400 >"$T/text"
	grep -Eq '^    \[naked\+0x[0-9a-f]+\]$' "$T/text"
	not grep burn_three "$T/text"
}

@test "profile: names in a PID namespace; a process outside of it has none" {
	needs_root
	parts="ratio=1000"
	cp "$W/burn" "$T/in"
	cp "$W/burn" "$T/out"
	(while [ ! -e "$T/stop" ]; do "$T/out" "$T/expected.out" ratio=200; done) &
	unshare -p -f --mount-proc sh -c "'$B/profile' --json -F 199 -U -- '$T/in' '$T/expected' $parts >'$T/json'"
	touch "$T/stop"
	wait
	in=$(samples '.comm == "in" and .pid > 0 and any(.user[]; startswith("burn_three+0x"))')
	[ "$in" -gt 20 ]
	[ "$(samples '.comm == "out" and .pid == 0')" -gt 20 ]
	[ "$(samples '.comm == "out" and (.pid > 0 or (.user | length) > 0)')" = 0 ]
}

@test "profile: what did not fit is counted and said" {
	# In each second, many more stacks than the six that there is room for.
	parts="ratio=300 kernel=300 vdso=300 threads=300"
	# shellcheck disable=SC2086
	"$B/profile" -F 999 --stack-storage-size 1 -- "$W/burn" "$T/expected" $parts >"$T/text" 2>"$T/err"
	grep -Eq '^WARNING: [0-9]+ stack traces could not be displayed. Consider increasing --stack-storage-size.$' "$T/err"
	grep -Eq '^profile: lost [0-9]+ stacks: .*--stack-storage-size' "$T/err"
	grep -qxE '    \[Missed (User|Kernel) Stack\]' "$T/text"
	"$B/profile" -f -F 999 --stack-storage-size 1 -- "$W/burn" "$T/expected" $parts >"$T/text" 2>"$T/err"
	grep -Eq ';\[Missed (User|Kernel) Stack\]( |;)' "$T/text"
	"$B/profile" -F 99 --hash-storage-size 2 -- "$W/burn" "$T/expected" ratio=300 kernel=300 >"$T/text" 2>"$T/err"
	grep -qx 'WARNING: hash table full. Consider increasing --hash-storage-size.' "$T/err"
	[ "$(grep -c '^    -   ' "$T/text")" -ge 2 ] # for each second
	"$B/profile" --json --perf-max-stack-depth 2 -- "$W/burn" "$T/expected" kernel=300 >"$T/json"
	# Two frames, and the mark that stands for the others
	[ "$(jq -s 'map((.user, .kernel) // [] | length) | max' "$T/json")" = 3 ]
	jq -se 'map((.user, .kernel) // [] | select(length == 3)) | length > 0 and all(.[2] == "[cut]")' "$T/json"
}

@test "profile: bad command lines are usage errors" {
	for bad in "-U -K" "-F 9 -c 9" "-p 1 -L 1" "-F x" "-C -1" "0" "1 2" "-p 1x" \
		"--stack-storage-size 0" "--perf-max-stack-depth 9999"; do
		run -2 --separate-stderr "$B/profile" $bad
		[ -z "$output" ]
		[ "${#stderr_lines[@]}" = 1 ]
	done
	run -1 --separate-stderr "$B/profile" -C 4000 1
	[ "$stderr" = "profile: cannot sample CPU 4000: it is not online" ]
	run -1 --separate-stderr "$B/profile" -F 999999 1
	[[ $stderr == *kernel.perf_event_max_sample_rate* ]]
	run -1 --separate-stderr "$B/profile" --flamegraph /no/such/dir/x.svg 1
	run -2 --separate-stderr "$B/profile" --flamegraph "$T/none.svg" -F none 1
	[ ! -e "$T/none.svg" ]
}

@test "profile: SIGTERM prints the report; --flamegraph is a picture of it" {
	"$B/profile" -F 99 --flamegraph "$T/f.svg" -- \
		sh -c "$W/burn $T/expected ratio=500 kernel=300; kill -TERM \$PPID; sleep 60" >"$T/text"
	grep -q burn_three+0x "$T/text"
	grep -q '>burn_three' "$T/f.svg"
	grep -q vfs_read "$T/f.svg"
	not grep -q 'vfs_read_\[k\]' "$T/f.svg"
	if command -v xmllint >/dev/null; then
		xmllint --noout "$T/f.svg"
	fi
}

@test "profile: --cgroup and --mntnsmap choose containers" {
	root=$(awk '$3 == "cgroup2" { print $2; exit }' /proc/mounts)
	[ -n "$root" ] || skip "no cgroup v2"
	mkdir "$root/profile-test"
	"$B/profile" --json -F 99 --cgroup "$root/profile-test" -- sh -c "$W/burn $T/e1 kernel=300
		echo \$\$ >$root/profile-test/cgroup.procs; exec $W/burn $T/expected ratio=300" >"$T/json"
	rmdir "$root/profile-test"
	[ "$(samples "any(.user[]; startswith(\"burn_three+\"))")" -gt 5 ]
	[ "$(samples "any(.user[]; startswith(\"part_kernel+\"))")" = 0 ]
	needs_command bpftool
	[ "$(stat -f -c %T /sys/fs/bpf)" = bpf_fs ] || mount -t bpf none /sys/fs/bpf
	ns=$(stat -L -c %i /proc/self/ns/mnt)
	hex=$(printf '%016x' "$ns" | sed 's/../& /g' | awk '{ for (i = NF; i; i--) print "0x" $i }')
	rm -f /sys/fs/bpf/profile-test
	bpftool map create /sys/fs/bpf/profile-test type hash key 8 value 4 entries 8 name prof
	bpftool map update pinned /sys/fs/bpf/profile-test key $hex value 0 0 0 0
	"$B/profile" --json -F 99 --mntnsmap /sys/fs/bpf/profile-test -- \
		sh -c "$W/burn $T/expected ratio=300; unshare -m $W/burn $T/e1 kernel=300" >"$T/json"
	rm /sys/fs/bpf/profile-test
	[ "$(samples "any(.user[]; startswith(\"burn_three+\"))")" -gt 5 ]
	[ "$(samples "any(.user[]; startswith(\"part_kernel+\"))")" = 0 ]
}

# How many samples in $T/text are of this function.
named() {
	awk -v f="$1" '$0 ~ ";" f " [0-9]+$" { sum += $NF } END { print sum + 0 }' "$T/text"
}

# No function of `changes` has more samples than its time allows.
right_names() {
	for n in one two; do
		echo "$n: $(named library_$n)"
		[ "$(named library_$n)" -le $(($(jq "select(.[0] == \"$n\")[1]" "$T/expected") * 199 * 13 / 10000)) ]
	done
}

@test "profile: samples are named after the program that ran then, and the library that was mapped then" {
	"$B/profile" -f -F 199 -U -- "$W/changes" "$T/expected" exec >"$T/text" 2>"$T/err"
	cat "$T/text" "$T/expected"
	[ "$(named library_one)" -gt 10 ]
	[ "$(named library_two)" -gt 10 ]
	right_names
	"$B/profile" -f -F 199 -U -- "$W/changes" "$T/expected" library >"$T/text" 2>"$T/err"
	cat "$T/text"
	# In the second in which one replaced the other, what ran may have no name.
	[ $(($(named library_one) + $(named library_two))) -gt 10 ]
	right_names
}

@test "profile: a symbol without a size does not name the code of others" {
	needs_command strip
	cp "$W/sizeless" "$T/full"
	strip -K exported_assembly -o "$T/stripped" "$T/full"
	"$B/profile" -f -F 199 -U --bcc-unknown -- "$T/stripped" >"$T/text" 2>/dev/null
	cat "$T/text"
	not grep exported_assembly "$T/text"
	[ "$(awk '/^stripped;.*\[unknown\] [0-9]+$/ { sum += $NF } END { print sum + 0 }' "$T/text")" -gt 30 ]
	# If all symbols are there, the assembly loop, which has no size, has its name.
	"$B/profile" -f -F 199 -U -- "$T/full" >"$T/text" 2>/dev/null
	cat "$T/text"
	grep -E '^full;.*;hot_private [0-9]+$' "$T/text"
	grep -E '^full;.*;assembly_loop [0-9]+$' "$T/text"
}

@test "profile: --demangle shows names of C++ and Rust as the source has them" {
	local cplus='void outer::burn<int>(std::vector<int, std::allocator<int> > const&)'
	local rust='crate::module::newer::<u8>;crate::module::older'
	[ -e "$(ldconfig -p | sed -n 's/.*libstdc++\.so\.6.*=> //p' | head -n1)" ] || skip "no libstdc++.so.6"
	"$B/profile" -f -F 199 -U --demangle --flamegraph "$T/svg" -- "$W/mangled" 500 >"$T/text"
	cat "$T/text"
	grep -F "$rust;$cplus" "$T/text"
	grep -F "void outer::burn&lt;int&gt;(std::vector&lt;int, std::allocator&lt;int&gt; &gt; const&amp;)" "$T/svg"
	"$B/profile" -f -F 199 -U -- "$W/mangled" 500 >"$T/text"
	grep ';_RINvNtCs4fqI2P2rA04_5crate6module5newerhE;_ZN5crate6module5older17h0123456789abcdefE;_ZN5outer4burnIiE' "$T/text"
	# An event's stack, after privileges have been dropped, which the demangler never had.
	"$B/opensnoop" --json -c -n mangled --demangle -- sh -c "$W/mangled 200; $W/mangled 200; $W/mangled 200" >"$T/json"
	jq -se 'any(.[]; .path? == "/mangled" and any(.callers[]; startswith("crate::module::older+0x")))' "$T/json"
}

@test "profile: of a perf map the newest entry counts, its size is no matter, and only its process's user is believed" {
	needs_root
	local lines=900000
	[ -z "${SNOOPKIT_VM:-}" ] || lines=100000 # five seconds of CPU are all that it may take to read
	"$B/profile" -f -F 199 -U -- "$W/jit" "$T/expected" lines=$lines >"$T/text" 2>"$T/err"
	grep -E '^jit;.*;the_hot_function [0-9]+$' "$T/text"
	"$B/profile" -f -F 199 -U -- "$W/jit" "$T/expected" stubs=100 >"$T/text" 2>"$T/err"
	grep -E '^jit;.*;the_hot_function [0-9]+$' "$T/text"
	not grep stale "$T/text"
	if [ -z "${SNOOPKIT_VM:-}${ASAN_OPTIONS:-}" ]; then # a file of 220 MB
		"$B/profile" -f -F 199 -U -- "$W/jit" "$T/expected" lines=3000000 >"$T/text" 2>"$T/err"
		grep -E '^jit;.*;the_hot_function [0-9]+$' "$T/text"
		[ "$(grep -c 'older half' "$T/err")" = 1 ]
	fi
	# A file of another user, while the process lives and after it has ended.
	for how in live ended; do
		"$B/profile" -f -F 199 -U -- "$W/jit" "$T/expected" owner=65534 "$how" >"$T/text" 2>"$T/err"
		cat "$T/text"
		not grep the_hot_function "$T/text"
		grep -E '^jit;.*\[unknown\] [0-9]+$' "$T/text"
		# On a busy machine, a process can have ended before its user is known.
		for _ in 1 2 3; do
			"$B/profile" -f -F 199 -U -- "$W/jit" "$T/expected" user=65534 owner=65534 "$how" >"$T/text" 2>"$T/err"
			cat "$T/text"
			! grep -qE '^jit;.*;the_hot_function [0-9]+$' "$T/text" || break
		done
		grep -E '^jit;.*;the_hot_function [0-9]+$' "$T/text"
	done
}

@test "profile: thousands of short programs fill no table" {
	[ -z "${ASAN_OPTIONS:-}" ] || skip "under a sanitizer it is too slow to keep up"
	"$B/profile" --json -F 999 -U --stack-storage-size 2048 --hash-storage-size 4096 -- \
		"$W/burn" "$T/expected" children=300 >"$T/json" 2>"$T/err"
	cat "$T/err"
	# A full table would lose a third.  On a busy machine, other programs take some places.
	lost=$(sed -nE 's/^profile: (in total, )?lost ([0-9]+) (stacks|updates).*/\2/p' "$T/err" | tail -n 1)
	[ "${lost:-0}" -lt "$(jq -s 'map(.count // 0) | add / 20 | floor' "$T/json")" ]
	programs=$(jq -s 'map(select(.comm == "burn" and any(.user // [] | .[]; startswith("burn_one+"))) | .pid) | unique | length' "$T/json")
	echo "$programs of 300 programs"
	[ "$programs" -gt 290 ]
}

@test "profile: programs without frame pointers have whole stacks" {
	local all="plain alloca realigned deep qsort signal library thread" how chain whole sum
	cat >"$T/run" <<-END
		for how in $all; do "$W/chains" "$T/e.\$how" \$how 400 || exit 1; done
		"$W/chains-stripped" "$T/e.stripped" library 400 && "$W/chains-static" "$T/e.static" qsort 400
	END
	"$B/profile" --json -U -F 199 -- sh "$T/run" >"$T/json" 2>"$T/err"
	# Of each process, samples with the whole chain, and all.  Those before its rules are read follow frame pointers.
	for how in $all stripped static; do
		chain=$(jq -r '.[2] | gsub("\\*"; ".*")' "$T/e.$how")
		jq -sr --arg chain "(^|;)$chain\$" --argjson pid "$(jq '.[0]' "$T/e.$how")" '
			map(select(.pid == $pid)) | map(.frames = (.user // [] | reverse | map(sub("[+]0x.*"; "")) | join(";"))) |
			"\([.[] | select(.frames | test($chain)) | .count] | add // 0) \(map(.count) | add)"' "$T/json" >"$T/n"
		read -r whole sum <"$T/n"
		echo "$how: $whole of $sum have $chain"
		[ "$whole" -gt $((sum * 6 / 10)) ] && [ "$sum" -gt 20 ]
	done
	"$B/profile" --json -U -F 199 --frame-pointers -- "$W/chains" "$T/e" deep 300 >"$T/json" 2>"$T/err"
	[ "$(samples "[.user[] | select(startswith(\"deep+\"))] | length > 50")" = 0 ]
}

# The CPU time of these parts, in percent of all, as burn told in this file.
share() {
	jq -sr "(map(select(.[1] | test(\"$2\"))[3]) | add // 0) * 100 / (map(.[3]) | add) | floor" "$1"
}

# By how many percent of all samples stacks with this function have become more.
change() {
	jq -sr "map(.compared | select(. and any(.stack[]; . == \"$1\")) | .difference_percent) | add // 0 | round" "$T/difference"
}

@test "profile: --compare tells what has changed since an earlier run, in text, JSON and a picture" {
	local part then now off
	"$B/profile" --json -F 199 --flamegraph "$T/old.svg" --exec \
		"$W/burn" "$T/before" ratio=1200 kernel=300 jit=300 >"$T/old" 2>"$T/err"
	rm -f "/tmp/perf-$(jq -n 'input[0]' "$T/before").map"
	"$B/profile" --json -F 199 --compare "$T/old" --flamegraph "$T/svg" --exec \
		"$W/burn" "$T/after" ratio=1200 kernel=600 one=300 >"$T/difference" 2>>"$T/err"
	cat "$T/before" "$T/after" "$T/err"
	tail -n 12 "$T/difference"
	for part in ratio:part_ratio kernel:vfs_read jit:burn_jit; do
		then=$(share "$T/before" "^${part%:*}") now=$(share "$T/after" "^${part%:*}")
		echo "$part: $then% of the time, then $now%; of the samples $(change "${part#*:}")% more"
		off=$(($(change "${part#*:}") - now + then))
		[ ${off#-} -le $((${#SNOOPKIT_VM} ? 12 : 8)) ] # guests miss ticks
	done
	# What is gone and what is new; the totals are those of the rows; other runs' addresses don't matter.
	jq -se 'any(.[].compared; . and .now == 0 and .before > 0 and any(.stack[]; . == "burn_jit"))' "$T/difference"
	jq -se 'any(.[].compared; . and .now > 0 and .before == 0 and .stack[-2:] == ["main", "burn_one"])' "$T/difference"
	jq -se --slurpfile old "$T/old" '(map(.count // 0) | add) as $now | ($old | map(.count // 0) | add) as $before |
		.[-1] == {"compared_totals":{"now":$now,"before":$before}}' "$T/difference"
	grep -q '</tspan> generated code (JIT) [0-9]*%<' "$T/old.svg"
	grep -A1 '<title>burn_three$' "$T/old.svg" | grep -q '^[[]burn[]] [0-9]* samples, '
	grep -q '<title>burn_one$' "$T/svg"
	grep -qE 'samples, [0-9.]+%; before [0-9]+, [0-9.]+% [(][-+][0-9.]+[)]</title>' "$T/svg"
	grep -qE '% of these are gone<' "$T/svg"
	if command -v xmllint >/dev/null; then
		xmllint --noout "$T/svg"
	fi
}
