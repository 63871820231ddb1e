# Man pages: what each must have, and samples that are what the tools print.  Nothing is traced.
load lib

setup() {
	TOOLS=$(chosen_tools)
	export TZ=UTC LC_ALL=C.UTF-8
}

# has_sections PAGE SECTION...
has_sections() {
	local page=$1 s
	for s in "${@:2}"; do
		grep -qx "\.SH $s" "$page" || { echo "$page has no $s"; return 1; }
	done
}

# The sample of a page as its reader sees it: the command, then lines of output.
sample_of() {
	sed -n '/^\.\\" sample /,/^\.\\" end of the sample/{/^\.EX$/,/^\.EE$/{/^\.E[XE]$/d;s/^\\&//;s/\\-/-/g;s/\\e/\\/g;p}}' "$1"
}

# The layout of lines, without names and numbers: where the columns of a row begin, or where the last one ends if it is
# a number; the marks of a histogram.
shapes() {
	awk '/ -> .*:.*\|/ { gsub(/[0-9* ]/, "_"); print; next }
		/^ *[0-9]+$/ { sub(/[0-9]+$/, "0"); print; next }
		{ sub(/[^ ]+ (\([0-9]+\)|\[[0-9]+\])$/, "process") }
		/^ +(\[unknown\]|0x[0-9a-f]+|[^ ]+\+0x[0-9a-f]+) / { sub(/^ +[^ ]+/, "caller") }
		/^[^ ]+\[[0-9]+\] lock 0x/ { print "a futex"; next }
		/^\t[0-9]+ bytes in [0-9]+ allocations from stack$/ { print "blocks"; next }
		/^ +(waker|target): / { sub(/[^ ]+ [0-9]+$/, "process") }
		/[0-9]$/ { print "ends at " length; next }
		{
			for (i = 1; i <= length; i++)
				if (substr($0, i, 1) != " " && (i == 1 || substr($0, i - 1, 1) == " "))
					printf "%d ", i
			print ""
		}'
}

# sample_is_true PAGE TOOL: the tool prints the sample from the recording that the page names.  If it is not from a
# recording, it must have the header that the tool prints today, and rows with the same layout.
sample_is_true() {
	local page=$1 tool=$2 mark lines recording command
	mark=$(grep '^\.\\" sample ' "$page") || { echo "$page has no sample"; return 1; }
	command=${mark#*: }
	[[ $command == "$tool" || $command == "$tool "* ]] || { echo "$page: a sample of another tool"; return 1; }
	sample_of "$page" >"$T/sample"
	[ "$(wc -l <"$T/sample")" -ge 3 ] || { echo "$page: its sample is empty"; return 1; }
	[ "$(head -n1 "$T/sample")" = "# $command" ] || { echo "$page: its sample is of another command"; return 1; }
	sed -i 1d "$T/sample"
	case $mark in
	'.\" sample of a run:'* | '.\" sample by hand:'*)
		# None of these has options that change the layout
		[ "$tool" != deadlock ] || tool="deadlock 1"
		[ "$tool" != funccount ] || tool="funccount t:syscalls:sys_enter_open*"
		[ "$tool" != stackcount ] || tool="stackcount -P t:sched:sched_switch"
		# shellcheck disable=SC2086
		"$B"/$tool --replay "tests/golden/${tool%% *}.rec" >"$T/printed" 2>/dev/null
		if head -n1 "$T/printed" | grep -q COUNT; then
			diff <(head -n1 "$T/printed") <(head -n1 "$T/sample") || return 1
		fi
		# Leave out what recordings do not have: frames of stacks, and what is only printed while tracing.
		grep -vxE -e $'\t\t0x[0-9a-f]+\t[^ ]+ \\[[^ ]+\\]' -e "Executing '[^ ]+' and tracing the resulting process\." \
			-e 'Attaching to pid [0-9]+, Ctrl\+C to quit\.' -e '\[[0-9:]+\] Top [0-9]+ stacks with outstanding allocations:' \
			-e 'Tracing\.\.\. Hit Ctrl-C to end\.' -e '@ [0-9a-f]{16} [^ ]+' \
			-e '[^ ]+|  [^ ]+|    ([0-9a-f]{16} )?[^ ]+( \[[^]]+\])?|' "$T/sample" | shapes | sort -u >"$T/shapes"
		shapes <"$T/printed" | sort -u | comm -13 - "$T/shapes" >"$T/unknown"
		[ ! -s "$T/unknown" ] || { echo "$page: no such rows:"; cat "$T/unknown"; return 1; }
		;;
	*)
		read -r _ _ lines recording _ <<<"$mark"
		# shellcheck disable=SC2086
		command=${command%% -- *}
		eval "set -- ${command#"$tool"}"
		"$B/$tool" "$@" --replay "${recording%:}" 2>&1 | sed -n "$lines" >"$T/printed"
		diff -u --label "$tool" "$T/printed" --label "$page" "$T/sample"
		;;
	esac
}

@test "man: every page tells output, exit status, environment, privileges" {
	for t in $TOOLS; do
		has_sections "man/$t.8" NAME SYNOPSIS DESCRIPTION OPTIONS FIELDS OUTPUT EXAMPLES OVERHEAD "EXIT STATUS" \
			ENVIRONMENT PRIVILEGES "BCC COMPATIBILITY" "SEE ALSO"
		# What the sample means, in two sentences or more
		[ "$(sed -n '/end of the sample/,/^\.SH EXAMPLES/p' "man/$t.8" | grep -oE '[.?](\)|$| )' | wc -l)" -ge 2 ]
	done
	has_sections man/snoopkit-check.8 NAME SYNOPSIS DESCRIPTION OPTIONS FIELDS OUTPUT "EXIT STATUS" ENVIRONMENT \
		PRIVILEGES "SEE ALSO"
	has_sections man/snoopkit.7 NAME DESCRIPTION "EXIT STATUS" PRIVILEGES "SEE ALSO"
}

@test "man: samples are what the tools print" {
	for t in $TOOLS; do
		sample_is_true "man/$t.8" "$t"
	done
}

@test "man: the sample of snoopkit-check has its headers, and its columns" {
	sample_of man/snoopkit-check.8 >"$T/sample"
	"$B/snoopkit-check" opensnoop >"$T/printed" || true
	for table in FEATURE TOOL; do
		grep "^$table " "$T/printed" >"$T/header"
		grep "^$table " "$T/sample" | same "$T/header" -
	done
	# Columns begin where their headers do
	sed -n '/^FEATURE/,/^$/{/^[a-zB]/p}' "$T/sample" >"$T/features"
	sed '1,/^TOOL/d' "$T/sample" >"$T/tools"
	[ -s "$T/features" ] && [ -s "$T/tools" ]
	run ! grep -vE '^[^ ].{32} (yes|no) +[^ ]' "$T/features"
	run ! grep -vE '^([a-z].{45}| {46})[^ ]' "$T/tools"
}

@test "man: a sample with another header, or a row that has moved, is noticed" {
	for t in $TOOLS; do
		# The first line of output that has words
		awk '/^\.\\" sample / { here = 1 } here && /^\.EX$/ { n = 1 } { line = $0 }
			n && n++ > 2 && !done && /[A-Za-z]/ && (line ~ /[^ ] /) { sub(/[^ ] /, "& "); done = 1 }
			{ print }' "man/$t.8" >"$T/$t.8"
		run ! cmp -s "man/$t.8" "$T/$t.8"
		not sample_is_true "$T/$t.8" "$t" || { echo "$t"; return 1; }
	done
	# Replace the last word
	for t in $(cd man && grep -lx '\.\\" sample [0-9].*' -- *.8 | sed 's/\.8$//'); do
		[[ " $(echo $TOOLS) " == *" $t "* ]] || continue
		awk '/^\.EX$/ { n = 1 } n && n++ == 3 { $0 = $0 "S" } { print }' "man/$t.8" >"$T/$t.8"
		not sample_is_true "$T/$t.8" "$t" || { echo "$t"; return 1; }
	done
}

@test "man: snoopkit(7) names every tool, and every page names snoopkit(7)" {
	for t in $TOOLS snoopkit-check; do
		name=${t//-/\\\\-}
		sed '/^\.SH SEE ALSO/,$d' man/snoopkit.7 | grep -qE "^(\.BR $name[ \"]|\.BR .*[\" ]$name \(8\)|$name )" ||
			{ echo "snoopkit(7) does not tell when to use $t"; return 1; }
		sed -n '/^\.SH SEE ALSO/,$p' man/snoopkit.7 | grep -q "^\.BR $name (8)" ||
			{ echo "snoopkit(7) does not name $t"; return 1; }
		sed -n '/^\.SH SEE ALSO/,$p' "man/$t.8" | grep -qx '\.BR snoopkit (7)'
	done
}

@test "man: the commands of snoopkit(7)'s first minute are accepted" {
	n=0
	while read -r t args; do
		[ "$t" != snoopkit-check ] || continue
		n=$((n + 1))
		# shellcheck disable=SC2086
		run -0 "$B/$t" --parse-only $args
	done < <(sed -n '/^\.SH THE FIRST MINUTE/,/^\.EE/{/^[a-z]/p}' man/snoopkit.7 | sed 's/\\-/-/g; s/ *[#|].*//')
	[ $n -ge 6 ]
}
