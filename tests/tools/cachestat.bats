load lib
load filesystems

setup() {
	needs_tool cachestat
	mount_fs ext4
}

teardown() {
	unmount_fs
}

# Trace `pages $1`.  Sets $hits, $misses and $dirties, without the few that are the file system's own blocks, and
# $expected_hits, $expected_misses, $expected_dirties.
trace() {
	"$B/cachestat" --json -u 54321 1000 -- "$W/pages" "$T/expected" "$D" "$1" >"$T/json" 2>"$T/err"
	cat "$T/json" "$T/expected"
	[ "$(wc -l <"$T/json")" = 1 ]
	read -r read mapped expected_misses expected_dirties < <(tr -d '[]' <"$T/expected" | tr , ' ')
	# Before 5.11, nothing tells which mapped page was cached.
	[ ! -s "$T/err" ] || grep -q 'not seen .*: reads of mapped files that are cached ' "$T/err"
	[ ! -s "$T/err" ] || mapped=0
	expected_hits=$((read + mapped - expected_misses))
	read -r hits misses dirties own < <(jq -r '"\(.hits - .own_hits) \(.misses - .own_misses) \(.dirties) \(.own_hits + .own_misses)"' "$T/json")
}

@test "cachestat: reads of what is not cached, of what is, writes: to the page" {
	trace cold
	[ "$hits $misses $dirties" = "$expected_hits $expected_misses $expected_dirties" ]
	jq -e '.hitratio < 1 and .read_in == .misses - .own_misses' "$T/json"
	trace warm
	[ "$hits $misses $dirties" = "$expected_hits $expected_misses $expected_dirties" ]
	jq -e '.hitratio == 100' "$T/json"
	trace write
	[ "$hits $misses" = "$expected_hits $expected_misses" ]
	[ "$dirties" -ge "$expected_dirties" ] && [ "$dirties" -le $((expected_dirties + 8)) ]
	free=$(awk '/^Cached:/ { print $2 * 1024 }' /proc/meminfo)
	jq -e --argjson now "$free" '(.cached_bytes - $now) | . > -1e7 and . < 1e7' "$T/json"
}

@test "cachestat: blocks that a file system reads for itself" {
	mkdir "$D/many"
	(cd "$D/many" && seq 2000 | xargs touch)
	walk="ls -lR $D/many"
	# Pages that the journal holds stay in the cache.
	umount "$D"
	mount "$SNOOPKIT_TEST_DISK" "$D"
	"$B/cachestat" --json 1000 --exec $walk >"$T/json" 2>/dev/null
	grep own_misses "$T/json"
	# 2,000 inodes of 256 bytes, 16 in a page
	jq -se 'map(select(.own_misses)) | .[0].own_misses | . > 100 and . < 1000' <(grep own_misses "$T/json")
	# The root disk's blocks as well: inodes that were in memory were not read from there.
	echo 2 >/proc/sys/vm/drop_caches
	$walk >/dev/null
	echo 2 >/proc/sys/vm/drop_caches
	"$B/cachestat" --json 1000 --exec $walk >"$T/json" 2>/dev/null
	grep own_misses "$T/json"
	jq -se 'map(select(.own_hits)) | .[0] | .own_hits > 1000 and .own_misses < 20' <(grep own_hits "$T/json")
}

@test "cachestat: the text is BCC's, line by line" {
	"$B/cachestat" -T 1 2 >"$T/text" 2>"$T/err"
	sed -n 1p "$T/text" | same <(echo "TIME         HITS   MISSES  DIRTIES HITRATIO   BUFFERS_MB  CACHED_MB") -
	[ "$(sed -n 2,3p "$T/text" | grep -Ecx '[0-9:]{8} [ 0-9]{8} [ 0-9]{8} [ 0-9]{8} [ 0-9]{4}\.[0-9]{2}% [ 0-9]{12} [ 0-9]{10}')" = 2 ]
	[ "$(wc -l <"$T/text")" = 3 ]
	"$B/cachestat" -u 54321 1000 -- true >"$T/text" 2>"$T/err"
	sed 2q "$T/text" | cut -c 1-35 | same <(printf '%s\n' \
		"    HITS   MISSES  DIRTIES HITRATIO" "       0        0        0    0.00%") -
	sed -n '3,$p' "$T/text" | same <(echo "Detaching...") -
}
