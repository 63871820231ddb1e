load lib

setup() {
	needs_tool dcsnoop
	D=$(mktemp -d /var/tmp/dcsnoop.XXXXXX)
}

teardown() {
	rm -rf "$D"
}

@test "dcsnoop: misses by name, whatever looked it up" {
	"$B/dcsnoop" --json -u 54321 -- "$W/lookups" "$T/expected" "$D" >"$T/json"
	jq -r 'select(.[2]) | "M looks names up \(.[0])"' "$T/expected" >"$T/misses"
	jq -r '"\(.t) \(.comm) \(.file)"' "$T/json" | same "$T/misses" -
	jq -se 'map(.pid == .tid and .time_s >= 0) | all' "$T/json"
}

@test "dcsnoop: -a shows every lookup as well" {
	"$B/dcsnoop" --json -a -u 54321 -- "$W/lookups" "$T/expected" "$D" >"$T/json"
	jq -r '"R \(.[0])", if .[2] then "M \(.[0])" else empty end' "$T/expected" >"$T/all"
	jq -r '"\(.t) \(.file)"' "$T/json" | same "$T/all" -
}

@test "dcsnoop: header and rows are BCC's; -n, -p, -t choose" {
	mkdir "$D/2" "$D/3"
	"$B/dcsnoop" -a -n "names up" -- "$W/lookups" "$T/expected" "$D/2" >"$T/text"
	sed -n 1p "$T/text" | same <(echo "TIME(s)     PID     COMM             T FILE") -
	sed -n 2p "$T/text" | grep -Eqx '[0-9]+\.[0-9]{6} +[0-9]+ +looks names up   R here'
	grep -Eqx '[0-9]+\.[0-9]{6} +[0-9]+ +looks names up   M not to open' "$T/text"
	[ "$(wc -l <"$T/text")" = $((1 + $(jq -s 'length + (map(select(.[2])) | length)' "$T/expected"))) ]
	for other in -p -t; do
		"$B/dcsnoop" -a -u 54321 $other $$ -- "$W/lookups" "$T/expected" "$D/3" >"$T/text"
		[ "$(wc -l <"$T/text")" = 1 ]
		rm -r "$D/3/"*
	done
}
