# What holds for every tool alike, on whatever kernel: run on the machine's own only.
load lib

setup() {
	TOOLS=${TOOLS:-$(all_tools)}
}

# For messages: one sentence, from the tool itself.
one_sentence() {
	[ "$(wc -l <<<"$output")" -le 2 ]
	[[ $output == *"$1: "* ]]
}

@test "all: bad numbers and unknown options are exit 2 and a sentence" {
	for t in $TOOLS; do
		for bad in "--duration 0" "--duration 12x" "--buffer 1Q" "--no-such-option" "--duration"; do
			# shellcheck disable=SC2086
			run -2 --separate-stderr "$B/$t" $bad
			output=$stderr one_sentence "$t"
		done
	done
	for t in $TOOLS; do
		"$B/$t" --help | grep -q -e '--pid' || continue
		for bad in 12x -1 0 "" 1,x 99999999999; do
			run -2 --separate-stderr "$B/$t" -p "$bad"
			output=$stderr one_sentence "$t"
		done
	done
}

@test "all: --help, --usage, --version, -h, without privilege" {
	for t in $TOOLS; do
		"$B/$t" --help | grep -q "^Usage: "
		"$B/$t" -h | grep -q "^Usage: "
		"$B/$t" --usage >/dev/null
		"$B/$t" --version | grep -q "^$t (snoopkit) "
	done
}

@test "all: TERM unknown or unset, stdin closed, a narrow terminal: no difference" {
	for t in $TOOLS; do
		args=$(args_of "$t")
		can_trace "$t" $args || continue
		env -u TERM "$B/$t" $args -- true <&- >"$T/unset"
		TERM=no-such-terminal COLUMNS=10 "$B/$t" $args -- true >"$T/unknown"
		! grep -q $'\033' "$T/unset" "$T/unknown"
	done
}

# unfounded: of sentences "... none of: FUNCTIONS" those whose functions this kernel has.
unfounded() {
	local line word
	while IFS= read -r line; do
		for word in $(sed 's/[(),]/ /g' <<<"${line#*none of: }"); do
			awk -v f="$word" '$3 == f { found = 1; exit } END { exit !found }' /proc/kallsyms && echo "$line"
		done
	done < <(grep 'none of: ' "$1")
	true
}

@test "all: nobody says that the kernel has no function that it has" {
	needs_root
	for t in $TOOLS; do
		timeout 20 "$B/$t" $(args_of "$t") -- true >/dev/null 2>>"$T/said" || true
	done
	run -0 unfounded "$T/said"
	[ -z "$output" ]
	# Kernels without the one and the other say which, and what of
	if [ ! -e /sys/bus/event_source/devices/kprobe ] && ! can_trace vfsstat; then
		grep -q '^vfsstat: cannot trace .*: this kernel has vfs_[a-z]*.*, but neither fentry nor kprobes$' "$T/said"
	fi
}
