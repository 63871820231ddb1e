load lib

setup() {
	needs_tool sofdsnoop
	D=$T/dir
	mkdir "$D"
	[ -z "${SNOOPKIT_VM:-}" ] || export FDS_RARE=1
}

# trace OPTION...: makes $T/expected, $T/traced (JSON), and $T/fds in the form that the workload writes.
trace() {
	rm -rf "$D"/*
	"$B/sofdsnoop" --json "$@" -- "$W/fds" "$T/expected" "$D" >"$T/traced"
	pid=$(jq -n 'input[0]' "$T/expected")
	jq -c "select(.pid == $pid and (.comm | startswith(\"bad\") | not)) |
		[.pid,.tid,.comm,.action,.socket,.fd,.name]" "$T/traced" >"$T/fds"
	nothing_lost "$T/traced"
}

@test "sofdsnoop: descriptors of every kind, as sent and as received, with the socket" {
	trace
	jq -c . "$T/expected" | same - "$T/fds"
	[ "$(wc -l <"$T/fds")" -gt 500 ]
}

@test "sofdsnoop: -n, -t, -p choose" {
	trace -n 'er thr'
	jq -c 'select(.[2] == "other thread")' "$T/expected" | same - "$T/fds"
	"$B/sofdsnoop" --json -p 1,$$ -- "$W/fds" "$T/expected" "$D" >"$T/traced"
	[ ! -s "$T/traced" ]
	"$B/sofdsnoop" --json -t 1 -- "$W/fds" "$T/expected" "$D" >"$T/traced"
	[ ! -s "$T/traced" ]
}

@test "sofdsnoop: header and rows are BCC's; names can't drive the terminal" {
	"$B/sofdsnoop" -T -- "$W/fds" "$T/expected" "$D" >"$T/text"
	[ "$(head -1 "$T/text")" = "TIME(s)       ACTION TID    COMM             SOCKET                    FD    NAME" ]
	grep -Eq "^[0-9]+\.[0-9]{9}   SEND   [0-9]+ +ways to pass     [0-9]+:socket:\[[0-9]+\] +[0-9]+ +$D/file$" "$T/text"
	grep -qF 'bad\033\377name ' "$T/text"
	grep -qF "$D/"'a\033[31m\012\377é"\' "$T/text"
	"$B/sofdsnoop" -d 1 >"$T/text"
	[ "$(cat "$T/text")" = "ACTION TID    COMM             SOCKET                    FD    NAME" ]
}
