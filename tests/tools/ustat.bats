load lib

setup() {
	needs_tool ustat -x "$W/methods"
}

@test "ustat: all that the processes of each language do" {
	for l in java node perl php python ruby tcl; do
		traced "$B/ustat" --json --once -l $l -- "$W/methods" "$T/expected" $l stat 200
		nothing_lost "$T/json"
		jq -c --slurpfile e "$T/expected" 'select(.pid == $e[0][0]) |
			[.pid,.methods,.gcs,.objects,.classes,.exceptions,.threads]' "$T/json" | same "$T/expected" -
	done
}

@test "ustat: all languages at once, also of processes that are made later; intervals; text is BCC's" {
	"$B/ustat" --json -x "$W/methods" 1 -- sh -c "for l in java ruby; do '$W/methods' $T/\$l \$l stat 50; done; sleep 1.2" >"$T/json"
	for l in java ruby; do
		pid=$(jq '.[0]' "$T/$l")
		jq -se --slurpfile e "$T/$l" "map(select(.pid == $pid)) |
			[$pid] + ([\"methods\",\"gcs\",\"objects\",\"classes\",\"exceptions\",\"threads\"] as \$k |
			. as \$r | \$k | map(. as \$f | \$r | map(.[\$f]) | add)) == \$e[0]" "$T/json"
	done
	"$B/rubystat" -C -x "$W/methods" -S objnew -r 1 10 1 -- "$W/methods" "$T/expected" ruby stat 100 >"$T/text"
	cat "$T/text"
	[ "$(sed -n 1p "$T/text")" = "Tracing... Output every 10 secs. Hit Ctrl-C to end" ]
	grep -Fqx "PID    CMDLINE              METHOD/s   GC/s   OBJNEW/s   CLOAD/s  EXC/s  THR/s" "$T/text"
	grep -Eqx "$(jq '.[0]' "$T/expected") +methods +[0-9 ]+" "$T/text"
}

@test "ustat: each complaint is a sentence" {
	run -1 --separate-stderr "$B/tclstat" -p 1
	[ -z "$output" ]
	[ "${#stderr_lines[@]}" = 1 ]
	[[ $stderr = *"process 1 uses no program or library with USDT probes of tcl" ]]
	for bad in "x" "-S pid" "-l c" "1 x" "-r x"; do
		run -2 --separate-stderr "$B/ustat" $bad
		[ -z "$output" ]
		[ "${#stderr_lines[@]}" = 1 ]
	done
}
