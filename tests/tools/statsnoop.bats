load lib

setup() {
	needs_tool statsnoop
	D=$T/dir
	mkdir "$D"
	# Tracepoints, if there is nothing better, see neither 32-bit programs nor io_uring.
	[ -z "${SNOOPKIT_VM:-}" ] || export STATS_RARE=1
}

# trace OPTION...: makes $T/expected, $T/traced (JSON), and $T/stats, the workload's stats in the form that it writes.
trace() {
	"$B/statsnoop" --json "$@" -- "$W/stats" "$T/expected" "$D" >"$T/traced"
	pid=$(jq -n 'input[0]' "$T/expected")
	# an io_uring worker is another thread, with its own name
	jq -c "select(.pid == $pid and (.comm | startswith(\"bad\") | not)) |
		if .syscall == \"io_uring\" then .tid = 0 | .comm = \"\" else . end |
		[.pid,.tid,.comm,.fd,.err,.syscall,.path] | select(.[2] != \"statsnoop\" and .[2] != \"stats\")" \
		"$T/traced" >"$T/stats"
}

@test "statsnoop: every way to ask for a file's status, with path, result and system call" {
	trace
	same "$T/expected" "$T/stats"
	[ "$(wc -l <"$T/stats")" -gt 10 ]
	nothing_lost "$T/traced"
}

@test "statsnoop: -x, -p, -u choose" {
	trace -x
	jq -c 'select(.[4] != 0)' "$T/expected" | same - "$T/stats"
	trace -u nobody -p $$
	[ ! -s "$T/traced" ]
	sh -c 'exec "$@"' - "$B/statsnoop" --json -p $$,1 -- "$W/stats" "$T/expected" "$D" >"$T/traced"
	not grep -q '"ways to stat"' "$T/traced"
}

@test "statsnoop: header and rows are BCC's; names can't drive the terminal" {
	"$B/statsnoop" -ts -- "$W/stats" "$T/expected" "$D" >"$T/text"
	[ "$(head -1 "$T/text")" = "TIME(s)       PID     COMM               FD ERR SYSCALL      PATH" ]
	grep -Eq "^[0-9]+\.[0-9]{9}   [0-9]+ +ways to stat        0   0 statfs       $D/file$" "$T/text"
	grep -Eq "^[0-9]+\.[0-9]{9}   [0-9]+ +ways to stat       -1   2 newfstatat   /no/such/file$" "$T/text"
	"$B/statsnoop" -- "$W/stats" "$T/expected" "$D" >"$T/text"
	[ "$(head -1 "$T/text")" = "PID     COMM               FD ERR PATH" ]
	grep -qE '^[0-9]+ +bad\\033\\377name +-1   2 a\\033\[31m\\012\\377é"\\$' "$T/text"
}
