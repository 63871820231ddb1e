load lib

setup() {
	needs_tool oomkill
}

# The truth, and what is traced, without the bytes: those are only a lower limit.
traced_kills() {
	jq -c '[.pid, .comm, .trigger_pid, .trigger_comm, .victim_cgroup, .cause, .limit_cgroup, .limit_bytes]' "$T/json"
}

# Trace this workload.  A kernel with neither fentry nor kprobes tells who was killed, but not why.
kills() {
	local bytes n
	"$B/oomkill" --json -- "$W/ooms" "$T/did" "$1" >"$T/json" 2>"$T/err" ||
		{ [ $? = 77 ] && skip "no memory cgroups of this kind"; }
	cat "$T/err" >&2
	if grep -q 'not seen on this kernel: what ran out of memory' "$T/err"; then
		[ -z "${SNOOPKIT_VM:-}" ]
		jq -c '.[:5] + [null, null, null]' "$T/did" | sort >"$T/expected"
	else
		jq -c '.[:8]' "$T/did" | sort >"$T/expected"
	fi
	nothing_lost "$T/json"
	traced_kills | sort | same "$T/expected" -
	# The memory of those that were meant to be killed: what they had touched, and not much more.
	bytes=$(jq -n 'input[8]' "$T/did")
	n=$(grep -vc '"a trigger",[0-9]*,"a trigger"' "$T/did")
	[ "$(jq -c "select(.rss_bytes >= $bytes - 1000000 and .oom_score_adj == 1000 and .uid == 0)" "$T/json" | wc -l)" = "$n" ]
	[ "$1" != shared ] || jq -se ".[0].rss_bytes < $bytes + 8000000" "$T/json"
}

@test "oomkill: in the victim's cgroup, not the killer's: the limit is one that they share" {
	kills shared
	[ -z "${SNOOPKIT_VM:-}" ] || jq -se '.[0] | .usage_bytes > 46000000 and .usage_bytes <= .limit_bytes and
		.pages == .limit_bytes / 4096 and .order == 0' "$T/json"
}

@test "oomkill: a process that runs into its own limit; all of a cgroup (memory.oom.group)" {
	kills own
	[ "$(wc -l <"$T/did")" = 1 ]
	kills group
	[ "$(wc -l <"$T/did")" = 3 ]
}

@test "oomkill: of the machine: it is out of memory, or somebody asks (sysrq)" {
	[ -n "${SNOOPKIT_VM:-}" ] || skip "only in a guest: it takes the machine's memory"
	"$B/oomkill" --json -- "$W/ooms" "$T/did" sysrq >"$T/json"
	jq -c '.[:2] + .[4:8]' "$T/did" >"$T/expected"
	jq -c '[.pid, .comm, .victim_cgroup, .cause, .limit_cgroup, .limit_bytes]' "$T/json" | same "$T/expected" -
	jq -e '.trigger_comm | startswith("kworker")' "$T/json"
	"$B/oomkill" --json -- "$W/ooms" "$T/did" machine >"$T/json"
	# Any process may have been the one that found none.
	jq -c '.[:2] + .[4:8]' "$T/did" >"$T/expected"
	traced_kills | jq -c '.[:2] + .[4:8]' | same "$T/expected" -
	jq -e ".rss_bytes > $(jq 'input[8]' -n "$T/did") and .pages > 100000" "$T/json"
}

@test "oomkill: -p, -u and --cgroup choose victims" {
	for none in "-p $$,1" "-u 65534"; do
		# shellcheck disable=SC2086
		"$B/oomkill" --json $none -- "$W/ooms" "$T/did" own >"$T/json" || { [ $? = 77 ] && skip "no memory cgroups"; }
		[ ! -s "$T/json" ]
	done
	"$B/oomkill" --json -u 0 -- "$W/ooms" "$T/did" own >"$T/json"
	[ "$(jq .pid "$T/json")" = "$(jq -n 'input[0]' "$T/did")" ]
	[ -n "${SNOOPKIT_VM:-}" ] || return 0
	# Both processes leave this cgroup; only their parent stays.
	mkdir /sys/fs/cgroup/elsewhere
	"$B/oomkill" --json --cgroup /sys/fs/cgroup/elsewhere -- sh -c "
		echo 0 >/sys/fs/cgroup/elsewhere/cgroup.procs
		$W/ooms $T/did shared; echo 0 >/sys/fs/cgroup/cgroup.procs" >"$T/json"
	rmdir /sys/fs/cgroup/elsewhere
	[ -s "$T/did" ]
	[ ! -s "$T/json" ]
}

@test "oomkill: the line is BCC's, and lines below it say whose memory" {
	"$B/oomkill" -- "$W/ooms" "$T/did" shared >"$T/text" || { [ $? = 77 ] && skip "no memory cgroups"; }
	[ "$(head -n 1 "$T/text")" = "Tracing OOM kills... Ctrl-C to stop." ]
	IFS=, read -r pid _ trigger _ cgroup _ limit _ <<<"$(jq -rn 'input | map(tostring) | join(",")' "$T/did")"
	line() { sed -n "$1p" "$T/text"; }
	line 2 | grep -Ex "[0-9:]{8} Triggered by PID $trigger \(\"a trigger\"\), OOM kill of PID $pid \(\"a victim\"\), ([0-9]+|\?) pages, loadavg: [0-9.]+ [0-9.]+ [0-9.]+ [0-9]+/[0-9]+ [0-9]+"
	victim=3
	if [ -n "${SNOOPKIT_VM:-}" ]; then
		line 3 | grep -Ex "  Out of memory: cgroup $limit, limit 49152 KiB, usage 4[89][0-9]{3} KiB"
		victim=4
	fi
	line $victim | grep -Ex "  Victim: cgroup $cgroup, RSS [0-9]+ KiB, UID 0, oom_score_adj 1000"
	[ "$(wc -l <"$T/text")" = $((1 + (victim - 1) * $(wc -l <"$T/did"))) ]
}
