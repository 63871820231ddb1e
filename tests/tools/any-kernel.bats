# What holds for every tool alike, on any kernel: so it runs only on the machine's own.
load lib

setup() {
	TOOLS=$(chosen_tools)
}

# exits_with_2 TOOL ARG...: it does, and says one sentence of its own.
exits_with_2() {
	local status=0 said
	"$B/$1" "${@:2}" >/dev/null 2>"$T/err" || status=$?
	mapfile -t said <"$T/err"
	[ $status = 2 ] && [ ${#said[@]} = 1 ] && [[ ${said[0]} == "$1: "* ]] || { printf '%s\n' "$* ($status):" "${said[@]}"; return 1; }
}

@test "all: bad numbers and unknown options are exit 2 and a sentence" {
	for t in $TOOLS; do
		for bad in "--duration 0" "--duration 12x" "--buffer 1Q" "--no-such-option" "--duration"; do
			# As in BCC, 0 means no limit here.
			[ "$t $bad" != "readahead --duration 0" ] || continue
			# shellcheck disable=SC2086
			exits_with_2 "$t" $bad
		done
	done
	for t in $TOOLS; do
		"$B/$t" --help | grep -q -e '--pid' || continue
		for bad in 12x -1 0 "" 1,x 99999999999; do
			exits_with_2 "$t" -p "$bad"
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

@test "all: a tool that doesn't run without arguments knows some; no other has any" {
	for t in $TOOLS; do
		"$B/$t" --trials >"$T/trials"
		if "$B/$t" --parse-only >/dev/null 2>&1; then
			[ ! -s "$T/trials" ] || { echo "$t runs without arguments"; return 1; }
			continue
		fi
		[ -s "$T/trials" ] || { echo "$t has no .trials"; return 1; }
		while IFS= read -r args; do
			# shellcheck disable=SC2086
			"$B/$t" --parse-only $args >/dev/null
		done <"$T/trials"
	done
}

# unfounded FILE: the sentences "... none of: FUNCTIONS" in it that name a function which this kernel has.
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
	# If the kernel has neither fentry nor kprobes, they say so, and for which function
	if [ ! -e /sys/bus/event_source/devices/kprobe ] && grep -qw vfsstat <<<"$TOOLS" && ! can_trace vfsstat; then
		grep -q '^vfsstat: cannot trace .*: this kernel has vfs_[a-z]*.*, but neither fentry nor kprobes$' "$T/said"
	fi
}

# The kernel takes a billion instructions to write /proc/kallsyms.
@test "all: nobody reads all of the kernel's symbols to find one by its name" {
	needs_root
	needs_command strace
	for t in $TOOLS; do
		args=$(args_of "$t")
		case $t in
		funccount | funclatency) [ ! -e /sys/bus/event_source/devices/kprobe ] || args=vfs_read ;;
		vfscount) continue ;;            # a pattern
		profile | biostacks) continue ;;  # names of addresses
		esac
		# shellcheck disable=SC2086
		timeout 60 strace -f -y -e trace=read -o "$T/trace" "$B/$t" $args -- true >/dev/null 2>&1 || true
		[ -s "$T/trace" ]
		if grep -m1 '</proc/kallsyms>' "$T/trace"; then
			echo "$t reads it"
			return 1
		fi
	done
}

# A byte that drives the terminal: an escape, a C1 control, or a character that reverses text or has no width.
has_unseen() {
	LC_ALL=C grep -qP '[\x00-\x08\x0b-\x1f\x7f]|\xc2[\x80-\x9f]|\xe2\x80[\x8b-\x8f\xaa-\xae]|\xe2\x81[\xa0\xa6-\xa9]|\xef\xbb\xbf' "$@"
}
EVIL=$'\033[31m\u202e\u200b\ufeff\u009b\n\rx'

@test "all: what the user gives is quoted on one line, without driving the terminal" {
	local t args bad every
	printf '%s' "$EVIL" >"$T/evil"
	run -0 has_unseen "$T/evil"
	for t in $TOOLS; do
		args=$(args_of "$t")
		every=("--$EVIL" "-p$EVIL" "-u$EVIL" "-t$EVIL" "-d$EVIL" "$EVIL")
		# The library's own: three tools show what it says.
		[[ " opensnoop biolatency profile " != *" $t "* ]] || every+=("-$EVIL" "--duration=$EVIL" "--btf=$EVIL" \
			"--cgroup=$EVIL" "--openmetrics=/$EVIL/x" "--flamegraph=/$EVIL/x")
		: >"$T/err"
		for bad in "${every[@]}"; do
			# shellcheck disable=SC2086
			"$B/$t" "$bad" $args -- true >>"$T/out" 2>>"$T/err" || true
		done
		# The tool may show other programs, so only whole sentences count
		[[ $t != trace && $t != ksnoop ]] || sed -i "/^  /d" "$T/err" # the place in the probe
		not grep -av "^$t: " "$T/err"
		cat "$T/err" >>"$T/said"
		SNOOPKIT_PROBES=$EVIL timeout 20 "$B/$t" $args -- true >>"$T/out" 2>>"$T/said" || true
		timeout 20 "$B/$t" $args -- "/$EVIL" >>"$T/out" 2>>"$T/said" || true
	done
	run -2 --separate-stderr "$B/snoopkit-check" "--$EVIL"
	echo "$stderr" >>"$T/said"
	run -2 --separate-stderr "$B/snoopkit-check" "$EVIL"
	echo "$stderr" >>"$T/said"
	grep -q '\\033\[31m\\342\\200\\256\\342\\200\\213' "$T/said"
	run ! has_unseen "$T/said"
	run ! has_unseen "$T/out"
}

@test "all: names of traced files and processes do not drive the terminal, on stdout and stderr" {
	mkdir "$T/$EVIL"
	cp "$(command -v cat)" "$T/$EVIL/cat"
	for t in execsnoop opensnoop; do
		can_trace $t || continue
		"$B/$t" -- "$T/$EVIL/cat" "$T/$EVIL/nosuch" >"$T/out.$t" 2>/dev/null || true
		grep -q '\\033\[31m\\342\\200\\256\\342\\200\\213\\357\\273\\277\\302\\233\\\(012\|n\)\\015x' "$T/out.$t"
		run ! has_unseen "$T/out.$t"
	done
	# The name of a process's library is foreign, too, and so are its symbols
	echo 'int f(void) { return 0; } __asm__(".globl \"f\033[31m\"\n.type \"f\033[31m\", @function\n\"f\033[31m\":\nret\n.size \"f\033[31m\", 1");' >"$T/lib.c"
	if command -v cc >/dev/null && can_trace funccount c:abort; then
		cc -shared -fPIC -o "$T/$EVIL/libevil.so" "$T/lib.c"
		LD_PRELOAD="$T/$EVIL/libevil.so" sleep 60 3>&- &
		sleep 0.5
		timeout 10 "$B/funccount" -d 1 -p $! evil:nosuch >"$T/lib.out" 2>"$T/lib.err" || true
		timeout 10 "$B/funccount" -D -d 1 "$T/$EVIL/libevil.so:f*" >>"$T/lib.out" 2>>"$T/lib.err" || true
		kill $!
		grep -q 'libevil.so' "$T/lib.err"
		run ! has_unseen "$T/lib.out"
		run ! has_unseen "$T/lib.err"
	fi
}

# refused STATUS SENTENCE COMMAND...: the tool says this, and nothing else.
refused() {
	local status
	run --separate-stderr timeout 20 "${@:3}"
	echo "$status: $stderr"
	[ "$status" = "$1" ] && [ "$stderr" = "$2" ]
}

@test "all: a sentence names the option or variable, and what was expected" {
	o=$B/opensnoop
	refused 2 "opensnoop: --btf: empty argument FILE" "$o" --btf=
	refused 1 "opensnoop: --btf: cannot read '/nosuch': No such file or directory" "$o" --btf=/nosuch
	mkfifo "$T/fifo"
	refused 1 "opensnoop: $T/fifo: this is not a regular file" "$o" --btf="$T/fifo"
	refused 1 "opensnoop: /dev/zero: this is not a regular file" "$o" --btf=/dev/zero
	refused 1 "funccount: cannot probe $T/fifo: it is not a regular file" "$B/funccount" "$T/fifo:f"
	refused 1 "funccount: cannot probe /dev/zero: it is not a regular file" "$B/funccount" /dev/zero:f
	SNOOPKIT_BTF=/nosuch refused 1 "opensnoop: SNOOPKIT_BTF: cannot read '/nosuch': No such file or directory" "$o"
	SNOOPKIT_PROBES=junk refused 2 "opensnoop: SNOOPKIT_PROBES: 'junk' is none of fentry, kprobe and session" "$o"
	refused 2 "opensnoop: --cgroup: empty argument PATH" "$o" --cgroup=
	refused 1 "opensnoop: --cgroup: '/nosuch': No such file or directory" "$o" --cgroup=/nosuch
	refused 1 "opensnoop: --cgroup: '/proc' is not a cgroup v2 directory, such as /sys/fs/cgroup/NAME" "$o" --cgroup=/proc
	refused 2 "opensnoop: unknown option '-1'; numbers can't be negative" "$o" -1
	refused 2 "opensnoop: unknown option '-Q'; --help lists them all" "$o" -xQ
	refused 2 "opensnoop: unknown option '--nosuch'; --help lists them all" "$o" --nosuch=1
	refused 2 "opensnoop: --c is ambiguous: --cgroup, --cgroupmap, --callers" "$o" --c
	refused 2 "opensnoop: --json takes no argument" "$o" --json=1
	refused 2 "opensnoop: --pid: missing argument PID" "$o" -x -p
	refused 2 "opensnoop: --pid: '-1' is not a whole number from 1 to 4194304" "$o" -p -1
	refused 2 "biolatency: interval: '1.5' is not a whole number from 1 to 99999999" "$B/biolatency" 1.5
	refused 2 "biolatency: count: 'x' is not a whole number from 0 to 4294967295" "$B/biolatency" 1 x
	refused 2 "snoopkit-check: unknown option '--nosuch'; --help lists them all" "$B/snoopkit-check" --nosuch
	run -0 "$o" --parse-only --dur 1 --cgroupmap=/x --full_path -xT -p1,2 -n x
}

@test "all: a directory of cgroup v1 is called that" {
	needs_root
	mkdir "$T/v1"
	unshare -m sh -c "mount -t cgroup -o none,name=snoopkit none $T/v1" 2>/dev/null || skip "this kernel has no cgroup v1"
	run -1 --separate-stderr unshare -m sh -c "mount -t cgroup -o none,name=snoopkit none $T/v1 && exec $B/opensnoop --cgroup=$T/v1 -- true"
	[[ $stderr == "opensnoop: --cgroup: '$T/v1' is a cgroup v1 directory, which is not supported; "* ]]
}

@test "all: pages use no option that they don't explain, name pages that exist, and have a date" {
	# Of other packages
	known=" bash blktrace bpftool-feature fincore iostat iotop lsns mdadm perf-record script slabtop ss sysctl top tty vmstat "
	for page in man/*.8 man/*.7; do
		grep -q '^\.so ' "$page" && continue
		name=$(basename "${page%.[78]}")
		grep -qE '^\.TH [A-Z0-9-]+ [78] "20[0-9]{2}-[0-9]{2}-[0-9]{2}" ' "$page" || { echo "$page has no date"; return 1; }
		for other in $(sed -n '/^\.SH SEE ALSO/,$s/^\.BR \([^ ]*\) ([18]).*/\1/p' "$page" | sed 's/\\-/-/g'); do
			[ -e "man/$other.8" ] || [[ $known == *" $other "* ]] || { echo "$page: $other is no page"; return 1; }
		done
		[[ $name != snoopkit* ]] || continue
		"$B/$name" --options | cut -f2 >"$T/options"
		for o in $(sed -n '/^\.SH EXAMPLES/,/^\.SH OVERHEAD/s/^\.B //p' "$page" | sed 's/ \\-\\- .*//; s/\(\\-\\-exec\) .*/\1/' |
			grep -oE '\\-\\-[a-z][a-z\\-]*' | sed 's/\\-/-/g; s/^--//'); do
			grep -qx -e "$o" "$T/options" || { echo "$page: --$o is not explained"; return 1; }
			grep -qF "\\-\\-${o//-/\\-}\\fR" "$page" || { echo "$page: --$o is not among its OPTIONS"; return 1; }
		done
		# A number that stands for "never"
		run ! grep -n 'B.* 99999' "$page"
	done
}

@test "all: --once makes one report, at the end; --exec is an option" {
	for t in $TOOLS; do
		"$B/$t" --help | grep -q -e '--exec=COMMAND'
	done
	for t in biotop bpftop cachestat cachetop dcstat dirtop filetop tcptop vfsstat; do
		"$B/$t" --help | grep -q -e '--once'
		refused 2 "$t: --once and an interval exclude each other" "$B/$t" $(args_of $t) --once 7
	done
	refused 2 "biotop: no command after --exec" "$B/biotop" --exec
	run -0 "$B/biotop" --parse-only --exec=true
	run -0 "$B/biotop" --parse-only 99999 --exec true
	can_trace biotop || skip "this kernel can't trace"
	run -0 --separate-stderr "$B/biotop" --once --exec=sleep 2.2
	[ "$(grep -c ' loadavg: ' <<<"$output")" = 1 ]
	[ "$(sed -n 1p <<<"$output")" = "Tracing... Hit Ctrl-C to end" ]
	run -3 --separate-stderr "$B/biotop" --once -- sh -c "sleep 2.2; exit 3"
	[ "$(grep -c ' loadavg: ' <<<"$output")" = 1 ]
	run -0 --separate-stderr "$B/biotop" -- sleep 2.2
	[ "$(grep -c ' loadavg: ' <<<"$output")" = 3 ]
}

@test "all: constants and data can't be executed, code can't be written" {
	needs_command readelf
	for t in $TOOLS snoopkit-check; do
		# The flags and sections of each loaded segment
		readelf -lW "$B/$t" | awk '
			/^  [A-Z_]+ +0x/ { if ($1 == "LOAD") flags[n + 0] = $7 $8; n++ }
			/^   [0-9]/ && $1 + 0 in flags { print flags[$1 + 0], $0 }' >"$T/segments"
		[ "$(wc -l <"$T/segments")" -ge 2 ]
		grep -q ' \.rodata ' "$T/segments"
		grep -q ' \.text ' "$T/segments"
		run ! grep -E '^[RW]*E.* \.(rodata|data)' "$T/segments"
		run ! grep -E '^R?W.* \.text ' "$T/segments"
	done
}

@test "all: a damaged file of types is exit 1 and a sentence" {
	local f=tests/fuzz/corpus/btf/damaged-vlen
	needs_root
	for t in $TOOLS; do
		loads_bpf "$t" || continue
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
	[[ $stderr == "$t: SNOOPKIT_BTF: cannot read '/no/such/file': No such file or directory" ]]
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

@test "all: --compare with a file that is not the tool's own is exit 2 and a sentence" {
	local t rec other
	for t in $TOOLS; do
		"$B/$t" --help | grep -q -- ' --compare=' || continue
		rec=tests/golden/$t.rec args=
		[ $t != stackcount ] || args=vfs_open
		# shellcheck disable=SC2086
		"$B/$t" --json --replay $rec $args >"$T/own" 2>/dev/null
		other=$([ $t = profile ] && echo stackcount || echo profile)
		"$B/$other" --json --replay tests/golden/$other.rec $([ $other != stackcount ] || echo vfs_open) >"$T/other" 2>/dev/null
		echo hello >"$T/words"
		: >"$T/empty"
		head -c 100 "$T/own" >"$T/cut"
		sed -E '1!d; s/"(count|[a-z]*_?ns|bytes)":/&-/g' "$T/own" >"$T/negative"
		sed -E '1!d; s/^(\{"time":"[^"]*",)("[a-z]+":[^,]*,)/\1\2\2/' "$T/own" >"$T/twice"
		sed -E '1!d; s/("(count|[a-z]*_?ns|bytes)":)[0-9]+/\118446744073709551616/g' "$T/own" >"$T/huge"
		sed -E '1!d; s/"(kernel|stack|cause)":("[a-z ]*"|\[[^]]*\]|null)/"\1":7/' "$T/own" >"$T/number"
		for bad in words empty cut negative twice huge number other; do
			echo "$t with $bad"
			# shellcheck disable=SC2086
			exits_with_2 $t --compare "$T/$bad" --replay $rec $args
		done
		# Its fields are nearly those of profile.
		[ $t != stackcount ] || exits_with_2 $t -P --compare "$T/other" --replay $rec $args
		for bad in /no/such/file / /dev/zero; do
			# shellcheck disable=SC2086
			exits_with_2 $t --compare $bad --replay $rec $args
		done
		# With its own there is no difference, whatever form the output has.
		# shellcheck disable=SC2086
		"$B/$t" --json --compare "$T/own" --replay $rec $args 2>/dev/null >"$T/same"
		[ "$(grep -v '^{"compared' "$T/same")" = "$(cat "$T/own")" ]
		jq -se 'map(select(.compared).compared) | length > 0 and all(.now == .before and .difference_percent == 0)' "$T/same"
		tail -n 1 "$T/same" | jq -e '.compared_totals | .now == .before'
		if [ $t = memleak ]; then # of what is in use, the last report counts
			sed 's/"time":"1970/"time":"1969/; s/"bytes":/&9/' "$T/own" | cat - "$T/own" >"$T/reports"
			"$B/$t" --json --compare "$T/reports" --replay $rec 2>/dev/null | cmp - "$T/same"
		fi
		"$B/$t" --help | grep -q -- ' --folded' || continue
		# shellcheck disable=SC2086
		"$B/$t" -f --compare "$T/own" --replay $rec $args 2>/dev/null >"$T/folded"
		awk '$NF != $(NF - 1) { exit 1 }' "$T/folded"
		[ "$(wc -l <"$T/folded")" = "$(grep -c '^{"compared":' "$T/same")" ]
	done
}

@test "all: a COUNT of 0 is no limit" {
	can_trace biolatency || skip "biolatency can't trace here"
	[ "$("$B/biolatency" -T --duration 3 1 0 | grep -cEx '[0-9:]{8}')" -ge 2 ]
	[ "$("$B/biolatency" -T --duration 3 1 1 | grep -cEx '[0-9:]{8}')" = 1 ]
}

@test "all: top-like tools have the screen, and leave the last report on it" {
	local header args
	for t in $TOOLS; do
		case $t in
		biotop) header="PID     COMM" args= ;;
		bpftop) header="ID      TYPE" args= ;;
		cachetop) header="PID      UID" args= ;;
		dirtop) header="READS  WRITES" args="-d /" ;;
		filetop) header="TID     COMM" args= ;;
		tcptop) header="PID     COMM" args= ;;
		*) continue ;;
		esac
		# shellcheck disable=SC2086
		can_trace "$t" $args || continue
		"$W/pty" 200 100 "$B/$t" $args 1 <<-X
			wait q quit
			wait [$header
			size 10 60
			wait q quit
			size 200 100
			wait q quit
			kill 2
			end 0
			gone q quit
			wait $header
			show $T/text
		X
		"$W/pty" 200 100 "$B/$t" $args 1 1 <<-X
			wait [$header
			end 0
			gone q quit
			wait $header
		X
		# A command has the terminal to itself.
		"$W/pty" 200 100 "$B/$t" $args 1 -- sleep 1.5 <<-X
			wait $header
			gone [
			end 0
		X
		! "$B/$t" --noclear --parse-only $args 2>/dev/null || "$W/pty" 200 100 "$B/$t" -C $args 1 1 <<-X
			wait $header
			end 0
			gone [
		X
		# Without one, there are no control characters.
		"$B/$t" $args 1 1 >"$T/plain"
		not grep -q "$(printf '\033')" "$T/plain"
		grep -q "^$header" "$T/plain"
	done
}

@test "any kernel: a replayed report has the rows in the order that was asked for, and as many" {
	for s in rbytes wbytes; do
		"$B/filetop" --json -s $s --replay tests/golden/filetop.rec | jq ".$s" >"$T/$s"
		sort -rn "$T/$s" | diff - "$T/$s"
		[ "$(uniq "$T/$s" | wc -l)" -gt 1 ]
		run -0 "$B/filetop" --json -s $s -r 2 --replay tests/golden/filetop.rec
		[ "$(jq ".$s" <<<"$output")" = "$(head -n2 "$T/$s")" ]
	done
}
