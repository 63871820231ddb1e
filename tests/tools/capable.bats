load lib

setup() {
	needs_tool capable
}

ROW='[.pid, .tid, .uid, .comm, .cap, .name, .audit, .insetid, .errno]'

# Trace this workload with these options; what the tool must say of it is in $T/expected.
trace_caps() {
	local work=$1
	shift
	# shellcheck disable=SC2086
	traced "$B/capable" --json "$@" -- "$W/caps" "$T/did" $work
	nothing_lost "$T/json"
	# A tracepoint, if there is nothing better, does not tell these.
	if [ -z "${SNOOPKIT_VM:-}" ] && jq -se 'length > 0 and all(.audit == null)' "$T/json"; then
		jq -c '.[6:8] = [null, null]' "$T/did" >"$T/expected"
		untold=1
	else
		jq -c . "$T/did" >"$T/expected"
		untold=
	fi
}

rows_of() {
	jq -c "select(.comm == (\"$1\", \"$2\", \"$3\")) | $ROW" "$T/json"
}

@test "capable: each check, allowed and denied, with the kernel's flags" {
	trace_caps ways
	grep -E '"(a thread|all allowed|denied)"' "$T/expected" | sort >"$T/some"
	rows_of "a thread" "all allowed" denied | sort | same "$T/some" -
	[ "$(wc -l <"$T/some")" = 11 ]
	jq -e 'select(.comm == "denied") | .verdict == "deny" and .userns > 4026531834' "$T/json"
	jq -se 'map(select(.comm == "all allowed") | .verdict) | unique == ["allow"]' "$T/json"
	# Ours is not there.
	"$B/capable" --json -v -- sh -c "echo \$PPID >$T/tool; cat /etc/hostname >/dev/null" >"$T/json"
	not jq -e "select(.pid == $(cat "$T/tool"))" "$T/json"
}

@test "capable: -v also shows checks that are not audited" {
	trace_caps ways -v
	rows_of "not audited" >"$T/rows"
	grep '"not audited"' "$T/expected" | same - "$T/rows"
	[ "$(wc -l <"$T/rows")" = 5 ]
	trace_caps ways
	[ -n "$untold" ] || [ -z "$(rows_of "not audited")" ]
}

@test "capable: -d, -p and -u choose checks" {
	trace_caps ways -d
	jq -se 'all(.verdict == "deny" and .errno > 0)' "$T/json"
	grep '"denied"' "$T/expected" | same - <(rows_of denied)
	trace_caps ways -u 12345
	grep '"denied"' "$T/expected" | same - <(rows_of denied)
	jq -se 'all(.uid == 12345)' "$T/json"
	trace_caps ways -p "1,$$"
	[ -z "$(rows_of denied "all allowed" allowed)" ]
}

@test "capable: --unique shows a check once, or once for each stack, also of a cgroup" {
	trace_caps "many 20"
	rows_of many | same "$T/expected" -
	for options in "" -K; do
		# shellcheck disable=SC2086
		trace_caps "many 20" --unique $options
		rows_of many | jq -c '.[5]' | same <(printf '"%s"\n' CAP_SYS_PACCT CAP_SYS_CHROOT) -
	done
	trace_caps "many 20" --unique -U
	rows_of many | jq -c '.[5]' | same <(printf '"%s"\n' CAP_SYS_PACCT CAP_SYS_PACCT CAP_SYS_CHROOT) -
	"$B/capable" --json --unique -- sh -c "$W/caps $T/did many 5; $W/caps $T/did many 5" >"$T/json"
	[ "$(rows_of many | wc -l)" = 4 ]
	root=$(awk '$3 == "cgroup2" { print $2; exit }' /proc/mounts)
	[ -n "$root" ] || return 0
	"$B/capable" --json --unique --cgroup "$root" -- sh -c "$W/caps $T/did many 5; $W/caps $T/did many 5" >"$T/json"
	[ "$(rows_of many | wc -l)" = 2 ]
}

@test "capable: -K and -U show stacks, also of a process that has ended" {
	trace_caps "many 3" -KU
	jq -c 'select(.comm == "many" and .cap == 20) | .user_stack | map(select(startswith("one_place+") or startswith("other_place+")) | .[:3])' "$T/json" >"$T/places"
	[ "$(paste -sd' ' "$T/places")" = '["one"] ["oth"] ["one"] ["oth"] ["one"] ["oth"]' ]
	jq -se 'map(select(.comm == "many" and .cap == 20)) | all(.kernel_stack | any(contains("sys_acct+") or contains("sys_acct ")))' "$T/json"
	"$B/capable" -KU -- "$W/caps" "$T/did" many 1 >"$T/text"
	grep -Eq '^ {8}[a-z0-9_.]+sys_acct\+0x[0-9a-f]+ \[kernel\]$' "$T/text"
	grep -Eq '^ {8}one_place\+0x[0-9a-f]+ \[caps\]$' "$T/text"
}

@test "capable: headers and rows are BCC's" {
	"$B/capable" -- "$W/caps" "$T/did" ways >"$T/text"
	head -n 1 "$T/text" | same <(echo "TIME      UID    PID    COMM             CAP  NAME                 AUDIT") -
	pid=$(jq -r 'select(.[3] == "denied" and .[4] == 18) | .[0]' "$T/did")
	grep -Eqx "[0-9:]{8}  12345  $(printf %-6d "$pid") denied           18   CAP_SYS_CHROOT       (1|N/A)" "$T/text"
	"$B/capable" -xr -- "$W/caps" "$T/did" ways >"$T/text"
	head -n 1 "$T/text" | same <(echo "TIME      UID    PID    TID    COMM             CAP  NAME                 AUDIT  INSETID VERDICT") -
	pid=$(jq -r 'select(.[3] == "denied" and .[4] == 7) | .[0]' "$T/did")
	grep -Eqx "[0-9:]{8}  12345  $(printf '%-6d %-6d' "$pid" "$pid") denied           7    CAP_SETUID           (1     |N/A   ) (1      |N/A    ) deny" "$T/text"
}
