load lib

setup() {
	needs_root
	BIN=$W/latencies
}

# Measure with these arguments while `latencies` does the parts after --.
latencies() {
	local args=()
	while [ "$1" != -- ]; do args+=("$1"); shift; done
	traced "$B/funcinterval" --json "${args[@]}" --exec "$BIN" "$T/expected" "${@:2}"
	cat "$T/expected" "$T/json"
	nothing_lost "$T/json"
}

# The intervals are those between the steps that `latencies` took, each after sleeping.
steps() {
	jq -se --slurpfile e "$T/expected" '($e | map(select(.[0] == "known_step"))[0]) as $w |
		length == 1 and .[0].count == $w[1] and .[0].total_ns >= $w[2] and .[0].total_ns <= $w[3]' "$T/json"
}

@test "funcinterval: a function of a program" {
	latencies "$BIN:known_step" -- steps=30,3
	steps
	jq -se '.[0].nsecs | map(select(.lo >= 2097152).count) | add == 29' "$T/json"
	# of another process
	traced "$B/funcinterval" --json -p $$ "$BIN:known_step" -- "$BIN" "$T/expected" steps=3,1
	[ ! -s "$T/json" ]
}

@test "funcinterval: a function of the kernel, and several" {
	[ -n "${SNOOPKIT_VM:-}" ] || needs_tool funcinterval vfs_read
	latencies -m hrtimer_nanosleep -- steps=10,20
	jq -se '.[0].count == 8 and (.[0].msecs | map(select(.lo >= 16).count) | add) == 8 and .[0].total_ns >= 160000000' "$T/json"
	# Each sleep calls one, then the other.
	latencies -u '*[ro]_nanosleep' -- steps=1,1 nap=6
	jq -se '.[0].count == 11' "$T/json"
}

@test "funcinterval: a tracepoint" {
	latencies -u t:syscalls:sys_enter_clock_nanosleep -- nap=11
	jq -se '.[0].count == 10 and (.[0].usecs | map(select(.lo >= 1024).count) | add) == 10 and .[0].total_ns >= 20000000' "$T/json"
}

@test "funcinterval: output is BCC's" {
	"$B/funcinterval" -mTi 100 "$BIN:known_step" --exec "$BIN" "$T/expected" steps=3,1100 >"$T/text"
	cat "$T/text"
	sed -E 's/^[0-9]{2}:[0-9]{2}:[0-9]{2}$/TIME/' "$T/text" | sed -n '1,4p;$p' >"$T/plain"
	same - "$T/plain" <<-END
	Tracing uprobe function for "$BIN:known_step"... Hit Ctrl-C to end.

	TIME
	     msecs               : count     distribution
	Detaching...
	END
	grep -Eq '^ +1024 -> 2047 +: 2 +\|\*{40}\|$' "$T/text"
	run -2 --separate-stderr "$B/funcinterval"
	[ "${stderr%% The*}" = "funcinterval: which functions?" ]
	run -2 --separate-stderr "$B/funcinterval" -m -u vfs_read
	[ "${stderr%%$'\n'*}" = "funcinterval: -m and -u exclude each other" ]
}
