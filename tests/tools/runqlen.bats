load lib
load switches

setup() {
	needs_tool runqlen
}

# The processes in these files shared the first CPU, and the kernel says how long each waited.  Together that is, for each
# second that they were there, how many waited at once.  Is the queue as long while there is one?  An emulator
# skips samples, so their number tells nothing.  OTHERS may wait, too, and more of them on a machine's own kernel.
waited() {	# OTHERS EXPECTED...
	local first seen due
	first=$(sed -n 's/^Cpus_allowed_list:[^0-9]*\([0-9]*\).*/\1/p' /proc/self/status)
	seen=$(jq -s "map(select(.cpu == $first)) | .[0] | (.runqlen | map(.lo * .count) | add) * 100 / .occupied | floor" "$T/json")
	due=$(jq -s '(map(.[3]) | add) * 100 / (map(.[5]) | max) | floor' "${@:2}")
	echo "hundredths of a task: $seen, due were $due"
	[ "$due" -gt 100 ]
	[ "$seen" -ge $((due * (${#SNOOPKIT_VM} ? 85 : 75) / 100)) ]
	[ -z "${SNOOPKIT_VM:-}" ] || [ "$seen" -le $((due * 115 / 100 + 100 * $1)) ]
}

@test "runqlen: the queue is as long as processes wait" {
	"$B/runqlen" --json -C -f 199 -- "$W/switches" "$T/expected" burn=4,250 >"$T/json"
	cat "$T/json" "$T/expected"
	waited 0 "$T/expected"
	jq -se 'length > 0 and all(.samples == (.runqlen | map(.count) | add) and
		.occupied == (.runqlen | map(select(.lo > 0).count) | add // 0) and
		all(.runqlen[]; .lo == .hi) and (.occupied_percent - 100 * .occupied / .samples | fabs) < 0.01)' "$T/json"
}

@test "runqlen: tasks of other cgroups, and real-time tasks, are in the queue, too" {
	root=$(awk '$3 == "cgroup2" { print $2; exit }' /proc/mounts)
	if [ -n "$root" ] && grep -qw cpu "$root/cgroup.controllers"; then
		had=$(grep -cw cpu "$root/cgroup.subtree_control" || :)
		[ "$had" = 1 ] || echo +cpu >"$root/cgroup.subtree_control"
		mkdir -p "$root/runqlen-a" "$root/runqlen-b"
		for g in a b; do
			echo "(echo 0 >'$root/runqlen-$g/cgroup.procs'; exec '$W/switches' '$T/expected-$g' burn=2,250) &"
		done >"$T/both"
		echo wait >>"$T/both"
		"$B/runqlen" --json -C -f 199 -- sh "$T/both" >"$T/json"
		rmdir "$root/runqlen-a" "$root/runqlen-b"
		[ "$had" = 1 ] || echo -cpu >"$root/cgroup.subtree_control"
		cat "$T/json" "$T/expected-a" "$T/expected-b"
		waited 0 "$T/expected-a" "$T/expected-b"
	fi
	if chrt -r 1 true; then
		"$B/runqlen" --json -C -f 199 -- chrt -r 1 "$W/switches" "$T/expected" burn=3,200 >"$T/json"
		cat "$T/json" "$T/expected"
		# Whatever is not real-time waits until they have ended.
		waited 5 "$T/expected"
	fi
}

@test "runqlen: -C tells CPUs apart, -f chooses how often they are sampled, and idle ones have no queue" {
	cpus=$(grep -c ^processor /proc/cpuinfo)
	"$B/runqlen" --json -f 97 1 1 >"$T/json"
	jq -se 'length == 1 and (.[0] | has("cpu") | not)' "$T/json"
	"$B/runqlen" --json -C -f 97 2 1 >"$T/json"
	cat "$T/json"
	# One row for each CPU, in order.  On a machine's own kernel, some samples can be missing.
	if [ -n "${SNOOPKIT_VM:-}" ]; then
		jq -se "map(.cpu) == [range($cpus)]" "$T/json"
		jq -se 'all(.samples >= 50 and .samples <= 260)' "$T/json"
		jq -se 'all(.occupied_percent < 20)' "$T/json"
	else
		jq -se 'length > 0 and all(.samples > 0 and .samples <= 260)' "$T/json"
	fi
	# The burners are all on the first CPU.
	"$B/runqlen" --json -C -f 97 -- "$W/switches" "$T/expected" burn=4,250 >"$T/json"
	cat "$T/json"
	first=$(sed -n 's/^Cpus_allowed_list:[^0-9]*\([0-9]*\).*/\1/p' /proc/self/status)
	jq -se "(map(select(.cpu == $first).runqlen[] | select(.lo >= 2).count) | add) > 20" "$T/json"
	[ -z "${SNOOPKIT_VM:-}" ] || jq -se "map(select(.cpu != $first).runqlen[] | select(.lo >= 2).count) | add // 0 | . < 5" "$T/json"
}

@test "runqlen: text is BCC's" {
	"$B/runqlen" -f 99 -- "$W/switches" "$T/expected" burn=3,100 >"$T/text"
	cat "$T/text"
	[ "$(sed -n 1p "$T/text")" = "Sampling run queue length... Hit Ctrl-C to end." ]
	[ -z "$(sed -n 2p "$T/text")" ]
	[ "$(sed -n 3p "$T/text")" = "     runqlen       : count     distribution" ]
	sed 1,3d "$T/text" | not grep -Evx '        [0-9]{1,10} +: [0-9]+ +\|\** *\|'
	[ "$(sed 1,3d "$T/text" | awk '{ print $1 }')" = "$(seq 0 $(($(wc -l <"$T/text") - 4)))" ]
	"$B/runqlen" -T -C -H 1 2 >"$T/text"
	cat "$T/text"
	[ "$(grep -Ecx '[0-9]{2}:[0-9]{2}:[0-9]{2}' "$T/text")" = 2 ]
	grep -A1 -x 'cpu = [0-9]*' "$T/text" | grep -qx "     runqlen       : count     distribution"
	[ -z "$(grep -B1 -m1 -x 'cpu = [0-9]*' "$T/text" | head -n 1)" ]
	"$B/runqlen" -O 1 2 >"$T/text"
	[ "$(grep -Ecx 'runqocc: [0-9]+\.[0-9]{2}%' "$T/text")" = 2 ]
	"$B/runqlen" -OC 1 1 >"$T/text"
	cat "$T/text"
	sed 1,2d "$T/text" | grep -Eqx 'runqocc, CPU [0-9]{1,3} +[0-9]+\.[0-9]{2}%'
	not grep -q '^cpu' "$T/text"
}

@test "runqlen: bad command lines are usage errors; too many samples are refused" {
	for bad in "-f 0" "-f x" "0 1 2" "x" "-p 1"; do
		run -2 --separate-stderr "$B/runqlen" $bad
		[ -z "$output" ]
		[ "${#stderr_lines[@]}" = 1 ]
	done
	run -1 --separate-stderr "$B/runqlen" -f 999999 1 1
	[[ $stderr == *kernel.perf_event_max_sample_rate* ]]
}
