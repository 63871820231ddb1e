# What holds for every tool alike.
load lib

setup() {
	TOOLS=$(chosen_tools)
}

@test "all: without privilege, one sentence says what is needed" {
	needs_root
	for t in $TOOLS; do
		loads_bpf "$t" || continue
		args=$(args_of "$t")
		run -1 --separate-stderr setpriv --reuid 65534 --regid 65534 --clear-groups --inh-caps=-all --bounding-set=-all "$B/$t" $args
		[[ $stderr == "$t: cannot load BPF programs: permission denied. Run it as root, or with CAP_BPF and CAP_PERFMON." ]]
	done
}

@test "all: a process that does not exist is exit 1 and a sentence" {
	needs_root
	for t in $TOOLS; do
		"$B/$t" --help | grep -q -e '--pid=' || continue
		args=$(args_of "$t")
		run -1 --separate-stderr "$B/$t" -p 4194000 $args
		[[ $stderr == *"$t: there is no process or thread 4194000" ]]
	done
}

@test "all: -p of a thread that is no process is exit 1 and a sentence" {
	needs_root
	"$W/threads" "$T/tid" >/dev/null 3>&- &
	process=$!
	for ((tries = 0; tries < 100; tries++)); do
		[ ! -s "$T/tid" ] || break
		sleep 0.1
	done
	for t in $TOOLS; do
		"$B/$t" --help | grep -q -e '--pid=' || continue
		run -1 --separate-stderr "$B/$t" -p "$(cat "$T/tid")" $(args_of "$t")
		[[ $stderr == *"$t: $(cat "$T/tid") is a thread of process $process" ]]
	done
	kill $process
}

@test "all: a missing probe is exit 1 and a sentence, also without tracefs or BTF" {
	needs_root
	[ -n "${SNOOPKIT_VM:-}" ] || skip "only in a guest: it hides parts of /sys"
	# In a mount namespace of its own, an empty directory is mounted over each.
	mkdir "$T/empty"
	for t in $TOOLS; do
		args=$(args_of "$t")
		run --separate-stderr unshare -m sh -c \
			"mount --bind $T/empty /sys/kernel/btf; exec $B/$t $args --duration 1"
		[ "$status" = 1 ] || ! loads_bpf "$t"
		[ "$status" = 0 ] || [[ $stderr == *"$t: this kernel has no type information (/sys/kernel/btf/vmlinux)"*" with --btf or SNOOPKIT_BTF." ]]
		run --separate-stderr unshare -m sh -c \
			"umount /sys/kernel/tracing; mount --bind $T/empty /sys/kernel/debug; exec $B/$t $args -- true"
		# The tool works without it, or says how to mount it.
		[ "$status" = 0 ] || [[ $stderr == *"tracefs is not mounted. Run: mount -t tracefs tracefs /sys/kernel/tracing"* ]]
	done
}

# A program with a name of its own, an-opener, so that a tool can leave out other programs' opens: on a busy
# machine, a shell can't keep up with the rows of all.
make_opener() {
	cp "$(command -v cat)" "$T/an-opener"
}

opens() {	# FILE that isn't there
	"$T/an-opener" "$T/$1" 2>/dev/null || true
}

@test "all: events reach a pipe; a reader that goes away, and a full disk, end the tool" {
	needs_tool opensnoop
	run -0 --separate-stderr timeout 20 bash -c "'$B/opensnoop' | head -1"
	[[ $output == PID* ]]
	# A row arrives within 50 ms, long before the tool ends
	mkfifo "$T/rows"
	make_opener
	"$B/opensnoop" -n an-opener --duration 20 >"$T/rows" &
	tool=$!
	exec 5<"$T/rows"
	read -r -t 15 <&5
	opens seen-in-time
	while read -r -t 10 line <&5; do
		[[ $line != *seen-in-time* ]] || break
	done
	[[ $line == *seen-in-time* ]]
	exec 5<&-
	# ... and once nobody reads any more, the tool ends quietly
	opens seen-by-nobody
	wait $tool
	for t in $TOOLS; do
		args=$(args_of "$t")
		can_trace "$t" $args && [ "$t" != ttysnoop ] && [ "$t" != reset-trace ] || continue # these may have nothing to write
		run -1 --separate-stderr bash -c "'$B/$t' $args -- true >/dev/full"
		[[ $stderr == *"$t: write error: No space left on device"* ]]
	done
}

# Also that TERM unknown or unset, a narrow terminal, and stdin closed make no difference.
@test "all: the exit status is the command's; SIGTERM, SIGINT and SIGHUP end with 0" {
	local signals=(TERM INT HUP) n=0 s
	for t in $TOOLS; do
		args=$(args_of "$t")
		can_trace "$t" $args || continue
		# What the library does with a command and with signals is the same for all.
		if [ "$t" = opensnoop ]; then
			run -127 "$B/$t" $args -- /no/such/command
			for s in TERM INT HUP; do
				run -0 "$B/$t" $args -- sh -c "trap '' $s; kill -$s \$PPID"
			done
		fi
		run -7 env -u TERM "$B/$t" $args -- sh -c 'exit 7' <&-
		[[ $output != *$'\033'* ]]
		s=${signals[n++ % 3]}
		TERM=no-such-terminal COLUMNS=10 run -0 "$B/$t" $args -- sh -c "trap '' $s; kill -$s \$PPID"
		[[ $output != *$'\033'* ]]
	done
}

@test "all: nothing stays in the kernel when a tool has ended" {
	needs_root
	[ -n "${SNOOPKIT_VM:-}" ] || skip "only in a guest: elsewhere others come and go"
	needs_command bpftool
	tests/kept >"$T/before"
	for t in $TOOLS; do
		args=$(args_of "$t")
		"$B/$t" $args -- true >/dev/null
	done
	run -0 tests/kept "$T/before"
}

@test "all: what happens before anybody can have seen the header is seen" {
	needs_tool opensnoop
	make_opener
	mkfifo "$T/rows"
	exec 5<>"$T/rows"
	head -c 65536 /dev/zero >&5 # fills the pipe, so that the header has to wait
	"$B/opensnoop" -n an-opener >"$T/rows" &
	tool=$!
	local end=$((SECONDS + 30))
	# write, poll and ppoll, on x86-64 and arm64
	until read -r call _ </proc/$tool/syscall && [[ $call == @(1|7|271|64|73) ]]; do
		[ $SECONDS -lt $end ]
		sleep 0.05
	done
	opens seen-early
	head -c 65536 <&5 >/dev/null
	row_with seen-early
	kill -TERM $tool
	wait $tool
}

# Read rows until one contains this text.
row_with() {
	local line end=$((SECONDS + 60))
	while [ $SECONDS -lt $end ] && read -r -t 20 line <&5; do
		[[ $line != *$1* ]] || return 0
	done
	return 1
}

@test "all: a signal that was ignored at the start stays ignored, as under nohup" {
	needs_tool opensnoop
	mkfifo "$T/rows"
	make_opener
	( trap '' HUP INT; exec "$B/opensnoop" -n an-opener >"$T/rows" ) &
	tool=$!
	exec 5<"$T/rows"
	row_with PID
	kill -HUP $tool
	kill -INT $tool
	# If it has ended, its last rows can have this file, but not one that is opened after they were read.
	opens first-after
	row_with first-after
	opens second-after
	row_with second-after
	cat <&5 >/dev/null &
	kill -TERM $tool
	wait $tool
	exec 5<&-
	# If SIGCHLD was ignored, the command's status is known all the same.
	run -7 timeout 30 bash -c "trap '' CHLD; exec '$B/opensnoop' -- sh -c 'exit 7'"
}

# Run a tool whose stdout is this file, which nobody reads: it must end, and say what was lost.
ends_unread() {
	local out=$1
	shift
	run -1 --separate-stderr timeout -k 1 40 bash -c 'exec "$@" >"$0"' "$out" "$@"
	[[ $stderr == *"lost the last "*" lines: the reader of stdout has stopped reading"* ]]
}

@test "all: a reader that stalls does not keep a tool from ending, nor one of stderr" {
	needs_tool opensnoop
	fresh() {
		rm -f "$T/stalled"
		mkfifo "$T/stalled"
		exec 5<>"$T/stalled"
	}
	cat >"$T/busy" <<-'END'
	trap '' INT TERM HUP
	for i in $(seq 3000); do : <"$0"; done
	[ -z "$1" ] || kill -$1 $PPID
	exec sleep ${2:-0}
	END
	signals=TERM
	[ -n "${SNOOPKIT_VM:-}" ] || signals="INT TERM HUP"
	for s in $signals; do
		fresh
		ends_unread "$T/stalled" "$B/opensnoop" -- sh "$T/busy" $s 60
	done
	# ... at the end of the command; at the end of the duration, with not even the header taken
	fresh
	ends_unread "$T/stalled" "$B/opensnoop" -- sh "$T/busy"
	# A header still fits where the last row did not.
	run ! dd if=/dev/zero of="$T/stalled" bs=1 count=100000 oflag=nonblock
	ends_unread "$T/stalled" "$B/opensnoop" --duration 1
	ends_unread "$T/stalled" "$B/fsdist" -t ext4 --duration 1 || [[ $stderr == *"cannot trace"* ]]
	# messages go to the same file: it says nothing, and ends
	fresh
	run -1 timeout -k 1 40 bash -c "exec '$B/opensnoop' -- sh '$T/busy' >'$T/stalled' 2>&1"
	exec 5<&-
}

@test "all: a terminal that takes nothing does not keep a tool from ending" {
	needs_tool opensnoop
	needs_command python3
	cat >"$T/terminal" <<-'END'
	import pty, subprocess, sys, termios
	master, slave = pty.openpty()
	if sys.argv[1] == "stopped":
	    termios.tcflow(slave, termios.TCOOFF)
	sys.exit(subprocess.run(sys.argv[2:], stdout=slave, timeout=40).returncode)
	END
	echo 'for i in $(seq 3000); do : <"$0"; done' >"$T/busy"
	run -1 --separate-stderr python3 "$T/terminal" stopped "$B/opensnoop" --duration 1
	[[ $stderr == *"lost the last "*" lines: the reader of stdout has stopped reading"* ]]
	run -1 --separate-stderr python3 "$T/terminal" unread "$B/opensnoop" -- sh "$T/busy"
	[[ $stderr == *"lost the last "*" lines: the reader of stdout has stopped reading"* ]]
}

@test "all: a recording into a FIFO that nobody reads, or whose reader stalls, does not keep a tool from ending" {
	needs_tool opensnoop
	busy='for i in $(seq 3000); do : <"$0"; done'
	nobody_reads() {
		run -1 --separate-stderr timeout -k 1 40 "$@"
		[[ $stderr == *"opensnoop: lost the last "*" records: nobody reads them" ]]
	}
	mkfifo "$T/record"
	nobody_reads "$B/opensnoop" --record "$T/record" -- sh -c "$busy" "$T/json"
	exec 5<>"$T/record"
	nobody_reads "$B/opensnoop" --record "$T/record" -- sh -c "$busy" "$T/record"
	signals=TERM
	[ -n "${SNOOPKIT_VM:-}" ] || signals="INT TERM HUP"
	for s in $signals; do
		nobody_reads "$B/opensnoop" --record "$T/record" -- \
			sh -c "trap '' INT TERM HUP; $busy; kill -$s \$PPID; exec sleep 60 >/dev/null 2>&1 3>&- 5>&-" "$T/record"
	done
	sh -c 'while : </dev/null; do :; done' &
	nobody_reads "$B/opensnoop" --record "$T/record" --duration 1
	kill $!
	exec 5<&-
	# One that comes late gets all of it; one that goes away ends the tool.
	: >"$T/here"
	"$B/opensnoop" --record "$T/record" -- sh -c ': <"$0"; sleep 2' "$T/here" >"$T/rows" &
	sleep 0.5
	timeout 30 cat "$T/record" >"$T/kept"
	wait $!
	grep -q "$T/here" "$T/rows"
	diff <("$B/opensnoop" --replay "$T/kept") "$T/rows"
	head -c 1000 "$T/record" >"$T/kept" &
	run -1 --separate-stderr timeout -k 1 40 "$B/opensnoop" --record "$T/record" -- sh -c "$busy" "$T/here"
	[[ $stderr == *"opensnoop: cannot record: Broken pipe" ]]
}

@test "all: a second Ctrl-C kills, whatever the tool is doing" {
	needs_tool profile
	mkfifo "$T/graph"
	exec 5<>"$T/graph"
	run ! dd if=/dev/zero of="$T/graph" bs=1 count=100000 oflag=nonblock
	"$B/profile" --flamegraph "$T/graph" -- true >/dev/null &
	tool=$!
	# Wait until it hangs in a write to a file that nobody reads
	for ((tries = 0; tries < 300; tries++)); do
		[[ $(cat /proc/$tool/wchan) != *pipe_write ]] || break
		sleep 0.1
	done
	# A shell's background jobs ignore SIGINT.
	for ((tries = 0; tries < 40; tries++)); do
		kill -TERM $tool 2>/dev/null || break
		sleep 0.6 # a sooner one counts as an echo of the first
	done
	[ $tries -gt 1 ]
	wait $tool || status=$?
	exec 5<&-
	[ "$status" = 143 ]
}

@test "all: stdin, stdout and stderr may be closed; --help that can't be written is exit 1" {
	for t in $TOOLS; do
		run -1 --separate-stderr bash -c "'$B/$t' --help >/dev/full"
		[[ $stderr == "$t: write error: No space left on device" ]]
		args=$(args_of "$t")
		can_trace "$t" $args || continue
		"$B/$t" $args -- true <&- >&- 2>&-
		run -0 --separate-stderr bash -c "'$B/$t' $args -- true >&-"
		# (some machines let root look into no process of their own)
		[[ ${stderr/cannot see what * no permission/} != *cannot* ]]
	done
}
