load lib

setup() {
	needs_tool swapin
	[ -n "${SNOOPKIT_VM:-}" ] || skip "only in a guest: it swaps"
	mkswap "$SNOOPKIT_TEST_DISK" >/dev/null 2>&1
	swapon "$SNOOPKIT_TEST_DISK"
	cluster=$(cat /proc/sys/vm/page-cluster)
	echo 0 >/proc/sys/vm/page-cluster # no readahead
}

teardown() {
	[ -z "${cluster:-}" ] || echo "$cluster" >/proc/sys/vm/page-cluster
	[ -z "${SNOOPKIT_VM:-}" ] || swapoff "$SNOOPKIT_TEST_DISK"
}

counts() {
	jq -c 'select(.comm == ("swaps once", "swaps twice")) | [.comm, .pid, .count]' "$T/json" | sort
}

@test "swapin: each page that is read from swap, by process" {
	traced "$B/swapin" --json --once -- "$W/swaps" "$T/did" 500
	nothing_lost "$T/json"
	sort "$T/did" | same - <(counts)
	[ "$(jq -c '.[2]' "$T/did" | paste -sd' ')" = "500 1000" ]
}

@test "swapin: in intervals; -p and -u choose processes" {
	traced "$B/swapin" --json 1 -- sh -c "$W/swaps $T/did 100; sleep 1.2"
	jq -s 'map(select(.comm == ("swaps once", "swaps twice")) | .count) | add' "$T/json" | same <(echo 300) -
	for none in "-p $$,1" "-u 65534"; do
		# shellcheck disable=SC2086
		"$B/swapin" --json --once $none -- "$W/swaps" "$T/did" 100 >"$T/json"
		[ -z "$(counts)" ]
	done
}

@test "swapin: headers and rows are BCC's" {
	"$B/swapin" 60 -- "$W/swaps" "$T/did" 100 >"$T/text"
	[ "$(sed -n 1p "$T/text")" = "Counting swap ins. Ctrl-C to end." ]
	sed -n 2p "$T/text" | grep -Eqx '[0-9:]{8}'
	[ "$(sed -n 3p "$T/text")" = "COMM             PID     COUNT" ]
	grep -E '^swaps' "$T/text" | same <(jq -r '@sh' "$T/did" | tr -d "'" | sed -E 's/^(swaps (once|twice)) ([0-9]+) ([0-9]+)$/\1 \3 \4/' |
		while read -r a b pid n; do printf '%-16s %-7d %d\n' "$a $b" "$pid" "$n"; done) -
	tail -n 2 "$T/text" | same <(printf '\nDetaching...\n') -
	"$B/swapin" -T 60 -- "$W/swaps" "$T/did" 10 >"$T/text"
	[ "$(sed -n 2p "$T/text")" = "COMM             PID     COUNT" ]
}
