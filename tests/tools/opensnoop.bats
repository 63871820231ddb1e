load lib

setup() {
	needs_tool opensnoop
	D=$T/dir
	mkdir "$D"
}

# The traced opens of process $1, in the form that tests/work/opens writes.
opens_of() {
	jq -c "select(.pid == $1) | [.pid,.tid,.comm,.fd,.err,.flags,.mode,.path]"
}

# Trace `opens ways` with these options; makes $T/expected, $T/traced (JSON), $T/opens.
trace_ways() {
	"$B/opensnoop" --json "$@" -- "$W/opens" "$T/expected" ways "$D" >"$T/traced"
	pid=$(jq -n 'input[0]' "$T/expected")
	opens_of "$pid" <"$T/traced" | grep -v -e '"opens"' -e '/expected"' >"$T/opens" || true
}

@test "opensnoop: sees every way to open a file, with result, flags, mode and path" {
	# System call tracepoints, if there is nothing better, see neither 32-bit programs nor open_by_handle_at(2) nor
	# io_uring.
	[ -z "${SNOOPKIT_VM:-}" ] || export OPENS_RARE=1
	trace_ways
	same "$T/expected" "$T/opens"
}

@test "opensnoop: -x, -n, -t, -u, -f choose opens" {
	trace_ways -x -n "ways to"
	jq -c 'select(.[4] != 0)' "$T/expected" | same - "$T/opens"
	trace_ways -f O_WRONLY -f O_EXCL
	jq -c 'select(.[5] | test("[1357]$|[2367]..$"))' "$T/expected" | same - "$T/opens"
	trace_ways -f O_RDONLY
	jq -c 'select(.[5] | test("[048]$"))' "$T/expected" | same - "$T/opens"
	trace_ways -f O_RDONLY -f O_APPEND
	jq -c 'select(.[5] | test("[048]$|[2367]...$"))' "$T/expected" | same - "$T/opens"
	trace_ways -n "other thr"
	jq -c 'select(.[2] == "other thread")' "$T/expected" | same - "$T/opens"
	trace_ways -u 0
	same "$T/expected" "$T/opens"
	trace_ways -u 54321
	[ ! -s "$T/opens" ]
	not grep -q '"fd"' "$T/traced"
}

@test "opensnoop: -p takes a list, -t a thread, --exec traces only its command" {
	"$B/opensnoop" --json -p $$ -- cat /etc/hostname >"$T/traced"
	not grep '"comm":"cat"' "$T/traced"
	mkfifo "$T/go"
	bash -c 'read <"$1"; exec 3</etc/hostname; exec 3</etc/passwd' - "$T/go" &
	"$B/opensnoop" --json -p "$!,$$" -- sh -c "echo >$T/go; wait; sleep 0.3" >"$T/traced"
	grep -q "\"pid\":$!,.*/etc/hostname" "$T/traced"
	[ "$(jq -r .comm "$T/traced" | grep -cv bash)" = 0 ]
	"$B/opensnoop" --exec cat /etc/hostname >"$T/text"
	grep -q ' /etc/hostname$' "$T/text"
	[ "$(awk '/^[0-9]+ / { print $2 }' "$T/text" | sort -u)" = cat ]
}

@test "opensnoop: in a PID namespace, PIDs are its own: those asked for, and those shown" {
	needs_root
	mkfifo "$T/go"
	export B T
	cat >"$T/inside" <<-'EOF'
		(read -r _ <"$T/go"; exec cat /etc/hostname >&2) &
		echo "$! $! cat" >"$T/asked"
		"$B/opensnoop" --json -p $! -- sh -c 'echo >"$T/go"; cat /etc/hostname >&2; sleep 0.5' >"$T/json"
		wait
		"$B/opensnoop" --json --exec sh -c 'echo $$ >"$T/command"; exec cat /etc/hostname >&2' >"$T/exec"
	EOF
	unshare -p -f --mount-proc sh "$T/inside"
	jq -r 'select(.path == "/etc/hostname") | [.pid, .tid, .comm] | join(" ")' "$T/json" | same "$T/asked" -
	jq -r 'select(.path == "/etc/hostname") | .pid' "$T/exec" | same "$T/command" -
	[ "$(jq -r 'select(.pid) | .pid' "$T/exec" | sort -u)" = "$(cat "$T/command")" ]
	# Processes in a namespace below the tool's have PIDs here, too; those outside the tool's have none
	(read -r _ <"$T/go"; exec cat /etc/passwd >&2) &
	cat >"$T/inside" <<-'EOF'
		"$B/opensnoop" --json -n cat -- sh -c '
			echo >"$T/go"
			unshare -p -f sh -c "cat /etc/hostname >&2; :" &
			echo $! >"$T/unshare"
			wait
			sleep 0.5' >"$T/json"
	EOF
	unshare -p -f --mount-proc sh "$T/inside"
	wait
	jq -r 'select(.path == "/etc/passwd") | [.pid, .tid] | join(" ")' "$T/json" | same <(echo 0 0) -
	# cat is the child of a shell, which is the child of unshare
	jq -r 'select(.path == "/etc/hostname") | .pid' "$T/json" | same <(echo $(($(cat "$T/unshare") + 2))) -
}

@test "opensnoop: -F shows the path as the process sees it" {
	mkdir -p "$D/a/b"
	(cd "$D/a/b" && "$OLDPWD/$B/opensnoop" -F -x -n cat -- cat nope ../x >"$T/text") || true
	grep -q " $D/a/b/nope$" "$T/text"
	grep -q " $D/a/b/../x$" "$T/text"
	# below another mount, and with another root directory
	mkdir -p "$D/mnt"
	mount -t tmpfs none "$D/mnt"
	mkdir -p "$D/mnt/etc/in"
	here=$PWD
	(cd "$D/mnt/etc/in" && "$here/$B/opensnoop" -F -x -n cat -- cat nope) >"$T/text" || true
	cp "$(command -v busybox)" "$D/mnt/cat"
	"$B/opensnoop" -F -x -n cat -- chroot "$D/mnt" /cat etc/none >"$T/text2" || true
	umount "$D/mnt"
	grep -q " $D/mnt/etc/in/nope$" "$T/text"
	grep -q " /etc/none$" "$T/text2"
}

# Trace a failing open inside $1 nested directories below $2.
open_in_depth() {
	local tool=$PWD/$B/opensnoop path=$2

	path+=/$(seq -f d%g -s / 0 $(($1 - 1)))
	mkdir -p "$path"
	(cd "$path" && "$tool" --json -F -x -n cat -- cat nope) >"$T/json" 2>"$T/err" || true
	jq -r '.path // "" | select(test("nope"))' "$T/json" >"$T/path"
	echo "$path/nope" >"$T/whole"
}

@test "opensnoop: -F shows 200 directories; a path that is cut, or isn't below the root, looks so" {
	open_in_depth 200 "$D"
	same "$T/whole" "$T/path"
	nothing_lost "$T/json"
	open_in_depth 300 "$D/more"
	grep -Eqx '\.\.\./d[0-9]+/.*/d298/d299/nope' "$T/path"
	grep -q 'lost .* strings cut short' "$T/err"
	# in a directory that was unmounted
	tool=$PWD/$B/opensnoop
	mkdir "$D/mnt"
	(mount -t tmpfs none "$D/mnt" && cd "$D/mnt" && mkdir in && cd in && umount -l "$D/mnt" &&
		"$tool" --json -F -x -n cat -- cat nope) >"$T/json" || true
	jq -r '.path // "" | select(test("nope"))' "$T/json" >"$T/path"
	echo "(unreachable)/in/nope" | same - "$T/path"
	nothing_lost "$T/json"
}

@test "opensnoop: does not show how it starts itself" {
	"$B/opensnoop" --json -- cat /etc/hostname >"$T/json"
	grep -q '"comm":"cat",.*"/etc/hostname"' "$T/json"
	[ -z "$(grep '"comm":"opensnoop"' "$T/json")" ]
	"$B/opensnoop" --json --fields host -T -- true >"$T/json"
	[ -z "$(grep '"comm":"opensnoop"' "$T/json")" ]
}

@test "opensnoop: header and rows are BCC's" {
	"$B/opensnoop" -TUe -n "ways to" -- "$W/opens" "$T/expected" ways "$D" >"$T/text"
	[ "$(head -1 "$T/text")" = "TIME(s)       UID   PID    COMM               FD ERR FLAGS    MODE PATH" ]
	grep -Eq '^[0-9]+\.[0-9]{9}   0     [0-9]+ +ways to open +-1   2 00000000 n/a  /no/such/file$' "$T/text"
	grep -Eq " ways to open +[0-9]+   0 00000302 0640 $D/file$" "$T/text"
	"$B/opensnoop" -t $$ -d 1 >"$T/text"
	[ "$(head -1 "$T/text")" = "TID    COMM               FD ERR PATH" ]
}

@test "opensnoop: names can't drive the terminal, and JSON stays valid" {
	"$B/opensnoop" -- "$W/opens" "$T/expected" names "$D" >"$T/text"
	grep -qF " bad\\033\\377name" "$T/text"
	grep -qF "$D/a\\033[31m\\012\\377\\302\\233é\"\\" "$T/text"
	"$B/opensnoop" --json -- "$W/opens" "$T/expected" names "$D" >"$T/json"
	jq -r 'select(.path | test("31m")) | .path' "$T/json" >"$T/path"
	printf '%s\n' "$D/a"$'\033[31m\n\\377\\302\\233é"\\' | same - "$T/path"
}

# $printed and what was reported lost add up to the opens in $T/expected.
all_told() {
	lost=$(jq -s 'map(.lost // empty | .events // 0) | max // 0' "$T/json")
	nested=$(jq -s 'map(.lost // empty | .nested // 0) | max // 0' "$T/json")
	made=$(cat "$T/expected")
	echo "printed $printed, lost $lost, and $nested probe hits"
	# A hit that was lost because the CPU was inside the probe may have been another program's open.
	[ $((printed + lost)) -le "$made" ]
	[ "$made" -le $((printed + lost + nested)) ]
}

# bats test_tags=smp
@test "opensnoop: 400,000 opens on two CPUs: printed + lost = made" {
	n=200000
	[ -z "${SNOOPKIT_VM:-}" ] || n=5000
	"$B/opensnoop" --json -n burst -- "$W/opens" "$T/expected" burst $n >"$T/json"
	printed=$(grep -c '"path":"/dev/null"' "$T/json")
	all_told
	# with a buffer of one page, nearly all are lost, and counted
	"$B/opensnoop" --json --buffer 4K -n burst -- "$W/opens" "$T/expected" burst 5000 >"$T/json" 2>"$T/err"
	printed=$(grep -c '"path":"/dev/null"' "$T/json")
	all_told
	[ "$lost" -gt 0 ]
	grep -q 'lost .* events: the buffer was full; a larger --buffer may help' "$T/err"
}

@test "opensnoop: ends in time, also where rows come faster than they are read" {
	timeout 120 bash -c 'while :; do : </dev/null; done' &
	busy=$!
	"$B/opensnoop" --buffer 256K --duration 1 | while read -r -N 5000 _; do sleep 0.05; done
	timeout -s INT 2 "$B/opensnoop" --buffer 256K | while read -r -N 5000 _; do sleep 0.05; done
	# ... and not only because nothing is opened any more
	kill "$busy"
}

@test "opensnoop: callers are named, also of a process that has ended" {
	"$B/opensnoop" -c -- "$W/opens" "$T/expected" ways "$D" >"$T/text"
	grep -A8 'ways to open .*/no/such/file' "$T/text" | grep -Eq '^ +main\+0x|^ +ways\+0x'
	"$B/opensnoop" -c --json -- "$W/opens" "$T/expected" ways "$D" >"$T/json"
	jq -se 'map(select(.path == "/no/such/file").callers[]) | any(startswith("main+0x"))' "$T/json"
}

@test "opensnoop: a stack that was cut looks so, and is counted" {
	"$B/opensnoop" -x -c --json -n opens -- "$W/opens" "$T/expected" deep 100 >"$T/json" 2>"$T/err"
	jq -c 'select(.path == "/no/such/100") | .callers | [map(select(startswith("deep+"))) | length >= 98] + [any(. == "[cut]")]' "$T/json" |
		same <(echo "[true,false]") -
	[ "$(grep -c 'stacks were cut' "$T/err")" = 0 ]
	"$B/opensnoop" -x -c --json -n opens -- "$W/opens" "$T/expected" deep 300 >"$T/json" 2>"$T/err"
	jq -c 'select(.path == "/no/such/300") | .callers | [length, .[-1]]' "$T/json" | same <(echo '[128,"[cut]"]') -
	grep -q 'WARNING: 1 stacks were cut at 127 frames' "$T/err"
	"$B/opensnoop" -x -c -n opens -- "$W/opens" "$T/expected" deep 300 >"$T/text" 2>"$T/err"
	grep -qx ' \{34\}\[cut\]' "$T/text"
}

@test "opensnoop: --cgroup and pinned maps choose containers" {
	root=$(awk '$3 == "cgroup2" { print $2; exit }' /proc/mounts)
	[ -n "$root" ] || skip "no cgroup v2"
	mkdir "$root/snoop-test"
	"$B/opensnoop" --json --cgroup "$root/snoop-test" -- sh -c \
		"cat /etc/hostname; echo 0 >$root/snoop-test/cgroup.procs; cat /etc/passwd" >"$T/json"
	rmdir "$root/snoop-test"
	grep -q /etc/passwd "$T/json"
	not grep -q /etc/hostname "$T/json"
	run -1 "$B/opensnoop" --cgroup /no/such
	run -1 "$B/opensnoop" --mntnsmap /no/such
	needs_command bpftool
	[ "$(stat -f -c %T /sys/fs/bpf)" = bpf_fs ] || mount -t bpf none /sys/fs/bpf
	ns=$(stat -L -c %i /proc/self/ns/mnt)
	hex=$(printf '%016x' "$ns" | sed 's/../& /g' | awk '{ for (i = NF; i; i--) print "0x" $i }')
	rm -f /sys/fs/bpf/snoop-test
	bpftool map create /sys/fs/bpf/snoop-test type hash key 8 value 4 entries 8 name snoop
	bpftool map update pinned /sys/fs/bpf/snoop-test key $hex value 0 0 0 0
	"$B/opensnoop" --json --mntnsmap /sys/fs/bpf/snoop-test -- \
		sh -c 'cat /etc/hostname; unshare -m cat /etc/group' >"$T/json"
	rm /sys/fs/bpf/snoop-test
	grep -q /etc/hostname "$T/json"
	not grep -q /etc/group "$T/json"
}

@test "opensnoop: -c names callers after thousands of short programs, too" {
	local programs=3000
	[ -z "${SNOOPKIT_VM:-}" ] || programs=300 # each takes 50 ms in an emulated machine
	"$B/opensnoop" -c --json -- "$W/execs" "$T/expected" burst $programs >"$T/json" 2>"$T/err"
	cat "$T/err"
	not grep -q 'lost [0-9]* stacks' "$T/err"
	# The opens of a starting program are the loader's own.
	all=$(jq -s 'map(select(.comm == "execs" and (.path // "" | endswith("/libc.so.6")))) | length' "$T/json")
	none=$(jq -s 'map(select(.comm == "execs" and (.path // "" | endswith("/libc.so.6")) and (.callers | length) == 0)) | length' "$T/json")
	echo "$none of $all without callers"
	[ "$all" -gt $((programs * 2 / 3)) ]
	[ "$none" = 0 ]
}
