load lib

setup() {
	needs_tool numamove
}

# tests/vm/run --numa gives a guest two nodes, with a processor each.
@test "numamove: pages that the kernel moves to the node that uses them, as many as it says; rows are libbpf-tools'" {
	nodes=$(ls -d /sys/devices/system/node/node[0-9]* 2>/dev/null | wc -l)
	if [ "$nodes" -ge 2 ]; then
		traced "$B/numamove" --json --once -- "$W/faraway" "$T/expected" 300
		cat "$T/json" "$T/expected"
		jq -se --slurpfile e "$T/expected" '.[0] | $e[0][0] as $moved | $moved >= 300 and .migrations - .failed >= $moved * 98 / 100 and
			.migrations - .failed <= $moved * 105 / 100 + 20 and .migrations_ns > .migrations * 100' "$T/json"
	else
		"$B/numamove" --json --once -- true >"$T/json"
		jq -se 'length == 1 and .[0].migrations == 0 and .[0].migrations_ns == 0' "$T/json"
	fi
	"$B/numamove" 1 2 >"$T/text"
	cat "$T/text"
	[ "$(sed -n 1p "$T/text")" = "TIME          NUMA_migrations NUMA_migrations_ms" ]
	[ "$(sed 1d "$T/text" | grep -Ecx '[0-9:]{8}   +[0-9]+ +[0-9]+')" = 2 ]
	for bad in "x" "0" "1 2 3" "-p x"; do
		run -2 --separate-stderr "$B/numamove" $bad
		[ "${#stderr_lines[@]}" = 1 ]
	done
}
