# How make bench evaluates its results, without a guest.
bats_require_minimum_version 1.5.0
cd "$BATS_TEST_DIRNAME/../.." || exit 1
T=$BATS_TEST_TMPDIR

# Two tools, one of them with two kinds of operations, and a peer.
setup() {
	cat >"$T/results.json" <<-END
		{"kernel": "6.12.1", "versions": {"libbpf-tools": "0.37", "bpftrace": "0.27"}, "cpus": 2, "results": [
		{"order": 1, "tool": "opensnoop", "options": "-x", "by": "snoopkit", "seen": 5000, "lost": 0, "size": 80000,
		 "ops": [{"op": "failed-open", "n": 5000, "alone": 6000, "traced": 7000, "tool": 1500},
		         {"op": "open", "n": 5000, "alone": 6000, "traced": 6000, "tool": 0}],
		 "ready": true, "start": 50000000, "end": 10000000, "rss_kb": 4000, "peak_kb": 8000, "status": 0},
		{"order": 2, "tool": "opensnoop", "options": "-x", "by": "libbpf-tools", "seen": 5000, "lost": 0, "size": 900000,
		 "ops": [{"op": "failed-open", "n": 5000, "alone": 6000, "traced": 9000, "tool": 9500},
		         {"op": "open", "n": 5000, "alone": 6000, "traced": 8000, "tool": 0}],
		 "ready": true, "start": 60000000, "end": 10000000, "rss_kb": 4000, "peak_kb": 8000, "status": 0},
		{"order": 3, "tool": "profile", "options": "-F 999", "by": "snoopkit", "seen": 2000, "lost": 0, "size": 90000,
		 "ops": [{"op": "burn", "n": 1000, "alone": 2000000, "traced": 2006000, "tool": 0}],
		 "ready": true, "start": 70000000, "end": 20000000, "rss_kb": 4000, "peak_kb": 8000, "status": 0}]}
	END
	tests/bench/baseline "$T/results.json" >"$T/baseline.json"
}

# compare FILTER: compare with results changed by this jq filter
compare() {
	jq "$1" "$T/results.json" >"$T/new.json"
	run tests/bench/compare "$T/baseline.json" "$T/new.json"
	echo "$output"
}

@test "bench: the baseline holds our tools' costs, and only ours" {
	[ "$(jq -c '.costs["opensnoop -x"]' "$T/baseline.json")" = \
		'{"added per failed-open":1000,"added per open":0,"spent per event":1500,"start":50000000,"end":10000000,"peak memory":8192000,"size":80000}' ]
	[ "$(jq -c '.costs["profile -F 999"]["added per sample"]' "$T/baseline.json")" = 3000 ]
	[ "$(jq '.costs | length' "$T/baseline.json")" = 2 ]
}

@test "bench: equal costs pass, and so do smaller ones and dearer peers" {
	compare .
	[ "$status" = 0 ]
	[ "$output" = "2 tools, 13 costs compared: 0 grew, 0 fell" ]
	compare '.results[0].start = 30000000 | .results[1].start = 90000000'
	[ "$status" = 0 ]
	[ "$output" = "2 tools, 13 costs compared: 0 grew, 1 fell" ]
}

@test "bench: each cost that grew by more than 5 % fails and is named, with both numbers" {
	local change cost
	while IFS='|' read -r change cost; do
		compare "$change"
		[ "$status" = 1 ]
		[ "${lines[0]}" = "$cost" ]
		[[ "${lines[1]}" == "2 tools, 13 costs compared: 1 grew, 0 fell. "* ]]
		[ "${#lines[@]}" = 2 ]
	done <<-'END'
		.results[0].ops[0].traced = 7060|opensnoop -x: added per failed-open grew from 1,000 to 1,060 (+6.0 %)
		.results[0].ops[1].traced = 6040|opensnoop -x: added per open grew from 0 to 40
		.results[0].ops[0].tool = 1620|opensnoop -x: spent per event grew from 1,500 to 1,620 (+8.0 %)
		.results[0].start = 53000000|opensnoop -x: start grew from 50,000,000 to 53,000,000 (+6.0 %)
		.results[0].end = 12000000|opensnoop -x: end grew from 10,000,000 to 12,000,000 (+20.0 %)
		.results[0].peak_kb = 8500|opensnoop -x: peak memory grew from 8,192,000 to 8,704,000 (+6.3 %)
		.results[0].size = 90000|opensnoop -x: size grew from 80,000 to 90,000 (+12.5 %)
		.results[2].ops[0].traced = 2006500|profile -F 999: added per sample grew from 3,000 to 3,250 (+8.3 %)
	END
}

@test "bench: less than 5 %, or less than runs differ by, is no growth" {
	compare '.results[0].ops[0].traced = 7045 | .results[0].ops[0].tool = 1590 | .results[0].ops[1].traced = 6019 | .results[0].start = 52000000'
	[ "$status" = 0 ]
}

@test "bench: a tool or a cost that was not measured fails" {
	compare 'del(.results[2])'
	[ "$status" = 1 ]
	[ "${lines[0]}" = "profile -F 999: not measured" ]
	compare '.results[2] = {order: 3, tool: "profile", options: "-F 999", by: "snoopkit", failed: "no such probe"}'
	[ "$status" = 1 ]
	[ "${lines[0]}" = "profile -F 999: not measured: no such probe" ]
	compare '.results[2].seen = 0'
	[ "$status" = 1 ]
	[ "${lines[0]}" = "profile -F 999: not measured: sees nothing" ]
	compare 'del(.results[0].ops[1])'
	[ "$status" = 1 ]
	[ "${lines[0]}" = "opensnoop -x: added per open: not measured" ]
	compare '.results = []'
	[ "$status" = 1 ]
}

@test "bench: a tool that the baseline does not have fails" {
	compare '.results += [.results[0] | .tool = "new"]'
	[ "$status" = 1 ]
	[ "${lines[0]}" = "new -x: not in the baseline" ]
}

@test "bench: TOOLS= compares only these, and they must be there" {
	TOOLS=opensnoop compare 'del(.results[2])'
	[ "$status" = 0 ]
	[ "$output" = "1 tools, 7 costs compared: 0 grew, 0 fell" ]
	TOOLS=profile compare 'del(.results[2])'
	[ "$status" = 1 ]
	TOOLS="opensnoop opensnop" compare .
	[ "$status" = 1 ]
	[ "${lines[0]}" = "opensnop: not measured" ]
}

@test "bench: another kernel than the baseline's is said, and compared" {
	compare '.kernel = "6.1.1"'
	[ "$status" = 0 ]
	[ "${lines[0]}" = "the baseline is of Linux 6.12.1, this is 6.1.1" ]
	compare '.kernel = "6.1.1" | .results[0].size = 90000'
	[ "$status" = 1 ]
}

@test "bench: a new baseline of some tools leaves the others, of the same kernel" {
	jq '.results[0].start = 1 | del(.results[2])' "$T/results.json" >"$T/new.json"
	tests/bench/baseline "$T/new.json" "$T/baseline.json" >"$T/merged.json"
	[ "$(jq -c '.costs | map_values(.start)' "$T/merged.json")" = '{"opensnoop -x":1,"profile -F 999":70000000}' ]
	jq '.kernel = "6.1.1"' "$T/new.json" >"$T/other.json"
	run ! tests/bench/baseline "$T/other.json" "$T/baseline.json"
	jq '.results = []' "$T/new.json" >"$T/none.json"
	run ! tests/bench/baseline "$T/none.json"
}

@test "bench: what is neither printed nor said to be lost is lost in silence" {
	jq '.losses = [.results[:2][] | .ops |= .[:1]] | .losses[0] += {seen: 4000, lost: 1000} | .losses[1] += {seen: 3000, lost: 500}' \
		"$T/results.json" >"$T/new.json"
	run tests/bench/table "$T/new.json" losses
	echo "$output"
	[[ "$output" == *"| **snoopkit** | 5,000 | 4,000 | 1,000 | 0 |"* ]]
	[[ "$output" == *"| libbpf-tools 0.37 | 5,000 | 3,000 | 500 | 1,500 |"* ]]
}

@test "bench: a tool without options can be measured by the turns of a program" {
	jq '.results[2] += {tool: "cpuunclaimed", options: ""}' "$T/results.json" >"$T/new.json"
	tests/bench/table "$T/new.json" costs >"$T/costs"
	grep -qF '2,000 of 1,000' "$T/costs"
	tests/bench/table "$T/results.json" costs >"$T/costs"
	grep -qF '2,000 of 2,004' "$T/costs"
	tests/bench/plot "$T/new.json" | xmllint --noout -
}

@test "bench: what can't be counted is a failure in the results, and they stay JSON" {
	local tool=opensnoop options=-x by=snoopkit order=0 out=$T
	eval "$(sed -n '/^record() {/,/^}/p' tests/bench/guest)"
	record '. + {seen: 5}' <<<'{"n": 1}'
	record '. + {seen: 1 2}' <<<'{"n": 1}'
	record '. + {seen: 5}' <<<'{"n": }'
	jq -se 'length == 3 and .[0].seen == 5 and map(.order) == [1, 2, 3] and all(.tool == "opensnoop") and
		all(.[1:][]; .failed | startswith("no result: "))' "$T/results"
}

@test "bench: the plot is well-formed, and its bars are true" {
	tests/bench/plot "$T/results.json" >"$T/plot.svg"
	xmllint --noout "$T/plot.svg"
	grep -q '>opensnoop -x<' "$T/plot.svg"
	run ! grep -q '>profile' "$T/plot.svg"
	# The first bars in the three panels show what is added: 1,000 and 3,000, both from zero.
	sed -nE 's/.*<rect x="([0-9.]*)" .* width="([0-9.]*)".*height="9" class="(ours|theirs)".*/\3 \1 \2/p' "$T/plot.svg" |
		awk '!x[$1] { x[$1] = $2; wide[$1] = $3 }
			END { exit !(x["ours"] == x["theirs"] && wide["ours"] > 0 && sqrt((wide["ours"] * 3 - wide["theirs"]) ^ 2) < 0.5) }'
	jq 'del(.results[1])' "$T/results.json" >"$T/new.json"
	tests/bench/plot "$T/new.json" | xmllint --noout -
}

@test "bench: every tool that guests can run is measured, and in the baseline" {
	local t
	for t in tools/*.c; do
		t=${t#tools/} t=${t%.c}
		[ -e "tests/bench/tools/$t" ] || { echo "no tests/bench/tools/$t"; return 1; }
		grep -q "^if is $t " "tests/bench/tools/$t" || continue
		jq -e --arg t "$t" 'any(.costs | keys[]; split(" ")[0] == $t)' tests/bench/baseline.json >/dev/null ||
			{ echo "tests/bench/baseline.json has no $t: make bench-baseline"; return 1; }
	done
}

@test "bench: operations are made, as often as said: the kernel's own counters tell" {
	make -s build/bench/ops >/dev/null
	truncate -s 40M "$T/disk"
	# A tenth, and one more, come first to warm up.
	made() {	# OPERATION AT_LEAST COUNTER...: of 1,000
		local before n
		before=$("${@:3}")
		SNOOPKIT_TEST_DISK=$T/disk build/bench/ops "$1=1000" >"$T/ops.json"
		[ "$(jq -c '[.ops[] | .op, .n, .alone > 0]' "$T/ops.json")" = "[\"$1\",1000,true]" ]
		n=$(($("${@:3}") - before))
		[ $n -ge "$2" ] || { echo "$1: $n"; return 1; }
	}
	opens() { awk '/^Tcp:/ { n = $6 } END { print n }' /proc/net/snmp; }
	switches() { awk '/^ctxt/ { print $2 }' /proc/stat; }
	made connection 1101 opens
	made switch 2202 switches
	made signal 0 echo 0
	made write-fsync 0 echo 0
	run -2 build/bench/ops signals=1
	run -1 env -u SNOOPKIT_TEST_DISK build/bench/ops write-fsync=1
}
