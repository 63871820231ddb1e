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

@test "all: a COUNT of 0 is no limit" {
	can_trace biolatency || skip "biolatency can't trace here"
	[ "$("$B/biolatency" -T --duration 3 1 0 | grep -cEx '[0-9:]{8}')" -ge 2 ]
	[ "$("$B/biolatency" -T --duration 3 1 1 | grep -cEx '[0-9:]{8}')" = 1 ]
}
