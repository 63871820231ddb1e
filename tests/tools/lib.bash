# What the tests of all tools share.  A test traces one command whose program
# knows what it did and writes it down (tests/work/): no sleeps, no races.
bats_require_minimum_version 1.5.0

cd "$BATS_TEST_DIRNAME/../.." || exit 1
B=${SNOOPKIT_BUILD:-build}
W=$B/tests/work
T=$BATS_TEST_TMPDIR

# jq 1.6 takes 172 million instructions to start, gojq a tenth.
if command -v gojq >/dev/null; then
	jq() { gojq "$@"; }
fi

# not COMMAND...: "! COMMAND" fails no test, as `set -e` passes over it.
not() {
	! "$@"
}

# try_once TOOL [ARG...]: run it for nothing, once for all tests of this suite: $tried is what it said, and the status
# is its own.
try_once() {
	local file="${SNOOPKIT_PROBES:-} $*" status=0
	file=${file//[^A-Za-z0-9]/_}
	file=$BATS_SUITE_TMPDIR/tried.${file:0:200}
	if [ ! -e "$file" ]; then
		tried=$("$B/$1" "${@:2}" -- true 2>&1 >/dev/null) || status=$?
		printf '%s\n%s\n' $status "$tried" >"$file"
	fi
	{ read -r status; IFS= read -rd '' tried || true; } <"$file"
	return "$status"
}

# A tool that finds nothing to trace by on this kernel is skipped, with its own reason.  Only on
# the machine's own kernel: in the test kernels it must work.  Any other complaint is a failure.
needs_tool() {
	[ -n "${SNOOPKIT_VM:-}" ] && return
	try_once "$@" && return
	[[ $tried != *"cannot trace"* && $tried != *"permission denied"* ]] || skip "this kernel: ${tried%%$'\n'*}"
	echo "$tried"
	return 1
}

# Does this tool, with arguments that name a probe if it needs one, trace here?
can_trace() {
	[ -n "${SNOOPKIT_VM:-}" ] || try_once "$@"
}

# The tools, without their other names.  The guests have no sources: there the pages say.  Some tools are there only on
# machines that have what they need: mptcpify's hook, llcstat's counters, cpufreq's driver, criticalstat's tracepoints,
# ppchcalls' hypervisor, kvmexit's processors (x86), the server of dbslower and dbstat,
# the interpreters of uflow, ugc and ustat.
NOT_EVERYWHERE="cpufreq|criticalstat|dbslower|dbstat|llcstat|mptcpify|ppchcalls|uflow|ugc|ustat"
all_tools() {
	local absent=none t

	[ "$(uname -m)" = x86_64 ] || absent=kvmexit
	for t in ${NOT_EVERYWHERE//|/ }; do
		"$B/$t" -- true >/dev/null 2>&1 || absent="$absent|$t"
	done
	(cd man && grep -L '^\.so man8/' -- *.8 | sed 's/\.8$//' | grep -Ev "^(snoopkit-.*|$absent)$")
}

# Those of them that $TOOLS names; all, if it names none.
chosen_tools() {
	[ -n "${TOOLS:-}" ] || { all_tools; return; }
	all_tools | grep -xF "$(printf '%s\n' $TOOLS)" || :
}

# Has this tool BPF programs?  These list what there is, or remove it.
loads_bpf() {
	[[ " bpflist bps reset-trace tplist " != *" $1 "* ]]
}

# The arguments that a tool doesn't run without: the tool knows some that are likely to work.
args_of() {
	local trials
	case ${SNOOPKIT_VM:+$1} in
	mdflush) modprobe md_mod ;;
	rdmaucma) modprobe rdma_ucm ;;
	kvmexit) modprobe kvm ;;
	esac
	mapfile -t trials < <("$B/$1" --trials)
	echo "${trials[@]: -1}"
}

# Trace with this command, its output in $T/json.  A kernel that preempts skips probes on a CPU that is
# inside one, or where the tool is emptying its table: the tool says so, and there is no telling what
# those were, so it is run again.
traced() {
	local tries
	for tries in {1..8}; do
		"$@" >"$T/json" 2>"$T/err" || { cat "$T/err" >&2; return 1; }
		grep -Eq 'lost .* (probe hits|calls: the CPU)' "$T/err" || break
	done
	cat "$T/err" >&2
}

# as_often SEEN DUE: interrupts while a command ran.  Before and after it there are some, too.  The kernels of
# some hosts run no BPF program while a process of theirs runs.
as_often() {
	[ "$1" -ge "$2" ] || { [ -z "${SNOOPKIT_VM:-}" ] && [ "$1" -ge $(($2 * 9 / 10 - 3)) ]; }
	[ "$1" -le $(($2 * 11 / 10 + 100)) ]
}

# Of this JSON.  What a preempting kernel skipped may be another program's: of the one that is looked at,
# rows would be missing.
nothing_lost() {
	jq -c '.lost // empty | del(.nested) | select(. != {})' "$1" >"$T/lost"
	[ ! -s "$T/lost" ] || { cat "$T/lost"; return 1; }
}

needs_root() {
	[ "$(id -u)" = 0 ] || skip "not root"
}

needs_command() {
	command -v "$1" >/dev/null || skip "no $1 on this machine"
}

# Print both sides if they differ.
same() {
	diff -u --label expected "$1" --label traced "$2"
}

# with_tracepoints COMMAND...: as if the kernel had all raw tracepoints that the tool asks for; $W/rawtp hits them.
with_tracepoints() {
	LD_PRELOAD=$(readlink -f "$W/attaches.so") ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}verify_asan_link_order=0 "$@"
}

# frameless TOOL [ARG...]: trace 20 calls of a program without frame pointers, whose rules are read before.  Each calls
# plain_one(), plain_two(), plain_three() and spin(), which calls getppid(2), then sleeps for 2 ms.
FRAMELESS=$W/chains
frameless() {
	rm -f "$T/go" "$T/over"
	mkfifo "$T/go" "$T/over"
	"$FRAMELESS" "$T/expected" calls 20 <>"$T/go" 1<>"$T/over" 3>&- &
	read -rt 60 <>"$T/over"
	"$@" -p $! -- sh -c "echo >$T/go; exec cat $T/over"
}

# chains_in FIELD: how many user stacks of each kind are in $T/json, as "FUNC main;...;innermost N".  N is "count" where
# there is one.
chains_in() {
	jq -sr --arg stack "$1" 'map(select(has($stack)) | .n = (.count // 1) |
		.chain = (.[$stack] | reverse | map(sub("[+]0x.*"; "")) | join(";") | sub("^(.*;)?main"; "main"))) |
		group_by([.func, .chain])[] | "\(.[0].func // "-") \(.[0].chain) \(map(.n) | add)"' "$T/json" | sort >"$T/chains"
	cat "$T/chains"
}
