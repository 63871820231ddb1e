# What holds for every tool alike.
load lib

setup() {
	TOOLS=${TOOLS:-$(all_tools)}
}

@test "all: without privilege, one sentence says what is needed" {
	needs_root
	for t in $TOOLS; do
		args=$(args_of "$t")
		run -1 --separate-stderr setpriv --reuid 65534 --regid 65534 --clear-groups --inh-caps=-all --bounding-set=-all "$B/$t" $args
		[[ $stderr == "$t: cannot load BPF programs: permission denied. Run it as root, or with CAP_BPF and CAP_PERFMON." ]]
	done
}

@test "all: a process that does not exist is exit 1 and a sentence" {
	needs_root
	for t in $TOOLS; do
		"$B/$t" --help | grep -q -e '--pid' || continue
		args=$(args_of "$t")
		run -1 --separate-stderr "$B/$t" -p 4194000 $args
		[[ $stderr == *"$t: there is no process or thread 4194000" ]]
	done
}

@test "all: a missing probe is exit 1 and a sentence, also without tracefs or BTF" {
	needs_root
	[ -n "${SNOOPKIT_VM:-}" ] || skip "only in a guest: it hides parts of /sys"
	# An empty directory over each: in a mount namespace of its own.
	mkdir "$T/empty"
	for t in $TOOLS; do
		args=$(args_of "$t")
		run --separate-stderr unshare -m sh -c \
			"mount --bind $T/empty /sys/kernel/btf; exec $B/$t $args --duration 1"
		[ "$status" = 1 ]
		[[ $stderr == *"$t: this kernel has no type information (/sys/kernel/btf/vmlinux)"*" with --btf, or in SNOOPKIT_BTF." ]]
		run --separate-stderr unshare -m sh -c \
			"umount /sys/kernel/tracing; mount --bind $T/empty /sys/kernel/debug; exec $B/$t $args -- true"
		# It works without, or says how to mount it.
		[ "$status" = 0 ] || [[ $stderr == *"tracefs is not mounted. Run: mount -t tracefs tracefs /sys/kernel/tracing"* ]]
	done
}

@test "all: events reach a pipe; a reader that goes away, and a full disk, end the tool" {
	needs_tool opensnoop
	run -0 --separate-stderr timeout 20 bash -c "'$B/opensnoop' | head -1"
	[[ $output == PID* ]]
	# A row is there within 50 ms: long before the tool ends
	mkfifo "$T/rows"
	"$B/opensnoop" --duration 20 >"$T/rows" &
	tool=$!
	exec 5<"$T/rows"
	read -r -t 15 <&5
	( : <"$T/seen-in-time" ) 2>/dev/null || true
	while read -r -t 10 line <&5; do
		[[ $line != *seen-in-time* ]] || break
	done
	[[ $line == *seen-in-time* ]]
	exec 5<&-
	# ... and now that nobody reads: a quiet end
	wait $tool
	for t in $TOOLS; do
		args=$(args_of "$t")
		can_trace "$t" $args || continue
		run -1 --separate-stderr bash -c "'$B/$t' $args -- true >/dev/full"
		[[ $stderr == *"$t: write error: No space left on device"* ]]
	done
}

@test "all: the exit status is the command's; SIGTERM, SIGINT and SIGHUP end with 0" {
	for t in $TOOLS; do
		args=$(args_of "$t")
		can_trace "$t" $args || continue
		run -7 "$B/$t" $args -- sh -c 'exit 7'
		# The library's part is the same in every kernel.
		signals=TERM
		if [ -z "${SNOOPKIT_VM:-}" ]; then
			signals="INT TERM HUP"
			run -127 "$B/$t" $args -- /no/such/command
		fi
		for s in $signals; do
			run -0 "$B/$t" $args -- sh -c "trap '' $s; kill -$s \$PPID"
		done
	done
}

# What the kernel keeps of BPF and of probes.
kept() {
	for what in prog map link; do
		bpftool -j $what list | jq -r ".[] | \"$what \(.id) \(.name // .type)\""
	done
	cat /sys/kernel/tracing/{kprobe,uprobe}_events
}

@test "all: nothing stays in the kernel when a tool has ended" {
	needs_root
	[ -n "${SNOOPKIT_VM:-}" ] || skip "only in a guest: elsewhere others come and go"
	needs_command bpftool
	kept >"$T/before"
	for t in $TOOLS; do
		args=$(args_of "$t")
		"$B/$t" $args -- true >/dev/null
	done
	# Programs and maps are freed some time after their last user.
	for _ in {1..100}; do
		kept >"$T/after"
		! cmp -s "$T/before" "$T/after" || break
		sleep 0.1
	done
	same "$T/before" "$T/after"
}
