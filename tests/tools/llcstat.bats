load lib

# Most virtual machines, and all of the test kernels', have no such counters.
counts_here() {
	"$B/llcstat" -- true >/dev/null 2>"$T/why" && return
	[ "$(cat "$T/why")" = "llcstat: cannot count references to the last cache: the processor has no counter for them, or a virtual machine hides it" ] ||
		grep -q "permission denied" "$T/why"
	return 1
}

@test "llcstat: what a command uses the last cache for; where the processor does not count, a sentence" {
	if counts_here; then
		"$B/llcstat" --json -t -c 50 -- gzip -9c /proc/kallsyms >"$T/all"
		grep '^{"time' "$T/all" >"$T/json"
		jq -se 'map(select(.comm == "gzip")) | length > 0 and all(.references % 50 == 0 and .misses % 50 == 0 and .tid == .pid)' "$T/json"
		jq -se 'map(select(.comm == "gzip").references) | add > 0' "$T/json"
		"$B/llcstat" 1 >"$T/text"
		[ "$(sed -n 1p "$T/text")" = "Running for 1 seconds or hit Ctrl-C to end." ]
		[ "$(sed -n 2p "$T/text")" = "PID      NAME             CPU     REFERENCE         MISS    HIT%" ]
		tail -n 1 "$T/text" | grep -Eqx 'Total References: [0-9]+ Total Misses: [0-9]+ Hit Rate: [0-9]+\.[0-9]{2}%'
	else
		run -1 --separate-stderr "$B/llcstat" --json 1
		[ -z "$output" ]
		[ "${#stderr_lines[@]}" = 1 ]
	fi
	for bad in "-c 0" "x" "1 2" "0"; do
		run -2 --separate-stderr "$B/llcstat" $bad
		[ "${#stderr_lines[@]}" = 1 ]
	done
}
