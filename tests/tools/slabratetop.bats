load lib

setup() {
	needs_tool slabratetop
}

# The row of a cache.  The kernel merges caches that are alike, and one of their names is that of all of them.
row() {
	local same
	same=$(readlink "/sys/kernel/slab/$1") || same=$1
	# NAME, or NAME -> SAME
	ls -l /sys/kernel/slab | awk -v same="$same" -v name="$1" '$NF == same || $9 == name { print $9 }' |
		jq -Rn '[inputs]' >"$T/names"
	jq -c --slurpfile names "$T/names" 'select(.cache as $c | $names[0] | index($c))' "$T/json"
}

# check CACHE CONDITION: the cache's row has the size that the kernel tells, and meets this.
check() {
	row "$1" >"$T/row"
	cat "$T/row"
	[ "$(wc -l <"$T/row")" = 1 ]
	jq -e ".size == $(cat "/sys/kernel/slab/$1/slab_size") and .bytes == .allocs * .size and ($2)" "$T/row"
}

@test "slabratetop: each object of a cache, also those on a node and in bulk" {
	[ -n "${SNOOPKIT_VM:-}" ] || skip "what the caches are is known of the guests' kernels"
	traced "$B/slabratetop" --json 1000 -- "$W/slabs" "$T/did" 100
	nothing_lost "$T/json"
	check mqueue_inode_cache '.allocs == 100'
	check task_struct '.allocs >= 100 and .allocs < 150'
	check io_kiocb '.allocs >= 8'
	# Each name has one row.
	[ "$(jq -r .cache "$T/json" | sort | uniq -d)" = "" ]
}

@test "slabratetop: in intervals nothing is lost or counted twice; -p and -u choose" {
	traced "$B/slabratetop" --json 1 -- sh -c "$W/slabs $T/did 100; sleep 1; $W/slabs $T/did 50"
	nothing_lost "$T/json"
	row mqueue_inode_cache | jq -se 'map(.allocs) | add == 150 and length >= 2'
	for none in "-p $$,1" "-u 65534"; do
		# shellcheck disable=SC2086
		"$B/slabratetop" --json $none 1000 -- "$W/slabs" "$T/did" 10 >"$T/json"
		[ -z "$(row mqueue_inode_cache)" ]
	done
	"$B/slabratetop" --json -u 0 1000 -- "$W/slabs" "$T/did" 10 >"$T/json"
	[ "$(row mqueue_inode_cache | jq .allocs)" = 10 ]
}

@test "slabratetop: header and rows are BCC's; -r limits, -s sorts" {
	"$B/slabratetop" -C 1000 -- "$W/slabs" "$T/did" 100 >"$T/text"
	head -n 6 "$T/text"
	[ "$(sed -n 1p "$T/text")" = "Tracing... Output every 1000 secs. Hit Ctrl-C to end" ]
	[ -z "$(sed -n 2p "$T/text")" ]
	sed -n 3p "$T/text" | grep -Eqx '[0-9:]{8} loadavg: .*'
	[ -z "$(sed -n 4p "$T/text")" ]
	[ "$(sed -n 5p "$T/text")" = "CACHE                            ALLOCS      BYTES" ]
	sed -n 6,7p "$T/text" | grep -Eqx '[^ ]+ +[0-9]+ +[0-9]+'
	tail -n 1 "$T/text" | grep -qx 'Detaching...'
	sed -n '6,$p' "$T/text" | awk 'NF == 3 { print $3 }' >"$T/bytes"
	[ "$(wc -l <"$T/bytes")" -le 20 ] && [ "$(wc -l <"$T/bytes")" -gt 5 ]
	sort -rnc "$T/bytes"
	"$B/slabratetop" -CS -r 3 -s name 1000 -- "$W/slabs" "$T/did" 1 | awk 'NF == 3 && $3 ~ /^[0-9]+$/ { print $1 }' >"$T/names"
	[ "$(wc -l <"$T/names")" = 3 ]
	LC_ALL=C sort -c "$T/names"
}
