load lib

setup() {
	needs_tool drsnoop
	[ -n "${SNOOPKIT_VM:-}" ] || skip "only in a guest: it takes the machine's memory"
}

# Row I of what the kernel counted.
did() {
	jq -n "input[$1]" "$T/did"
}

# Trace the workload, until it has had to wait: kswapd may have been faster.
stalled() {	# OUTPUT OPTION...
	local out=$1
	shift
	for ((tries = 0; tries < 8; tries++)); do
		"$B/drsnoop" "$@" -- "$W/reclaims" "$T/did" "$SNOOPKIT_TEST_DISK" >"$out"
		[ "$(did 1)" = 0 ] || return 0
	done
	return 1
}

@test "drsnoop: each direct reclaim that the kernel counts, with its pages" {
	stalled "$T/json" --json -v
	cat "$T/did"
	nothing_lost "$T/json"
	[ "$(wc -l <"$T/json")" = "$(did 1)" ]
	# All pages that they freed.  Besides, there can be those of slabs and of inodes, which the kernel counts apart.
	jq -se "(map(.pages) | add) as \$n | \$n >= $(did 2) and \$n <= $(did 2) + $(did 3) + 2000" "$T/json"
	# This process waited no longer than it ran.
	jq -c "select(.pid == $(did 0))" "$T/json" >"$T/mine"
	jq -se "length > 0 and (map(.lat_ns) | add < $(did 4)) and all(.[]; .lat_ns > 0 and .order == 0 and
		.comm == \"a stalled one\" and .uid == 0 and .tid == .pid)" "$T/mine"
	# There was too little memory: less than what the kernel had to keep, and what it never gives to programs.
	jq -se "all(.[]; .free_bytes > 0 and .free_bytes < ($(did 5) + 20480) * 1024 and
		.file_bytes > 1000000 and .file_bytes < ($(did 6) + 20480) * 1024)" "$T/mine"
}

@test "drsnoop: -p, -t, -u and -n choose" {
	for none in "-p $$,1" "-t 1" "-u 65534" "-n stalker"; do
		# shellcheck disable=SC2086
		stalled "$T/json" --json $none
		[ ! -s "$T/json" ]
	done
	stalled "$T/json" --json -u root -n 'a stall'
	jq -se "length > 0 and all(.[]; .pid == $(did 0) and (has(\"free_bytes\") | not))" "$T/json"
}

@test "drsnoop: header and rows are BCC's" {
	stalled "$T/text" -TUe -n stalled
	[ "$(head -n 1 "$T/text")" = "TIME(s)       UID   COMM           PID     LAT(ms) PAGES  FREE(KB)" ]
	sed 1d "$T/text" | grep -Eqx "[0-9]+\.[0-9]{9} +0     a stalled one  $(did 0) +[0-9]+\.[0-9]{2} +[0-9]+ +[0-9]+"
	not grep -vEqx "TIME.*|[0-9]+\.[0-9]{9} +0     a stalled one  $(did 0) +[0-9]+\.[0-9]{2} +[0-9]+ +[0-9]+" "$T/text"
	"$B/drsnoop" -d 1 -t "$$" >"$T/text"
	[ "$(cat "$T/text")" = "COMM           TID     LAT(ms) PAGES" ]
}
