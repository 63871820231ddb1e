load lib

setup() {
	needs_tool uthreads -l c
}

@test "uthreads: each thread, made by pthread_create(3), started and stopped by Java, with its own ID" {
	traced "$B/uthreads" --json -l java -- "$W/methods" "$T/expected" java threads 40
	nothing_lost "$T/json"
	# What the program writes of a thread is in the order in which it happens: making it comes first.
	jq -c 'select(.comm == "methods")' "$T/json" >"$T/rows"
	jq -c 'select(.type == "pthread") | ["pthread",.tid]' "$T/rows" >"$T/seen"
	grep pthread "$T/expected" | same - "$T/seen"
	jq -se 'map(select(.type == "pthread")) | all(.description | test("^in_thread \\[.*/methods\\]$"))' "$T/rows"
	for what in start stop; do
		jq -se "map(select(.type == \"$what\")) | length == 40 and all(.description == \"worker\" and .runtime_id == 12)" "$T/rows"
		jq -c "select(.type == \"$what\") | [\"pthread\",.tid]" "$T/rows" | same "$T/seen" -
	done
}

@test "uthreads: of one process; text is BCC's" {
	mkfifo "$T/go"
	"$W/methods" "$T/expected" c threads 3 fifo="$T/go" 3>&- &
	"$B/uthreads" -l none $! -- sh -c "echo >$T/go; while kill -0 $!; do sleep 0.05; done 2>/dev/null" >"$T/text"
	cat "$T/text"
	[ "$(sed -n 1p "$T/text")" = "Tracing thread events in process $! (language: none)... Ctrl-C to quit." ]
	[ "$(sed -n 2p "$T/text")" = "TIME     ID               TYPE     DESCRIPTION" ]
	jq '.[1]' "$T/expected" | while read -r tid; do
		grep -Eq "^[0-9]+\.[0-9]{3} +$tid +pthread  in_thread \[.*/methods\]" "$T/text"
	done
	[ "$(wc -l <"$T/text")" = 5 ]
	for bad in "" "-l perl 1" "1 1" "x"; do
		run -2 --separate-stderr "$B/uthreads" $bad
		[ -z "$output" ]
		[ "${#stderr_lines[@]}" = 1 ]
	done
}
