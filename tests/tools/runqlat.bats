load lib
load switches

setup() {
	needs_tool runqlat
}

trace() {	# ARGUMENTS -- PARTS
	trace_switches runqlat "$@"
	nothing_lost "$T/json"
	cat "$T/expected"
}

# The sum of a key of the rows of a part's processes.
seen() {	# PART KEY
	rows_of "$1" "map(.$2) | add // 0"
}

@test "runqlat: processes that share a CPU wait as long as the kernel says" {
	trace -P -- burn=3,300 pair=500
	near "$(seen burn total_ns)" "$(expected burn 3)"
	for part in burn ping pong; do
		exactly "$(seen $part count)" "$(expected $part 4)" 3
	done
	# The buckets hold what the sum and the count say.
	jq -se 'all((.usecs | map(.count) | add) == .count and
		(.usecs | map(.lo * .count) | add) * 1000 <= .total_ns and
		(.usecs | map((.hi + 1) * .count) | add) * 1000 >= .total_ns)' "$T/json"
	jq -se 'all(.pid > 0 and has("comm") and (has("tid") | not) and (has("pidns") | not))' "$T/json"
}

@test "runqlat: -p and -c choose processes, -L and --pidnss tell them apart" {
	mkfifo "$T/go"
	"$W/switches" "$T/e" fifo="$T/go" burn=2,100 &
	"$B/runqlat" --json -p $! -- sh -c "echo >$T/go; while kill -0 $!; do sleep 0.1; done" >"$T/json" 2>/dev/null
	# It waits itself; its children, which burn, are other processes.
	jq -se 'length == 1 and .[0].count > 0 and .[0].total_ns < 300000000' "$T/json"
	trace -L -- burn=2,200
	near "$(seen burn total_ns)" "$(expected burn 3)"
	jq -se 'any(.comm == "switches" and .tid == .pid)' "$T/json"
	trace --pidnss -- burn=2,200
	ns=$(readlink /proc/self/ns/pid | tr -dc 0-9)
	[ "$(jq -s "map(select(.pidns == $ns).total_ns) | add" "$T/json")" -ge $(($(expected burn 3) * 98 / 100)) ]
	root=$(awk '$3 == "cgroup2" { print $2; exit }' /proc/mounts)
	[ -n "$root" ] || return 0
	mkdir -p "$root/runqlat-test/below"
	"$B/runqlat" --json -P -c "$root/runqlat-test" -- sh -c \
		"$W/switches $T/e1 burn=2,50; echo 0 >$root/runqlat-test/below/cgroup.procs
		exec $W/switches $T/expected burn=2,100" >"$T/json"
	rmdir "$root/runqlat-test/below" "$root/runqlat-test"
	[ "$(jq -s --slurpfile e "$T/e1" 'map(select(.pid as $p | $e | any(.[1] == $p))) | length' "$T/json")" = 0 ]
	near "$(seen burn total_ns)" "$(expected burn 3)"
}

@test "runqlat: in a PID namespace it knows the PIDs of that" {
	needs_root
	unshare -p -f --mount-proc sh -c "'$B/runqlat' --json -P -- '$W/switches' '$T/expected' burn=2,100 >'$T/json'"
	near "$(seen burn total_ns)" "$(expected burn 3)"
	[ "$(jq -n 'input[1]' "$T/expected")" -lt 100 ]
}

@test "runqlat: a process is named by the program that it executed last" {
	named_by_last_program runqlat
}

@test "runqlat: -P and -L show all processes outside its PID namespace as one, without a name" {
	needs_root
	one_row_outside runqlat -P
	one_row_outside runqlat -L
	jq -se 'map(select(.pid == 0)) | length == 1 and .[0].tid == 0' "$T/json"
}

@test "runqlat: text is BCC's" {
	"$B/runqlat" -- "$W/switches" "$T/expected" burn=2,50 >"$T/text"
	[ "$(sed -n 1p "$T/text")" = "Tracing run queue latency... Hit Ctrl-C to end." ]
	[ "$(sed -n 2p "$T/text")" = "" ]
	[ "$(sed -n 3p "$T/text")" = "     usecs               : count     distribution" ]
	[[ "$(sed -n 4p "$T/text")" =~ ^"         0 -> 1          : "[0-9\ ]{8}" |"[*\ ]{40}"|"$ ]]
	"$B/runqlat" -Pm -- "$W/switches" "$T/expected" burn=2,50 >"$T/text"
	pid=$(jq -n 'input[1]' "$T/expected")
	[ "$(grep -A1 -B1 -x "pid = $pid" "$T/text")" = "
pid = $pid
     msecs               : count     distribution" ]
	"$B/runqlat" -L -- "$W/switches" "$T/expected" burn=2,50 >"$T/text"
	grep -qx "tid = $(jq -n 'input[1]' "$T/expected")" "$T/text"
	"$B/runqlat" --pidnss -- "$W/switches" "$T/expected" burn=2,50 >"$T/text"
	grep -Eqx 'pidns = [0-9]+' "$T/text"
	"$B/runqlat" -T 1 2 >"$T/text"
	[ "$(grep -Ec '^[0-9]{2}:[0-9]{2}:[0-9]{2}$' "$T/text")" = 2 ]
}

@test "runqlat: bad command lines are usage errors" {
	for bad in 0 "1 2 3" "-p x" "-p 0" "--pids=1"; do
		run -2 --separate-stderr "$B/runqlat" $bad
		[ -z "$output" ]
		[ "${#stderr_lines[@]}" = 1 ]
	done
}
