load lib

setup() {
	needs_tool dcstat
	# tmpfs does not remember names that do not exist.
	D=$(mktemp -d /var/tmp/dcstat.XXXXXX)
}

teardown() {
	rm -rf "$D"
}

@test "dcstat: every way to look up a name, found and not, is counted once" {
	"$B/dcstat" --json -u 54321 1000 -- "$W/lookups" "$T/expected" "$D" >"$T/json"
	jq -sc '[length, (map(select(.[2])) | length)]' "$T/expected" >"$T/counts"
	jq -c '[.refs, .miss]' "$T/json" | same "$T/counts" -
	# In 6.10, open(2) with O_CREAT changed how it finds existing files.
	jq -e --argjson least "$(jq -s 'map(select(.[1])) | length' "$T/expected")" \
		--argjson most "$(jq -s 'map(select(.[1] != false)) | length' "$T/expected")" \
		'.slow >= $least and .slow <= $most' "$T/json"
	jq -e '.hit_percent == ((.refs - .miss) / .refs * 10000 | round / 100)' "$T/json"
}

@test "dcstat: header and rows are BCC's, per second" {
	"$B/dcstat" -u 54321 3 1 -- "$W/lookups" "$T/expected" "$D" 60000 >"$T/text"
	sed -n 1p "$T/text" | same <(echo "TIME         REFS/s   SLOW/s   MISS/s     HIT%") -
	sed -n 2p "$T/text" | grep -Eqx '[0-9:]{8}: [ 0-9]{9} [ 0-9]{8} [ 0-9]{8}   100\.00'
	# On a busy machine it may not have finished, and would be counted below.
	while pkill -KILL -x 'lookups|looks names up'; do sleep 0.1; done
	"$B/dcstat" -u 54321 1 2 >"$T/text"
	sed -n 2,3p "$T/text" | grep -Ecx '[0-9:]{8}:         0        0        0       -%' | grep -qx 2
	[ "$(wc -l <"$T/text")" = 3 ]
}
