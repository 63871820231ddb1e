load lib

setup() {
	needs_root
	BIN=$W/callers
}

# Count stacks with these arguments while callers runs, as [[function,caller,...,"main"],count] in $T/stacks.
N=5
count() {
	traced "$B/stackcount" --json "$@" -- "$BIN" "$T/expected" $N
	nothing_lost "$T/json"
	stacks_of user
}

stacks_of() {
	jq -sc "map(select(has(\"count\") and (.$1 | map(split(\"+0x\")[0]) | index(\"main\")))) |
		map({ f: (.$1 | map(split(\"+0x\")[0]) | .[:index(\"main\") + 1]), count }) | group_by(.f)[] |
		[.[0].f, (map(.count) | add)]" "$T/json" | sort >"$T/stacks"
}

# What callers did, of the functions that this regular expression matches.
did() {
	jq -c "select(.[0][0] | test(\"^($1)$\"))" "$T/expected" | sort >"$T/want"
	[ -s "$T/want" ]
	same "$T/want" "$T/stacks"
}

@test "stackcount: who calls functions and passes USDT probes of a program, by one link or one by one" {
	for flavour in any kprobe; do
		SNOOPKIT_PROBES=${flavour#any} count "$BIN:callee"
		did callee
		# A function without a frame, of which the kernel's walk misses the caller
		SNOOPKIT_PROBES=${flavour#any} count -U -r "$BIN:(leaf|act)$"
		did 'leaf|act'
		jq -se 'all(has("kernel") | not)' "$T/json"
		SNOOPKIT_PROBES=${flavour#any} count "u:$BIN:met"
		did probed
	done
	# The same stacks of two processes are one, unless they are told apart.
	traced "$B/stackcount" --json "$BIN:leaf" -- sh -c "$BIN $T/expected $N; $BIN $T/expected $N"
	[ "$(jq -s 'map(select(has("count"))) | length' "$T/json")" = 6 ]
	[ "$(jq -sc 'map(.count // empty) | unique' "$T/json")" = "[$((2 * N))]" ]
	traced "$B/stackcount" --json -P "$BIN:leaf" -- sh -c "$BIN $T/expected $N; $BIN $T/expected $N"
	[ "$(jq -sc 'map(select(.comm)) | [length, (map(.pid) | unique | length), (map(.count) | unique)]' "$T/json")" = "[12,2,[$N]]" ]
}
