load lib

setup() {
	needs_tool uobjnew -x "$W/methods"
}

@test "uobjnew: all objects of each language, with their bytes" {
	for l in java ruby tcl; do
		traced "$B/uobjnew" --json -l $l -- "$W/methods" "$T/expected" $l objects 500
		nothing_lost "$T/json"
		jq -c 'select(.type) | [.type,.objects,.bytes]' "$T/json" | sort >"$T/rows"
		sort "$T/expected" | same - "$T/rows"
	done
}

@test "uobjnew: blocks of malloc(3), of one process, at intervals" {
	mkfifo "$T/go"
	"$W/methods" "$T/expected" c objects 300 fifo="$T/go" 3>&- &
	traced "$B/cobjnew" --json $! 1 -- sh -c "echo >$T/go; while kill -0 $!; do sleep 0.05; done 2>/dev/null"
	nothing_lost "$T/json"
	jq -se 'map(select(.type == "block size 7777")) | (map(.objects) | add) == 300 and (map(.bytes) | add) == 300 * 7777' "$T/json"
}

@test "uobjnew: -C and -S choose types; text is BCC's" {
	"$B/uobjnew" -l ruby -C 1 -- "$W/methods" "$T/expected" ruby objects 5 >"$T/text"
	"$B/uobjnew" -l ruby -S 2 -- "$W/methods" "$T/expected" ruby objects 5 >>"$T/text"
	same - "$T/text" <<-END
		Tracing allocations in all threads (language: ruby)... Ctrl-C to quit.
		NAME/TYPE                      # ALLOCS      # BYTES
		array                                10           35
		Tracing allocations in all threads (language: ruby)... Ctrl-C to quit.
		NAME/TYPE                      # ALLOCS      # BYTES
		array                                10           35
		string                                5           50
	END
	for bad in "" "-C 1 -S 1 1" "-l perl 1" "-S x 1"; do
		run -2 --separate-stderr "$B/uobjnew" $bad
		[ -z "$output" ]
		[ "${#stderr_lines[@]}" = 1 ]
	done
}
