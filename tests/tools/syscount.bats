load lib

setup() {
	needs_tool syscount
	[ -z "${SNOOPKIT_VM:-}" ] || export CALLS_32_BIT=1
}

# Rows of the calls that the workload has counted, as it wrote them.
counted() {
	jq -c "[.syscall, .compat, .error, .count]" "$T/json" |
		grep -E '"(getppid|dup2|mkdirat|\[.*|rt_sigreturn|clock_nanosleep|execve)"|"close",true' | sort
}

@test "syscount: calls are counted exactly, by number, error, thread and program size" {
	traced "$B/syscount" --json -E --exec "$W/syscalls" "$T/expected"
	counted >"$T/counted"
	sort "$T/expected" | same - "$T/counted"
	nothing_lost "$T/json"
}

@test "syscount: -L times the same calls, also one that returns in another thread" {
	traced "$B/syscount" --json -EL --exec "$W/syscalls" "$T/expected"
	counted >"$T/counted"
	sort "$T/expected" | same - "$T/counted"
	nothing_lost "$T/json"
	jq -e 'select(.syscall == "clock_nanosleep") | .total_ns >= 100000000 and .total_ns < 60000000000' "$T/json"
	jq -e 'select(.syscall == "getppid" and (.compat | not)) | .total_ns > 0' "$T/json"
	"$B/syscount" -L -T 1000 --exec "$W/syscalls" "$T/expected" >"$T/us"
	"$B/syscount" -Lm -T 1000 --exec "$W/syscalls" "$T/expected" >"$T/ms"
	awk '$1 == "clock_nanosleep" { found = $3 >= 100000 } END { exit !found }' "$T/us"
	awk '$1 == "clock_nanosleep" { found = $3 >= 100 && $3 < 60000 } END { exit !found }' "$T/ms"
	# The slowest call is first.
	sed 1,3d "$T/ms" | awk 'NF == 3 { print $3 }' | sort -rgc
}

@test "syscount: -x, -e, --syscall, -P and -G choose and group" {
	"$B/syscount" --json -x --exec "$W/syscalls" "$T/expected" >"$T/json"
	[ "$(jq -c 'select(.syscall == "dup2" or .syscall == "mkdirat" or .syscall == "getppid")
		| [.syscall, .count]' "$T/json" | sort)" = '["dup2",37]
["mkdirat",23]' ]
	for e in ENOENT enoent 2; do
		"$B/syscount" --json -e $e --exec "$W/syscalls" "$T/expected" >"$T/json"
		[ "$(jq -c 'select(.syscall == "dup2" or .syscall == "mkdirat") | [.syscall, .count]' "$T/json")" = '["mkdirat",11]' ]
	done
	"$B/syscount" --json --syscall getppid --exec "$W/syscalls" "$T/expected" >"$T/json"
	grep getppid "$T/expected" | sort >"$T/getppid"
	jq -c 'select(.syscall) | [.syscall, .compat, null, .count]' "$T/json" | sort | same "$T/getppid" -
	[ "$(jq -r 'select(.syscall) | .syscall' "$T/json" | sort -u)" = getppid ]
	"$B/syscount" --json -P --syscall mkdirat -- "$W/syscalls" "$T/expected" >"$T/json"
	jq -e 'select(.comm == "syscalls") | .count == 23 and .pid > 1 and (has("syscall") | not)' "$T/json"
	"$B/syscount" --json -P --syscall mkdirat -p 1,$$ -- "$W/syscalls" "$T/expected" >"$T/json"
	[ -z "$(jq -c 'select(.comm == "syscalls")' "$T/json")" ]
	"$B/syscount" --json --syscall mkdirat -c $$ -- true >"$T/json"
	[ -z "$(jq -c 'select(.syscall)' "$T/json")" ]
}

@test "syscount: -P names a process by the program that it executed last, whatever its threads are called" {
	traced "$B/syscount" --json -P -- sh -c "echo \$\$ >'$T/pid'; exec sleep 0.1"
	[ "$(jq -r "select(.pid == $(cat "$T/pid")).comm" "$T/json")" = sleep ]
	# Its last such calls are those of a thread that has a name of its own.
	unset CALLS_32_BIT
	traced "$B/syscount" --json -P --syscall getppid --exec "$W/syscalls" "$T/expected"
	[ "$(jq -c 'select(.count >= 100000) | [.comm, .count]' "$T/json")" = '["syscalls",100000]' ]
}

@test "syscount: -P tells processes apart that had the same PID" {
	needs_root
	[ -e /proc/sys/kernel/ns_last_pid ] || skip "this kernel gives no PID twice"
	cp "$W/syscalls" "$T/again"
	unshare -p -f --mount-proc "$B/syscount" --json -P --syscall mkdirat -- sh -c "
		for program in '$W/syscalls' '$T/again'; do
			echo 299 >/proc/sys/kernel/ns_last_pid && \$program '$T/expected'
		done" >"$T/json"
	[ "$(jq -c 'select(.pid == 300) | [.comm, .count]' "$T/json" | sort)" = '["again",23]
["syscalls",23]' ]
}

@test "syscount: -P counts all processes outside its PID namespace as one, without a name" {
	needs_root
	for e in "$T/e1" "$T/e2"; do
		mkfifo "$e.go"
		sh -c "read -r _ <'$e.go'; '$W/syscalls' '$e'; echo >'$e.done'" 3>&- &
	done
	unshare -p -f --mount-proc "$B/syscount" --json -P --syscall mkdirat -- sh -c "
		'$W/syscalls' '$T/expected'
		for e in '$T/e1' '$T/e2'; do
			echo >\$e.go
			until [ -e \$e.done ]; do sleep 0.1; done
		done" >"$T/json"
	jq -se 'map(select(.pid == 0)) | length == 1 and .[0].comm == "" and .[0].count >= 46' "$T/json"
	jq -se 'map(select(.comm == "syscalls")) | length == 1 and .[0].count == 23' "$T/json"
}

@test "syscount: -G tells cgroups apart, and names them" {
	[ "$(stat -fc %T /sys/fs/cgroup)" = cgroup2fs ] || skip "no cgroup v2 here"
	needs_root
	mkdir "/sys/fs/cgroup/counted.$$"
	"$B/syscount" --json -G --syscall mkdirat -- sh -c "echo \$\$ >/sys/fs/cgroup/counted.$$/cgroup.procs
		$W/syscalls $T/expected; echo 0 >/sys/fs/cgroup/cgroup.procs" >"$T/json"
	rmdir "/sys/fs/cgroup/counted.$$"
	jq -e "select(.cgroup == \"/counted.$$\") | .count == 23" "$T/json"
}

@test "syscount: the text is BCC's" {
	"$B/syscount" --exec "$W/syscalls" "$T/expected" >"$T/text"
	sed 's/^\[..:..:..\]$/[TIME]/' "$T/text" | sed -n '1,4p;$p' | same <(printf '%s\n' \
		"Tracing syscalls, printing top 10... Ctrl+C to quit." "[TIME]" "SYSCALL                   COUNT" \
		"getppid                  100000" "Detaching...") -
	[ "$(wc -l <"$T/text")" = 15 ]
	[ -z "$(tail -n 2 "$T/text" | head -n 1)" ]
	"$B/syscount" -xPLT 3 --exec "$W/syscalls" "$T/expected" >"$T/text"
	sed -n '1p;3p' "$T/text" | same <(printf '%s\n' "Tracing failed syscalls, printing top 3... Ctrl+C to quit." \
		"PID    COMM               COUNT        TIME (us)") -
	grep -Eqx '[0-9]+ +syscalls +[0-9]+ +[0-9]+\.[0-9]{3}' "$T/text"
	"$B/syscount" -Lm --syscall getppid --exec "$W/syscalls" "$T/expected" >"$T/text"
	sed -n '1p;3p' "$T/text" | same <(printf '%s\n' "Tracing syscall 'getppid'... Ctrl+C to quit." \
		"SYSCALL                   COUNT        TIME (ms)") -
	grep -Eqx 'getppid +100000 +[0-9]+\.[0-9]{6}' "$T/text"
	"$B/syscount" -i 1 -d 2 >"$T/text"
	[ "$(grep -cx '\[..:..:..\]' "$T/text")" = 2 ]
	"$B/syscount" -l >"$T/text"
	head -n 1 "$T/text" | grep -Eq '^([a-z0-9_]+ +){3}[a-z0-9_]+ *$'
	for name in read openat2 io_uring_enter mseal; do
		grep -qw $name "$T/text"
	done
	for bad in "-e NONE" "-e 0" "--syscall nosuch" "-T 5x" 5; do
		run -2 "$B/syscount" $bad
	done
}
