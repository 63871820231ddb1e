load lib

# A file on a disk: tmpfs reads nothing ahead.
setup() {
	needs_tool readahead
	FILE=$(mktemp -p /var/tmp readahead.XXXXXX)
	[ "$(stat -f -c %T "$FILE")" != tmpfs ] || skip "/var/tmp is a tmpfs"
}

teardown() {
	rm -f "${FILE:-}"
}

# What `ahead` did, as [read,used].  To start the program, only cached files are read.
trace() {
	"$W/ahead" "$T/expected" "$FILE" sequence
	"$B/readahead" --json 1000 --exec "$W/ahead" "$T/expected" "$FILE" "$1" >"$T/json" 2>"$T/err"
	[ ! -s "$T/err" ] || { cat "$T/err"; return 1; }
	jq -c '[.read, .read - .unused]' "$T/json" | same "$T/expected" -
	# There is an age for each page that was used.
	[ "$(jq '[.age_ms[].count] | add' "$T/json")" = "$(jq '.[1]' "$T/expected")" ]
}

@test "readahead: pages read in sequence, at random, in vain" {
	trace sequence
	[ "$(cat "$T/expected")" = "[300,300]" ]
	trace random
	[ "$(cat "$T/expected")" = "[50,50]" ]
	trace half
	[ "$(cat "$T/expected")" = "[64,20]" ]
	jq -e 'all(.age_ms[]; .lo >= 32)' "$T/json"
	trace dropped
	[ "$(cat "$T/expected")" = "[84,20]" ]
	"$B/readahead" --json -p 1 1000 -- "$W/ahead" "$T/expected" "$FILE" sequence >"$T/json"
	[ "$(jq -s 'map(.read) | add // 0' "$T/json")" -lt 300 ]
}

@test "readahead: intervals; the text is BCC's" {
	"$W/ahead" "$T/expected" "$FILE" sequence
	# In the first second, 64 pages are read; in a later one, 20 of them are used.
	"$B/readahead" --exec "$W/ahead" "$T/expected" "$FILE" half >"$T/text"
	sed -n 1,6p "$T/text" | same <(printf '%s\n' "Tracing... Hit Ctrl-C to end." "" \
		"Read-ahead unused pages: 44" "Histogram of read-ahead used page age (ms):" "" \
		"     age (ms)            : count     distribution") -
	[ "$(sed 1,6d "$T/text" | awk '{ n += $5 } END { print n }')" = 20 ]
	"$B/readahead" -p 1 -d 1 -- sleep 1.5 >"$T/text"
	printf '%s\n' "Tracing... Hit Ctrl-C to end." "" "Read-ahead unused pages: 0" \
		"Histogram of read-ahead used page age (ms):" "" "" "Read-ahead unused pages: 0" \
		"Histogram of read-ahead used page age (ms):" "" | same - "$T/text"
}
