load lib

setup() {
	needs_tool ugc -x "$W/methods"
}

@test "ugc: each collection of each language, with its time and description" {
	for l in java node python ruby; do
		traced "$B/ugc" --json -l $l -- "$W/methods" "$T/expected" $l gc 10
		nothing_lost "$T/json"
		jq -c 'select(.lat_ns) | [.description, (.lat_ns / 1000000 | floor)]' "$T/json" >"$T/rows"
		jq -c '.[0]' "$T/rows" >"$T/seen"
		jq -c '.[0]' "$T/expected" | same - "$T/seen"
		paste -d, "$T/expected" "$T/rows" | jq -Rc '"[\(.)]" | fromjson' |
			jq -se 'all(.[0][1] <= .[1][1])'
	done
}

@test "ugc: -M and -F choose collections; text is BCC's" {
	"$B/pythongc" -m -M 10 -F 'gen 1' -- "$W/methods" "$T/expected" python gc 8 >"$T/text"
	cat "$T/text"
	[ "$(sed -n 1p "$T/text")" = "Tracing garbage collections in python processes... Ctrl-C to quit." ]
	[ "$(sed -n 2p "$T/text")" = "START    TIME (ms) DESCRIPTION" ]
	# Those of 12 ms are 1, 3, 5 and 7, of generations 1, 0, 2 and 1; on a busy machine others can take as long.
	sed 1,2d "$T/text" >"$T/rows"
	not grep -Evx '[0-9]+\.[0-9]{3} +[0-9]{2,}\.[0-9]{2} +gen 1 GC collected 10[147] objects' "$T/rows"
	grep -q '101 objects' "$T/rows"
	grep -q '107 objects' "$T/rows"
	for bad in "" "-l perl 1" "-M x 1" "1 1"; do
		run -2 --separate-stderr "$B/ugc" $bad
		[ -z "$output" ]
		[ "${#stderr_lines[@]}" = 1 ]
	done
}

@test "ugc: Python's own collections" {
	python=/usr/bin/python3.11
	[ -x $python ] || skip "no Python 3.11 on this machine"
	grep -q gc__start $python || skip "this Python has no probes"
	traced "$B/ugc" --json -- $python -c 'import gc
[gc.collect(i % 3) for i in range(30)]
open("'"$T/expected"'", "w").write("".join("%d\n" % s["collections"] for s in gc.get_stats()))'
	nothing_lost "$T/json"
	for i in 0 1; do
		[ "$(grep -c "gen $i GC collected" "$T/json")" = "$(sed -n $((i + 1))p "$T/expected")" ]
	done
	# When Python ends, it collects everything.
	[ "$(grep -c "gen 2 GC collected" "$T/json")" -ge "$(sed -n 3p "$T/expected")" ]
}
