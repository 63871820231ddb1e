load lib

setup() {
	needs_tool numasched
}

# tests/vm/run --numa gives a guest two nodes, with a processor each.
@test "numasched: each move of a thread to the other node, and none within a node" {
	nodes=$(ls -d /sys/devices/system/node/node[0-9]* 2>/dev/null | wc -l)
	"$B/numasched" --json -- "$W/moves" "$T/expected" 20 >"$T/json"
	cat "$T/expected"
	pid=$(jq '.[0]' "$T/expected")
	jq -c "select(.pid == $pid and .comm == \"moves\")" "$T/json" >"$T/rows" # not numasched's, before it executes the command
	if [ "$nodes" -lt 2 ]; then
		[ ! -s "$T/json" ]
	else
		cat "$T/rows"
		nothing_lost "$T/json"
		# It also moves to the first CPU, if it is not there.
		jq -se 'length as $n | ($n == 39 or $n == 40) and all(.src_nid != .dst_nid and .tid == .pid)' "$T/rows"
		jq -se '. as $r | all(range(length - 1); $r[.].dst_nid == $r[. + 1].src_nid and $r[.].dst_cpu == $r[. + 1].src_cpu)' "$T/rows"
		"$B/numasched" -c moves -- "$W/moves" "$T/expected" 5 >"$T/text"
		cat "$T/text"
		[ "$(grep -Ecx '[0-9:]{8} [0-9]+ +[0-9]+ +[01] +-> [01] +moves' "$T/text")" -ge 9 ]
	fi
	"$B/numasched" -c no-such-name -- true >"$T/text"
	same - "$T/text" <<-'end'
		Tracing task NUMA switch...
		TIME     PID      TID      SRC_NID     DST_NID  COMM
	end
	for bad in "x" "-p x" "-t" "-c"; do
		run -2 --separate-stderr "$B/numasched" $bad
		[ "${#stderr_lines[@]}" = 1 ]
	done
}
