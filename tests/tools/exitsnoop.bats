load lib

setup() {
	needs_tool exitsnoop
}

# [pid,ppid,comm,code,signal,core] of the workload's children.
children() {
	parent=$(jq -n 'input[1]' "$T/expected")
	jq -c "select(.ppid == $parent) | [.pid, .ppid, .pcomm, .exit_code,
		(.signal | {\"KILL\": 9, \"SEGV\": 11, \"ABRT\": 6, \"RTMIN+2\": 36}[. // \"\"] // 0), .core_dumped]" "$T/json"
}

@test "exitsnoop: each process ends once, with the code or signal that its parent gets" {
	traced "$B/exitsnoop" --json -- "$W/exits" "$T/expected"
	children | sort >"$T/children"
	sort "$T/expected" | same - "$T/children"
	[ "$(wc -l <"$T/children")" = 68 ]
	nothing_lost "$T/json"
	parent=$(jq -n 'input[1]' "$T/expected")
	jq -e "select(.pid == $parent) | .age_ns > 0 and .age_ns < 600000000000 and .tid == .pid and .last" "$T/json"
}

@test "exitsnoop: -T shows each thread" {
	traced "$B/exitsnoop" --json -T -- "$W/exits" "$T/expected" threads
	pid=$(jq -n 'input[0]' "$T/expected")
	[ "$(jq -r "select(.pid == $pid) | .tid" "$T/json" | sort -u | wc -l)" = 1001 ]
	[ "$(jq -c "select(.pid == $pid and .last) | [.tid, .exit_code]" "$T/json")" = "[$pid,0]" ]
	nothing_lost "$T/json"
	# The same under BCC's name and libbpf-tools'
	for option in --per-thread --threaded; do
		"$B/exitsnoop" --json $option -- sh -c 'exit 3' >"$T/json" || [ $? = 3 ]
		jq -se 'any(.exit_code == 3 and .last)' "$T/json"
	done
}

@test "exitsnoop: -x, -p and -u choose; -p ends with the process" {
	"$B/exitsnoop" --json -x -- "$W/exits" "$T/expected" >"$T/json"
	children | sort >"$T/children"
	grep -v ',0,0,' "$T/expected" | sort | same - "$T/children"
	[ "$(wc -l <"$T/children")" = 17 ]
	"$B/exitsnoop" --json -u 54321 -- "$W/exits" "$T/expected" >"$T/json"
	[ -z "$(children)" ]
	mkfifo "$T/go"
	sh -c "read -r _ <$T/go; exit 23" &
	first=$!
	sh -c "read -r _ <$T/go; exit 24" &
	"$B/exitsnoop" -p $first,$! >"$T/text" &
	traced=$!
	for _ in {1..300}; do
		not grep -q PCOMM "$T/text" || break
		sleep 0.1
	done
	printf '\n\n' >"$T/go"
	wait $traced
	[ "$(awk '{ print $1, $NF }' "$T/text" | sort)" = "PCOMM EXIT_CODE
sh 23
sh 24" ]
	# Also if the same is named twice, or other options leave its row out.
	for also in "" "-x" "-u 54321"; do
		sh -c "read -r _ <$T/go" &
		first=$!
		: >"$T/text"
		# shellcheck disable=SC2086
		timeout 30 "$B/exitsnoop" -p $first,$first $also >"$T/text" 3>&- &
		traced=$!
		for _ in {1..300}; do
			not grep -q PCOMM "$T/text" || break
			sleep 0.1
		done
		echo >"$T/go"
		wait $traced
		[ "$(wc -l <"$T/text")" = "$([ -n "$also" ] && echo 1 || echo 2)" ]
	done
}

@test "exitsnoop: the text is BCC's" {
	export TZ=UTC
	"$B/exitsnoop" -- "$W/exits" "$T/expected" >"$T/text"
	head -n 1 "$T/text" | same <(echo "PCOMM            PID     PPID    TID     AGE(s)  EXIT_CODE") -
	pid=$(jq -r 'select(.[3] == 77) | .[0]' "$T/expected")
	grep -Eqx "exits            $pid +[0-9]+ +$pid +[0-9.]+ +code 77" "$T/text"
	grep -Eqx "exits  .* [0-9.]+ +0" "$T/text"
	grep -Eqx "killed  .* [0-9.]+ +signal 9 \(KILL\)" "$T/text"
	grep -Eqx "killed  .* [0-9.]+ +signal 36 \(RTMIN\+2\)" "$T/text"
	grep -Eq '^bad\\033name ' "$T/text"
	"$B/exitsnoop" -t --label "" -- "$W/exits" "$T/expected" >"$T/text"
	head -n 1 "$T/text" | same <(echo "TIME-UTC     LABEL PCOMM            PID     PPID    TID     AGE(s)  EXIT_CODE") -
	grep -Eq "^[0-9:]{8}\.[0-9]{3} exit  exits  .* code 77$" "$T/text"
	TZ=XYZ-5 "$B/exitsnoop" -t -- true | grep -q '^TIME-XYZ     PCOMM'
	# Two clocks: five hours apart.
	TZ=XYZ-5 "$B/exitsnoop" --utc --label=a-label -- true >"$T/text"
	grep -q '^TIME-UTC     LABEL PCOMM' "$T/text"
	seen=$(sed -n 's/:.*a-labeltrue .*//p' "$T/text")
	[ "$seen" = "$(date -u +%H)" ] || [ "$seen" = "$(date -u -d '10 seconds ago' +%H)" ]
}
