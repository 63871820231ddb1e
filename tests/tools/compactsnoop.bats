load lib

setup() {
	needs_tool compactsnoop
	[ -n "${SNOOPKIT_VM:-}" ] || skip "only in a guest: it takes the machine's memory"
}

# Trace this workload, which must do something, and compare with the kernel's own trace.
compacted() {
	# If memory is not in pieces, nothing has to be compacted.
	for ((tries = 0; tries < 5; tries++)); do
		"$B/compactsnoop" --json "${@:2}" -- "$W/compacts" "$T/did" $1 >"$T/json"
		[ ! -s "$T/did" ] || break
	done
	[ -s "$T/did" ] || skip "the kernel had no reason to compact"
	nothing_lost "$T/json"
	jq -c 'select(.comm == "a compact one")' "$T/json" >"$T/mine"
	jq -c '[.pid, .node, .zone, .order, .mode, .status]' "$T/mine" | same "$T/did" -
}

# What /proc/zoneinfo says of the zone DMA32: its line "FIELD N".
zoneinfo() {
	awk -v field="$1" '/^Node/ { in_zone = $4 == "DMA32" } in_zone && $1 == field { print $2; exit }' /proc/zoneinfo
}

@test "compactsnoop: all of memory is compacted: each zone, as the kernel's own trace has it" {
	compacted "all 3" -e
	[ "$(wc -l <"$T/did")" = $((3 * $(grep -c 'managed *[1-9]' /proc/zoneinfo))) ]
	jq -se "map(select(.zone == \"ZONE_DMA32\")) | length == 3 and all(.[]; .order == -1 and .fragidx == null and
		.min_pages == $(zoneinfo min) and .low_pages == $(zoneinfo low) and .high_pages == $(zoneinfo high) and
		.free_pages > $(zoneinfo nr_free_pages) / 2 and .free_pages < $(zoneinfo managed) and
		.lat_ns > 0 and .tid == .pid)" "$T/mine"
}

@test "compactsnoop: memory is compacted for huge pages: order, mode and result" {
	compacted huge -eK
	jq -se 'any(.[]; .order == 9) and all(.[] | select(.order == 9); .fragidx <= 1)' "$T/mine"
	# What led to it.
	jq -se 'all(.[]; .stack | any(.[]; startswith("compact_zone+")) and any(.[]; contains("huge")))' "$T/mine"
}

@test "compactsnoop: -p and -u choose" {
	for none in "-p $$,1" "-u 65534"; do
		# shellcheck disable=SC2086
		"$B/compactsnoop" --json $none -- "$W/compacts" "$T/did" all 1 >"$T/json"
		[ ! -s "$T/json" ] && [ -s "$T/did" ]
	done
	compacted "all 1" -u 0
}

@test "compactsnoop: headers and rows are BCC's" {
	"$B/compactsnoop" -TeK -- "$W/compacts" "$T/did" all 1 >"$T/text"
	head -n 8 "$T/text"
	[ "$(head -n 1 "$T/text")" = "TIME(s)        COMM           PID    NODE ZONE         ORDER MODE    FRAGIDX  MIN      LOW      HIGH     FREE       LAT(ms)           STATUS" ]
	pid=$(jq -n 'input[0]' "$T/did")
	grep -Eqx "[0-9]+\.[0-9]{9} +a compact one  $(printf %-6d "$pid") 0    ZONE_DMA32   -1    SYNC    -        [0-9]+ +[0-9]+ +[0-9]+ +[0-9]+ +[0-9]+\.[0-9]{3} +complete" "$T/text"
	grep -Eqx $'\t(compact_node|compact_zone)\+0x[0-9a-f]+' "$T/text"
	"$B/compactsnoop" -d 1 >"$T/text"
	head -n 1 "$T/text" | grep -qx "COMM           PID    NODE ZONE         ORDER MODE      LAT(ms)           STATUS"
}
