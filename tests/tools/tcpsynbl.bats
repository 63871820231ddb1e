load lib

setup() {
	needs_tool tcpsynbl
}

# The queue's length is 0 for the first connection, 1 for the second, and so on.
expect_of() {
	jq -c "def lo: if . < 2 then 0 elif . < 4 then 2 elif . < 8 then 4 elif . < 16 then 8 else 16 end;
		select(.[0] == \"backlog\" and (${1:-true})) |
		[.[1], ([range(.[3])] | group_by(lo) | map([(.[0] | lo), length])), ([range(.[3])] | add), .[3]]" "$T/did" >"$T/expected"
}

traced_are_expected() {
	jq -c 'select(.backlog_max >= 43 and .backlog_max <= 45) |
		[.backlog_max, (.backlog | map([.lo, .count])), .total, .count]' "$T/json" | same "$T/expected" -
}

@test "tcpsynbl: each connection by how many were waiting, and by the limit" {
	traced "$B/tcpsynbl" --json -- "$W/tcpconns" "$T/did" backlog
	nothing_lost "$T/json"
	expect_of
	[ "$(wc -l <"$T/expected")" = 3 ]
	traced_are_expected
}

@test "tcpsynbl: -4, -6, --localport, --netns choose" {
	traced "$B/tcpsynbl" -4 --json -- "$W/tcpconns" "$T/did" backlog
	expect_of '.[2] == 4'
	[ "$(wc -l <"$T/expected")" = 2 ]
	traced_are_expected
	traced "$B/tcpsynbl" -6 --json -- "$W/tcpconns" "$T/did" backlog
	expect_of '.[2] == 6'
	traced_are_expected
	traced "$B/tcpsynbl" --localport 27065 --netns "/proc/$$/ns/net" --json -- "$W/tcpconns" "$T/did" many 100 27064
	jq -se 'map(.count) == [50]' "$T/json"
	traced "$B/tcpsynbl" --netns 1 --json -- "$W/tcpconns" "$T/did" backlog
	[ ! -s "$T/json" ]
	run -2 "$B/tcpsynbl" -4 -6
}

@test "tcpsynbl: the text is BCC's" {
	"$B/tcpsynbl" -- "$W/tcpconns" "$T/did" backlog >"$T/text"
	head -n1 "$T/text" | same <(echo "Tracing SYN backlog size. Ctrl-C to end.") -
	sed -n '/^backlog_max = 43$/,/ 8 -> /p' "$T/text" | sed 's/ *$//' | same <(printf '%s\n' "backlog_max = 43" \
		"     backlog             : count     distribution" \
		"         0 -> 1          : 2        |********************                    |" \
		"         2 -> 3          : 2        |********************                    |" \
		"         4 -> 7          : 4        |****************************************|" \
		"         8 -> 15         : 3        |******************************          |") -
	"$B/tcpsynbl" -T 1 1 | sed -n '2,$p' | grep -Eqx '[0-9]{2}:[0-9]{2}:[0-9]{2}'
}
