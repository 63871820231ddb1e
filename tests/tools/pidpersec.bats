load lib

setup() {
	needs_tool pidpersec
}

@test "pidpersec: each new process and thread of a program, once" {
	# By the shell: the program. By the program: a process for each of its two parts. By these: 30 each.
	traced "$B/pidpersec" --json --once -- "$W/switches" "$T/expected" forks=30 threads=30
	jq -c . "$T/json"
	jq -se 'length == 1 and .[0].pids >= 62 and .[0].pids < 400 and .[0].threads >= 30 and .[0].threads < 200' "$T/json"
	# Without others
	traced "$B/pidpersec" --json --once --exec "$W/switches" "$T/expected" forks=30 threads=30
	jq -c . "$T/json"
	jq -se '.[0] | .pids == 2 and .threads == 0' "$T/json"
}

@test "pidpersec: -p follows a process; a row each interval, as BCC's" {
	mkfifo "$T/go"
	sh -c "read x <$T/go; for i in 1 2 3 4 5 6 7; do /bin/true; done" &
	"$B/pidpersec" --json --once -p $! -- sh -c "echo >$T/go; while kill -0 $!; do sleep 0.1; done" >"$T/json" 2>/dev/null
	jq -se '.[0] | .pids == 7 and .threads == 0' "$T/json"
	"$B/pidpersec" 1 2 >"$T/text"
	[ "$(wc -l <"$T/text")" = 3 ]
	[ "$(sed -n 1p "$T/text")" = "Tracing... Ctrl-C to end." ]
	[ "$(sed 1d "$T/text" | grep -Ecx '[0-9]{2}:[0-9]{2}:[0-9]{2}: PIDs/sec: [0-9]+')" = 2 ]
}

@test "pidpersec: bad command lines are usage errors" {
	for bad in "-p x" "0 1 2" "x"; do
		run -2 --separate-stderr "$B/pidpersec" $bad
		[ -z "$output" ]
		[ "${#stderr_lines[@]}" = 1 ]
	done
}
