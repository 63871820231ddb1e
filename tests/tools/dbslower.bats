load lib

setup() {
	needs_tool dbslower mysql -x "$W/queries"
}

# What `queries` says it did, as [pid,tid,query,cut], of the queries that take at least so many ms.  1,023 bytes are shown.
due() {	# MS EXPECTED
	jq -c "select(.[2] >= $1) | [.[0], .[1], .[3][:1023], (.[3] | length > 1023)]" "$2"
}

# Are these the rows, each with a time of at least what its query takes?  On a busy machine, others can take as long; with
# -m LEAST (MS), as long as that.
same_queries() {	# MS EXPECTED [LEAST]
	due "$1" "$2" >"$T/due"
	jq -se "all(.pid == null or .lat_ns >= ${3:-$1} * 1000000)" "$T/json"
	jq -c --argjson pid "$(head -n 1 "$2" | jq '.[0]')" --slurpfile due "$T/due" 'select(.pid == $pid) |
		select(.query as $q | any($due[]; .[2] == $q))' "$T/json" >"$T/rows"
	jq -c '[.pid, .tid, .query, .cut]' "$T/rows" >"$T/seen"
	[ -s "$T/due" ]
	same "$T/due" "$T/seen"
	jq -c "select(.[2] >= $1)" "$2" >"$T/slow"
	jq -se --slurpfile e "$T/slow" '. as $r | all(range($e | length); . as $i | $r[$i].lat_ns >= $e[$i][2] * 1000000)' "$T/rows"
}

@test "dbslower: each query, once, with its time, by the probes of each server" {
	for how in mariadb mysql8 mysql both postgres; do
		server=mysql
		[ $how != postgres ] || server=postgres
		traced "$B/dbslower" --json -m 0 $server -x "$W/queries" -- "$W/queries" "$T/expected" $how 5
		same_queries 0 "$T/expected"
		[ "$(wc -l <"$T/due")" = 18 ]
		[ "$(jq -c '.lost // empty | del(.nested)' "$T/json")" = '{"cut":1}' ]
	done
	jq -se 'all(.comm == "queries" and .time_s > 0) and (map(.time_s) | . == sort)' "$T/rows"
}

@test "dbslower: -m and -p choose queries, also as mysqld_qslower, which takes both as arguments" {
	"$B/dbslower" --json -m 12 mysql -x "$W/queries" -- "$W/queries" "$T/expected" mariadb 2 >"$T/json"
	same_queries 12 "$T/expected"
	mkfifo "$T/go"
	for tool in "dbslower --json mysql -m 0.5 -p" "mysqld_qslower --json"; do
		"$W/queries" "$T/expected-p" mysql8 fifo="$T/go" 3>&- &
		"$B"/$tool $! $([[ $tool != mysqld* ]] || echo 0.5) -x "$W/queries" -- sh -c "'$W/queries' '$T/other' mysql8; echo >$T/go
			while kill -0 $!; do sleep 0.05; done" >"$T/json" 2>/dev/null
		same_queries 1 "$T/expected-p" 0.5
		[ "$(jq -r '.pid // empty' "$T/json" | sort -u)" = $! ]
	done
}

@test "dbslower: text is BCC's" {
	"$B/dbslower" postgres -m 10 -x "$W/queries" -- "$W/queries" "$T/expected" postgres >"$T/text"
	cat "$T/text"
	[ "$(sed -n 1p "$T/text")" = "Tracing database queries for application $W/queries slower than 10 ms..." ]
	[ "$(sed -n 2p "$T/text")" = "TIME(s)        PID           MS QUERY" ]
	line=$(grep -m 1 "SELECT slow" "$T/text")
	read -r time pid ms query <<<"$line"
	[ "$line" = "$(printf '%-14.6f %-7d %8.3f %s' "$time" "$pid" "$ms" "$query")" ]
	awk '/SELECT/ && $3 < 10 { exit 1 }' "$T/text"
	grep -Eq 'x{1023} \.\.\.$' "$T/text"
	mkfifo "$T/go"
	"$W/queries" "$T/expected" mariadb fifo="$T/go" 3>&- &
	"$B/mysqld_qslower" $! 0.5 -x "$W/queries" -- sh -c "echo >$T/go; while kill -0 $!; do sleep 0.05; done" 2>/dev/null >"$T/text"
	[ "$(sed -n 1p "$T/text")" = "Tracing MySQL server queries for PID $! slower than 0.5 ms..." ]
	grep -q "^[0-9.]* *$! .* SELECT in a thread$" "$T/text"
}

@test "dbslower: PostgreSQL itself" {
	needs_root
	local bin=/usr/lib/postgresql/15/bin
	[ -x $bin/initdb ] && id -u postgres >/dev/null || skip "no PostgreSQL 15 on this machine"
	mkdir "$T/db"
	chmod a+rx "$BATS_RUN_TMPDIR" "$BATS_SUITE_TMPDIR" "${T%/*}" "$T"
	chown postgres "$T/db"
	as() { (cd / && setpriv --reuid postgres --regid postgres --clear-groups "$@"); }
	as $bin/initdb -D "$T/db/data" -A trust -N >/dev/null
	as $bin/pg_ctl -D "$T/db/data" -w -l "$T/db/log" -o "-k $T/db -h ''" start >/dev/null 3>&-
	"$B/dbslower" --json postgres -m 0 -- $bin/psql -o /dev/null -h "$T/db" -U postgres -c "SELECT 'quick'" -c "SELECT pg_sleep(0.05)" \
		-c "SELECT 1/0" -c "SELECT 'last'" >"$T/json" 2>"$T/err" || status=$?
	as $bin/pg_ctl -D "$T/db/data" -m immediate stop >/dev/null
	cat "$T/json" "$T/err"
	[ "$(jq -r 'select(.comm == "postgres") | .query' "$T/json")" = "SELECT 'quick'
SELECT pg_sleep(0.05)
SELECT 'last'" ]
	jq -se 'map(select(.query == "SELECT pg_sleep(0.05)")) | length == 1 and .[0].lat_ns > 50000000 and .[0].lat_ns < 10000000000' "$T/json"
}

@test "dbslower: each complaint is a sentence" {
	run -2 "$B/dbslower" mysql -x /no/such/file
	[ "$output" = "dbslower: there is no file '/no/such/file'" ]
	run -2 "$B/dbslower" oracle
	[ "$output" = "dbslower: 'oracle' is neither mysql nor postgres" ]
	run -2 "$B/dbslower" postgres -x "$W/resolves"
	[ "$output" = "dbslower: $W/resolves has no USDT probe postgresql:query__start, nor any other" ]
	for bad in "dbslower" "dbslower mysql 12" "dbslower mysql postgres" "dbslower -m x mysql" "mysqld_qslower" \
		"mysqld_qslower 1 x" "dbslower mysql -p x" "mysqld_qslower x" "mysqld_qslower 1 1 1"; do
		run -2 --separate-stderr "$B"/$bad
		[ -z "$output" ]
		[ "${#stderr_lines[@]}" = 1 ]
	done
}
