# Files that stand in for the kernel's own type information, if that can't be read.
load lib

setup() {
	needs_root
	needs_command unshare
	unshare -m true || skip "no mount namespaces here"
	mkdir "$T/empty"
	cp /sys/kernel/btf/vmlinux "$T/whole"
	"$B/snoopkit" --btf-min "$T/whole" "$T/min"
}

teardown() {
	[ -z "${images:-}" ] || rm -f $images
}

# In a separate mount namespace, an empty directory hides the kernel's types.
hidden() {
	unshare -m sh -c 'mount --bind "$0" /sys/kernel/btf && exec "$@"' "$T/empty" "$@"
}

@test "no-btf: without any, exit 1 and a sentence; also for files that are of no use" {
	"$B/snoopkit" --btf-min "$T/whole" "$T/other" biosnoop
	echo "no types" >"$T/text"
	objcopy --only-section=.interp "$(command -v busybox bash | head -n1)" "$T/elf" 2>/dev/null
	for t in opensnoop execsnoop tcptop; do
		run -1 --separate-stderr hidden "$B/$t" -- true
		[[ $stderr == "$t: this kernel has no type information (/sys/kernel/btf/vmlinux), and no image in /boot or /usr/lib/debug has it. Give a file that does with --btf or SNOOPKIT_BTF." ]]
		run -1 --separate-stderr hidden "$B/$t" --btf "$T/none" -- true
		[[ $stderr == "$t: --btf: cannot read '$T/none': No such file or directory" ]]
		run -1 --separate-stderr hidden "$B/$t" --btf "$T/text" -- true
		[[ $stderr == "$t: $T/text: this is not type information" ]]
		run -1 --separate-stderr hidden "$B/$t" --btf "$T/elf" -- true
		[[ $stderr == "$t: $T/elf: this file has no .BTF section"* ]]
		# A type missing from the file would be taken for one that the kernel lacks.
		run -1 --separate-stderr hidden "$B/$t" --btf "$T/other" -- true
		[[ $stderr == "$t: $T/other: this type information was minimized for other tools"* ]]
	done
	run -2 --separate-stderr "$B/snoopkit" --btf-min "$T/whole" "$T/other" no-such-tool
	run -1 --separate-stderr "$B/snoopkit" --btf-min "$T/other" "$T/again" biosnoop
	[ ! -e "$T/again" ]
}

@test "no-btf: --btf, SNOOPKIT_BTF, images in /boot and /usr/lib/debug, and what is made of an image" {
	needs_tool execsnoop
	trace() { hidden "$@" --json -- /bin/true | jq -se 'any(.args == ["/bin/true"])'; }
	trace "$B/execsnoop" --btf "$T/whole"
	trace "$B/execsnoop" --btf "$T/min"
	trace env SNOOPKIT_BTF="$T/whole" "$B/execsnoop"
	# The option takes precedence.
	trace env SNOOPKIT_BTF="$T/none" "$B/execsnoop" --btf "$T/min"
	[ -n "${SNOOPKIT_VM:-}" ] || skip "only in a guest: images in /boot and /usr/lib/debug"
	release=$(uname -r)
	mkdir -p /usr/lib/debug/boot
	for image in /boot/vmlinux-$release /usr/lib/debug/boot/vmlinux-$release; do
		images=$image
		objcopy --add-section .BTF="$T/whole" "$(command -v busybox)" "$image"
		trace "$B/execsnoop"
		"$B/snoopkit" --btf-min "$image" "$T/of-image"
		cmp "$T/min" "$T/of-image"
		# An image without types is passed over.
		objcopy --remove-section .BTF "$image"
		run -1 --separate-stderr hidden "$B/execsnoop" -- true
		[[ $stderr == *"no type information"* ]]
		rm "$image"
	done
}

@test "no-btf: every tool starts with a few KB of types, and nothing attaches by the kernel's own" {
	[ "$(stat -c %s "$T/min")" -lt 65536 ]
	for t in $(chosen_tools); do
		[ "$t" != mptcpify ] || continue # its hook needs the kernel's own
		[ "$t" != ksnoop ] || continue # it needs those of the user's functions
		args=$(args_of "$t")
		can_trace "$t" $args || continue
		"$B/snoopkit" --btf-min "$T/whole" "$T/own" "$t"
		[ "$(stat -c %s "$T/own")" -lt 16384 ] || { stat -c "%s: $t" "$T/own"; return 1; }
		# Only the programs of this tool, because the kernel may still list those of one that has just ended.
		# fentry, fexit and tp_btf programs have the type BPF_PROG_TYPE_TRACING, 26.
		hidden "$B/$t" --btf "$T/own" $args -- sh -c 'cat /proc/$PPID/fdinfo/* >'"$T/held; :" >/dev/null
		run ! grep '^prog_type:[[:space:]]*26$' "$T/held"
		loads_bpf "$t" || continue
		# socket_filter (of bpftop), kprobe, tracepoint, perf_event, cgroup_skb (of dnssnoop), raw_tracepoint
		grep -qE '^prog_type:[[:space:]]*(1|2|5|7|8|17)$' "$T/held"
	done
}

# The first test of each tool shows what it does without options.
@test "no-btf: what the tools show is true all the same" {
	# Guests are slow, and so are sanitizers: there it is one tool of each family.
	[ -z "${SNOOPKIT_VM:-}${ASAN_OPTIONS:-}" ] || : "${TRUE_OF:=biolatency execsnoop opensnoop tcptop statsnoop}"
	for t in ${TRUE_OF:-biolatency biolatpcts biopattern biosnoop biostacks biotop bitesize cpudist execsnoop filelife filegone \
		fsslower opensnoop readahead runqlat runqlen runqslower statsnoop tcptop vfsstat}; do
		can_trace "$t" $(args_of "$t") || continue
		sed -n "s,^@test \"\(.*\)\" {$,tests/tools/$t.bats\t\1,p" "tests/tools/$t.bats" | sed 1q >"$T/plan"
		# bats puts its own folder first, which has another bats.
		hidden env -i PATH="${PATH#*bats-core:}" HOME=/ SNOOPKIT_VM="${SNOOPKIT_VM:-}" SNOOPKIT_BUILD="$B" \
			SNOOPKIT_TEST_DISK="${SNOOPKIT_TEST_DISK:-}" \
			ASAN_OPTIONS="${ASAN_OPTIONS:-}" UBSAN_OPTIONS="${UBSAN_OPTIONS:-}" \
			SNOOPKIT_BTF="$T/min" tests/suite "$T/plan" >"$T/tap" 2>&1 || true
		cat "$T/tap"
		if [ -n "${SNOOPKIT_VM:-}" ]; then
			run ! grep '# skip' "$T/tap"
		fi
		grep '^ok 1 ' "$T/tap"
	done
}
