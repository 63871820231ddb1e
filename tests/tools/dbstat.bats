load lib

setup() {
	needs_tool dbstat mysql -x "$W/queries"
}

@test "dbstat: all queries of each server, counted once, with their times" {
	for how in mariadb mysql8 mysql both postgres; do
		server=mysql
		[ $how != postgres ] || server=postgres
		traced "$B/dbstat" --json -u $server -x "$W/queries" -- "$W/queries" "$T/expected" $how 20
		nothing_lost "$T/json"
		# 20 each of 0, 20 and 11 ms, two of 10 and one of 12.
		jq -c 'select(.usecs)' "$T/json" >"$T/rows"
		jq -se 'length == 1 and .[0].count == 63 and (.[0].usecs | map(.count) | add) == 63' "$T/rows"
		jq -se '.[0] | .total_ns >= 652000000 and
			([.usecs[] | select(.lo >= 16384) | .count] | add) >= 20 and
			([.usecs[] | select(.lo >= 8192) | .count] | add) >= 43' "$T/rows"
	done
}

@test "dbstat: -m and -p choose queries, -i makes reports" {
	"$B/dbstat" --json -m 20 postgres -x "$W/queries" -- "$W/queries" "$T/expected" postgres 5 >"$T/json"
	jq -se '.[0] | .count >= 5 and .total_ns >= .count * 20000000 and ([.msecs[] | select(.lo < 16) | .count] | add // 0) == 0' "$T/json"
	mkfifo "$T/go"
	"$W/queries" "$T/expected" mariadb fifo="$T/go" 50 3>&- &
	"$B/dbstat" --json -p $! mysql -i 1 -x "$W/queries" -- sh -c "'$W/queries' '$T/other' mariadb; echo >$T/go
		while kill -0 $!; do sleep 0.05; done" >"$T/json" 2>/dev/null
	jq -se 'length > 1 and (map(.count) | add) == 153' "$T/json"
}

@test "dbstat: text is BCC's; each complaint is a sentence" {
	"$B/dbstat" mysql -x "$W/queries" -- "$W/queries" "$T/expected" mysql8 >"$T/text"
	cat "$T/text"
	[ "$(sed -n 1p "$T/text")" = "Tracing database queries for application $W/queries slower than 0 ms..." ]
	sed -n 2p "$T/text" | grep -Eqx '\[([0-9]{2}:){2}[0-9]{2}\]'
	[ "$(sed -n 3p "$T/text")" = "     query latency (ms)  : count     distribution" ]
	[ "$(tail -n 1 "$T/text")" = "" ]
	"$B/dbstat" mysql -u -x "$W/queries" -- "$W/queries" "$T/expected" mysql8 | grep -Fqx "     query latency (us)  : count     distribution"
	run -2 "$B/dbstat" oracle
	[ "$output" = "dbstat: 'oracle' is neither mysql nor postgres" ]
	for bad in "" "mysql 12" "-m x mysql" "-i x mysql" "mysql -p x"; do
		run -2 --separate-stderr "$B/dbstat" $bad
		[ -z "$output" ]
		[ "${#stderr_lines[@]}" = 1 ]
	done
}
