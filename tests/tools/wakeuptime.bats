load lib

setup() {
	needs_tool wakeuptime
}

# The sum of a key of the rows with this condition.
seen() {	# CONDITION KEY
	jq -s "map(select(has(\"target\")) | select($1).$2) | add // 0" "$T/json"
}

@test "wakeuptime: two that wake each other, from where, and for how long they sleep" {
	local began=${EPOCHREALTIME/./} passed
	traced "$B/wakeuptime" --json -- "$W/switches" "$T/expected" pair=150 sleep=10,20 sleep=1,1500 pair=150
	passed=$(((${EPOCHREALTIME/./} - began) * 1000))
	nothing_lost "$T/json"
	cat "$T/expected"
	for names in "ping pong" "pong ping"; do
		target=${names% *} waker=${names#* }
		which=".target == \"$target\" and .waker == \"$waker\" and any(.kernel[]; test(\"pipe_write\"))"
		n=$(seen "$which" count) time=$(seen "$which" blocked_ns)
		there=$(jq -s "map(select(.[0] == \"$target\")[5]) | add" "$T/expected")
		echo "$target was woken $n times after $time ns; it was there for $there"
		# One that finds data in the pipe need not sleep.  Who sleeps is woken up, but for its end.
		slept=$(jq -s "map(select(.[0] == \"$target\")[6]) | add" "$T/expected")
		woken=$(seen ".target == \"$target\"" count)
		echo "it slept $slept times, and was woken $woken times"
		[ "$n" -gt 0 ]
		[ "$woken" -ge $((slept - 8)) ]
		[ "$woken" -le "$slept" ]
		[ "$time" -gt 0 ]
		# There are two of each, which may wait for each other before they look at the clock.
		[ "$time" -lt $((there + 2 * passed)) ]
	done
	# The timer wakes up the sleeper, whoever runs at the time.
	time=$(seen '.target == "switches" and any(.kernel[]; test("hrtimer"))' blocked_ns)
	echo "sleeps of 1.7 s: $time"
	[ "$time" -ge 1500000000 ]
	# Equal stacks are added up.
	jq -se 'map(select(has("target")) | [.target, .waker, .kernel]) | length == (unique | length)' "$T/json"
	not grep -E '"kernel":\["(bpf_trace_run|__traceiter|bpf_trampoline)' "$T/json"
}

@test "wakeuptime: sleeps from before the start count from there; -p, -m, -M and -u choose" {
	sleep 1000 3>&- &
	asleep=$!
	"$B/wakeuptime" --json -p $asleep -- sh -c "sleep 1; kill $asleep" >"$T/json"
	jq -c . "$T/json"
	# While it ends, it can wait for a lock as well.
	jq -se 'all(.target == "sleep") and (map(select(.blocked_ns >= 100000000)) | length == 1 and
		(.[0] | .count == 1 and .blocked_ns >= 900000000 and .blocked_ns < 2500000000))' "$T/json"
	sleep 1000 3>&- &
	asleep=$!
	"$B/wakeuptime" --json --complete-only -p $asleep -- sh -c "sleep 1; kill $asleep" >"$T/json"
	[ ! -s "$T/json" ]
	"$B/wakeuptime" --json -m 8000 -- "$W/switches" "$T/expected" sleep=5,10 sleep=5,2 >"$T/json"
	jq -se 'length > 0 and all(.blocked_ns >= .count * 8000000)' "$T/json"
	"$B/wakeuptime" --json -M 8000 -- "$W/switches" "$T/expected" sleep=5,10 sleep=5,2 >"$T/json"
	jq -se 'length > 0 and all(.blocked_ns < .count * 8001000)' "$T/json"
	"$B/wakeuptime" --json -u -- "$W/switches" "$T/expected" sleep=5,10 >"$T/json"
	[ "$(seen '.target | test("^(kworker/|rcu_|ksoftirqd)")' count)" = 0 ]
	[ "$(seen '.target == "switches"' count)" -ge 3 ]
}

@test "wakeuptime: layout, banner and order are BCC's" {
	"$B/wakeuptime" 100 -- "$W/switches" "$T/expected" pair=50 >"$T/text"
	cat "$T/text"
	[ "$(head -1 "$T/text")" = "Tracing blocked time (us) by kernel stack for 100 secs." ]
	[ -z "$(sed -n 2p "$T/text")" ]
	[ "$(tail -1 "$T/text")" = "Detaching..." ]
	# On one processor, either of them may always find its byte there.
	grep -A1 -xE '    target:          p[io]ng' "$T/text" | grep -Eqx '    ffff[0-9a-f]{12} [a-zA-Z0-9_.]+\+0x[0-9a-f]+'
	grep -A1 -xE '    waker:           p[io]ng' "$T/text" | grep -Eqx '        [0-9]+'
	grep -Ex '        [0-9]+' "$T/text" | sort -nc
	"$B/wakeuptime" -f --flamegraph "$T/svg" -- "$W/switches" "$T/expected" pair=50 >"$T/text"
	[ "$(sed -nE 's/.*data-total="([0-9]*)".*/\1/p' "$T/svg")" = "$(awk '{ n += $NF } END { print n }' "$T/text")" ]
	grep -qE '<title>(anon_)?pipe_write$' "$T/svg"
	grep -Eq '^(pong|ping);.*;(anon_)?pipe_write;.*;(ping|pong) [0-9]+$' "$T/text"
	not grep -vE ' [0-9]+$' "$T/text"
	"$B/wakeuptime" -- true >"$T/text"
	[ "$(head -1 "$T/text")" = "Tracing blocked time (us) by kernel stack... Hit Ctrl-C to end." ]
}

@test "wakeuptime: bad command lines are usage errors" {
	for bad in 0 "1 2" "-p x" "-m x" "-M -1" "-m 100 -M 50" "--stack-storage-size 0"; do
		run -2 --separate-stderr "$B/wakeuptime" $bad
		[ -z "$output" ]
		[ "${#stderr_lines[@]}" = 1 ]
	done
}
