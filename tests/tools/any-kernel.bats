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

@test "all: a damaged file of types is exit 1 and a sentence" {
	local f=tests/fuzz/corpus/btf/damaged-vlen
	needs_root
	for t in $TOOLS; do
		args=$(args_of "$t")
		# shellcheck disable=SC2086
		run -1 --separate-stderr "$B/$t" --btf $f $args -- true
		[[ ${stderr_lines[-1]} == "$t: $f: this type information is damaged" ]]
	done
}

@test "all: with more privileges than its user has, a tool takes nothing from SNOOPKIT_*" {
	local t=execsnoop d
	needs_root
	needs_command setpriv
	needs_tool $t
	d=$(mktemp -d)
	chmod 755 "$d"
	install -m4755 "$B/$t" "$d/$t"
	SNOOPKIT_BTF=/no/such/file run -1 --separate-stderr "$d/$t" -- true
	[[ $stderr == "$t: /no/such/file: No such file or directory" ]]
	run --separate-stderr setpriv --reuid=65534 --regid=65534 --clear-groups \
		env SNOOPKIT_BTF=/no/such/file "$d/$t" -- true
	rm -r "$d"
	[[ $stderr != *"Permission denied"* && $stderr != *"cannot execute"* ]] || skip "$stderr"
	[[ $stderr != */no/such/file* ]]
}

@test "profile: recorded samples make a flame graph as well" {
	grep -qw profile <<<"$TOOLS" || skip "not asked for"
	needs_command xmllint
	"$B/profile" -f --flamegraph "$T/svg" --replay tests/golden/profile.rec >"$T/folded"
	xmllint --noout "$T/svg"
	grep -q "data-total=\"$(awk '{ n += $NF } END { print n }' "$T/folded")\"" "$T/svg"
}
