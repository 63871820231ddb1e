load lib

setup() {
	needs_tool execsnoop
	D=$T/dir
	mkdir "$D"
	cp "$W/execs" "$D/plain"
	# System call tracepoints, if there is nothing better, don't see 32-bit programs.
	[ -z "${SNOOPKIT_VM:-}" ] || export EXECS_32BIT=1
}

# trace MODE ARG OPTION...: makes $T/expected, $T/traced (JSON), and $T/execs, the execs of the workload in the
# form that it writes.
trace() {
	"$B/execsnoop" --json "${@:3}" -- "$W/execs" "$T/all" "$1" "$2" >"$T/traced"
	sed 1d "$T/all" | jq -c . >"$T/expected"
	jq -c --argjson w "$(head -1 "$T/all")" --arg all "$T/all" \
		'select((.pid == $w or .ppid == $w or .pcomm == "plain") and .args[1] != $all) |
		[.pid,.tid,.ppid,.uid,.comm,.pcomm,.cpu,.ret,.cwd,.args]' "$T/traced" >"$T/execs"
}

# How many events were lost, by the JSON file $1.
lost() {
	jq -s 'map(.lost // empty | (.events // 0) + (.nested // 0)) | max // 0' "$1"
}

@test "execsnoop: every way to execute a program, with all its arguments" {
	trace ways "$D"
	same "$T/expected" "$T/execs"
	[ "$(jq -s 'map(select(.cut)) | length' "$T/traced")" = 0 ]
	jq -se 'map(.args | length) | max == 3001' "$T/traced"
	jq -se 'map(.args[]? | length) | max == 100000' "$T/traced"
}

@test "execsnoop: -x shows what failed, too" {
	trace fails "$D" -x
	same "$T/expected" "$T/execs"
	trace fails "$D"
	[ ! -s "$T/execs" ]
	# an exec by a thread returns with another ID, and must not count as a missed return
	trace ways "$D" -x
	same "$T/expected" "$T/execs"
	nothing_lost "$T/traced"
}

@test "execsnoop: 1.5 MB of arguments; without room for them, they are cut and counted" {
	trace long "$D" --buffer 8M
	same "$T/expected" "$T/execs"
	trace long "$D" --buffer 16K
	jq -c '.[0:9]' "$T/expected" >"$T/heads"
	jq -c '.[0:9]' "$T/execs" | same "$T/heads" -
	jq -se 'map(select(.args[0] // "" | endswith("/plain")))[0].cut' "$T/traced"
	jq -se 'map(.lost.cut // 0) | max == 1' "$T/traced"
}

@test "execsnoop: -n, -l, -u, -P choose" {
	trace ways "$D" -n '^(pl|scr)[a-z]+(_3)?$'
	jq -c 'select(.[4] | test("^(plain|script|script_3)$"))' "$T/expected" | same - "$T/execs"
	trace ways "$D" -l 'plain -[12]$|before x+ after'
	jq -c 'select(.[9] | join(" ") | test("plain -[12]$|before x+ after"))' "$T/expected" >"$T/chosen"
	[ "$(wc -l <"$T/chosen")" -ge 1 ]
	same "$T/chosen" "$T/execs"
	for uid in nobody 65534; do
		trace user 65534 -u $uid
		same "$T/expected" "$T/execs"
		[ "$(jq -s 'map(select(.uid != 65534 and .args)) | length' "$T/traced")" = 0 ]
	done
	# the command is the tool's child, but what it starts is not
	sh -c 'exec "$@" -P $$ -- sh -c "cat /dev/null; true"' - "$B/execsnoop" --json >"$T/traced"
	jq -r .comm "$T/traced" | same - <(echo sh)
	run -2 --separate-stderr "$B/execsnoop" -n '(a'
	[[ $stderr == "execsnoop: --name: '(a' is not a regular expression: "* ]]
	run -2 "$B/execsnoop" --max-args 0
	run -2 "$B/execsnoop" -u no-such-user
	run -2 "$B/execsnoop" -P 1x
}

@test "execsnoop: in a PID namespace, PIDs of programs and parents are its own" {
	needs_root
	export B T
	cat >"$T/inside" <<-'EOF'
		"$B/execsnoop" --json -- sh -c 'env true & echo "$! $$ true" >"$T/expected"; wait' >"$T/json"
	EOF
	unshare -p -f --mount-proc sh "$T/inside"
	jq -r 'select(.comm == "true" and .pid > 0) | [.pid, .ppid, .comm] | join(" ")' "$T/json" | same "$T/expected" -
}

@test "execsnoop: headers and rows are BCC's" {
	while IFS='|' read -r options header; do
		# shellcheck disable=SC2086
		"$B/execsnoop" $options -n '^true$' -- true >"$T/text"
		[ "$(head -1 "$T/text")" = "$header" ] || { echo "$options: $(head -1 "$T/text")"; false; }
	done <<-'END'
		|COMM             PID     PPID    RET ARGS
		-T|TIME     COMM             PID     PPID    RET ARGS
		-t|TIME(s) COMM             PID     PPID    RET ARGS
		-Tt|TIME     TIME(s) COMM             PID     PPID    RET ARGS
		-U|UID   COMM             PID     PPID    RET ARGS
		-M|COMM             PID     PCOMM            PPID    RET ARGS
		-C|COMM             PID     PPID    CPU  RET ARGS
		-UMC|UID   COMM             PID     PCOMM            PPID    CPU  RET ARGS
		--time --timestamp --print-uid --print-cpu --print-pcomm --fails --quote|TIME     TIME(s) UID   COMM             PID     PCOMM            PPID    CPU  RET ARGS
	END
	"$B/execsnoop" -TtUMC -l plain -- "$W/execs" "$T/all" ways "$D" >"$T/text"
	row="plain +[0-9]+ +execs            [0-9]+ +[0-9]      0 $D/plain -l two words  \.\.\. "
	grep -Eq "^[0-9:]{8} [0-9]+\.[0-9]{3} +0     $row$" "$T/text"
	"$B/execsnoop" -x -l plain -- "$W/execs" "$T/all" fails "$D" >"$T/text"
	grep -Eq "^execs            [0-9]+ +[0-9]+ +-7 $D/plain before y+ after$" "$T/text"
}

@test "execsnoop: -q, --max-args; names can't drive the terminal" {
	"$B/execsnoop" -l plain -- "$W/execs" "$T/all" ways "$D" >"$T/text"
	grep -qF " $D/plain a\\nb\\011\\033[31m\\377é q\"uo'te\\ " "$T/text"
	"$B/execsnoop" -q -l plain -- "$W/execs" "$T/all" ways "$D" >"$T/text"
	grep -qF " \"$D/plain\" \"a\\nb\\011\\033[31m\\377é\" \"q\\\"uo'te\\\" \"\"" "$T/text"
	"$B/execsnoop" -q --max-args 3 -l 'plain|script' -- "$W/execs" "$T/all" ways "$D" >"$T/text"
	grep -q " \"$D/plain\" \"argument 1\" \"argument 2\" \.\.\.$" "$T/text"
	grep -q " \"$D/plain\" \"-3\"$" "$T/text"
	grep -q " \"$D/script\" \"one\" \"$D/script\" \.\.\.$" "$T/text"
	"$B/execsnoop" --json --max-args 1 -l plain -- "$W/execs" "$T/all" ways "$D" >"$T/json"
	jq -se 'map(.args | length) | max == 1' "$T/json"
	jq -se 'map(select(.cut)) | length > 5' "$T/json"
}

@test "execsnoop: 10,000 short-lived processes: each is printed, or counted as lost" {
	n=10000
	[ -z "${SNOOPKIT_VM:-}" ] || n=200
	"$B/execsnoop" --json -l 'execs burst [0-9]+$' -- "$W/execs" "$T/all" burst $n >"$T/json"
	printed=$(jq -r '.args[2] // empty' "$T/json" | sort -u | wc -l)
	[ "$printed" = "$(grep -c '"burst"' "$T/json")" ]
	lost=$(lost "$T/json")
	echo "printed $printed, lost $lost"
	# (a hit that was lost may be another program's)
	[ "$printed" -le $n ]
	[ $((printed + lost)) -ge $n ]
	# A preemptible kernel skips a program on a CPU that is inside it.  That is rare, and counted; it is frequent if
	# an emulated processor is slow to leave it.
	[ "$lost" -le $((n / (${#SNOOPKIT_VM} ? 10 : 100))) ]
}

@test "execsnoop: --fields says host, cgroup and container, also of what has ended" {
	root=$(awk '$3 == "cgroup2" { print $2; exit }' /proc/mounts)
	[ -n "$root" ] || skip "no cgroup v2"
	id=$(printf '0123456789abcdef%.0s' 1 2 3 4)
	slice=$root/exec-test.slice pod=$root/exec-test.slice/cri-$id.scope
	mkdir -p "$pod" "$root/exec-test.slice/${id}0"
	touch "$T/fields-test"
	cat >"$T/moves" <<-END
		echo \$\$ >$slice/cgroup.procs; (exec head $T/fields-test)
		echo \$\$ >$pod/cgroup.procs; (exec tail $T/fields-test)
		echo \$\$ >$slice/${id}0/cgroup.procs; (exec cat $T/fields-test)
		echo \$\$ >$root/cgroup.procs; sh -c 'sleep 0.2' $T/fields-test
	END
	"$B/execsnoop" --json --fields host,cgroup -l /fields-test -- sh "$T/moves" >"$T/json"
	rmdir "$pod" "$root/exec-test.slice/${id}0" "$slice"
	jq -c '[.comm,.host,.cgroup,.container]' "$T/json" >"$T/rows"
	jq -cn --arg id "$id" --arg host "$(uname -n)" '["head", $host, "/exec-test.slice", null],
		["tail", $host, "/exec-test.slice/cri-\($id).scope", $id],
		["cat", $host, "/exec-test.slice/\($id)0", null], ["sh", $host, "/", null]' |
		same - "$T/rows"
	"$B/execsnoop" --json --fields host='a"b' -- true | jq -e '.host == "a\"b" and (has("cgroup") | not)'
	run -2 --separate-stderr "$B/execsnoop" --fields host
	[ "$stderr" = "execsnoop: --fields needs --json" ]
	run -2 --separate-stderr "$B/execsnoop" --json --fields pod
	[ "$stderr" = "execsnoop: --fields: unknown field 'pod'; the fields are host and cgroup" ]
}

@test "execsnoop: cgroup and mount namespace, and choosing by them" {
	root=$(awk '$3 == "cgroup2" { print $2; exit }' /proc/mounts)
	[ -n "$root" ] || skip "no cgroup v2"
	mkdir "$root/exec-test"
	"$B/execsnoop" --json -c "$root/exec-test" -- sh -c \
		"cat /dev/null; echo 0 >$root/exec-test/cgroup.procs; tail /dev/null" >"$T/json"
	id=$(stat -c %i "$root/exec-test")
	rmdir "$root/exec-test"
	jq -c '[.comm,.cgroup_id,.mntns,.cgroup,.host]' "$T/json" |
		same - <(echo "[\"tail\",$id,$(stat -L -c %i /proc/self/ns/mnt),null,null]")
	run -1 "$B/execsnoop" --cgroupmap /no/such
	needs_command bpftool
	[ "$(stat -f -c %T /sys/fs/bpf)" = bpf_fs ] || mount -t bpf none /sys/fs/bpf
	hex=$(printf '%016x' "$(stat -L -c %i /proc/self/ns/mnt)" | sed 's/../& /g' |
		awk '{ for (i = NF; i; i--) print "0x" $i }')
	rm -f /sys/fs/bpf/exec-test
	bpftool map create /sys/fs/bpf/exec-test type hash key 8 value 4 entries 8 name exec
	bpftool map update pinned /sys/fs/bpf/exec-test key $hex value 0 0 0 0
	"$B/execsnoop" --json --mntnsmap /sys/fs/bpf/exec-test -- \
		sh -c 'cat /dev/null -; unshare -m tail -n 3 /dev/null' </dev/null >"$T/json"
	rm /sys/fs/bpf/exec-test
	jq -c .args "$T/json" >"$T/args"
	grep -q '/cat","/dev/null","-"' "$T/args"
	not grep -q '/tail","-n","3","/dev/null"' "$T/args"
}
