load lib

setup() {
	needs_tool netstacklat
	needs_root
}

# Trace in a network namespace where nobody else is.
isolated() {
	B=$B unshare -n bash -ec 'ip link set lo up; ip link add name d type dummy 2>/dev/null || :; exec "$B/netstacklat" "$@"' - "$@" 2>"$T/err" ||
		{ cat "$T/err"; return 1; }
}

# trace_arrivals FILTER OPTION...: what the workload, which reads all packets late, did to those that the filter chooses is what
# the histograms of reads tell.
trace_arrivals() {
	local filter=$1
	shift
	isolated "$@" >"$T/json"
	nothing_lost "$T/json"
	jq -sc --slurpfile did "$T/did" '[.[] | select(.stage | endswith(" read")) | . as $r |
		[$did[] | select('"$filter"') | select(.[0] + " read" == $r.stage)] |
		[$r.stage, $r.count == length, $r.total_ns >= (map(.[2]) | add), $r.total_ns <= (map(.[3]) | add)]]' "$T/json" |
		same <(echo '[["tcp read",true,true,true],["udp read",true,true,true]]') -
}

@test "netstacklat: how late packets reach each part of the stack, and how late programs read them" {
	trace_arrivals true -i lo --json -- "$W/arrivals" "$T/did" 5 20
	# Before the reads they do not wait; of TCP, there are also packets without data.
	jq -se 'map({key: .stage, value: .}) | from_entries | .udp.count == 10 and .["udp queue"].count == 10 and .["tcp queue"].count == 10 and
		.tcp.count > 20 and .ip.count >= 10 and
		.udp.total_ns < 100e6 and .udp.total_ns <= .["udp queue"].total_ns and
		.["tcp queue"].total_ns < 100e6 and all(.[]; (.nsecs | map(.count) | add) == .count)' "$T/json"
	jq -se 'map(select(.stage == "udp read"))[0].nsecs | map(select(.lo < 16777216 and .count > 0)) == []' "$T/json"
}

@test "netstacklat: -4, -6, -i, --netns and -p choose packets" {
	trace_arrivals '.[1] == 4' -4 -u --json -- "$W/arrivals" "$T/did" 3 20
	trace_arrivals '.[1] == 6' -6 -m --json --exec "$W/arrivals" "$T/did" 3 20
	jq -se 'length == 2' "$T/json" # packets belong to a process once it reads them
	for none in "-i d" "-p $$" "--netns 1"; do
		# shellcheck disable=SC2086
		isolated $none --json -- "$W/arrivals" "$T/did" 1 1 >"$T/json"
		nothing_lost "$T/json"
		[ ! -s "$T/json" ]
	done
}

@test "netstacklat: the text, and bad input" {
	isolated -m -4 -- "$W/arrivals" "$T/did" 3 40 >"$T/text"
	grep '^stage' "$T/text" | same <(printf 'stage = %s\n' ip tcp udp "tcp queue" "udp queue" "tcp read" "udp read") -
	head -n4 "$T/text" | same <(printf '%s\n' "Tracing how long packets take... Hit Ctrl-C to end." "" "stage = ip" \
		"     msecs               : count     distribution") -
	tail -n1 "$T/text" | grep -Eqx '        32 -> 63         : 3        \|\*{40}\|'
	for bad in "-i no-such-dev" "-u -m" "-4 -6" "-i lo --netns 1" "1 2 3"; do
		# shellcheck disable=SC2086
		run -2 "$B/netstacklat" $bad
		[ "${#lines[@]}" = 1 ]
	done
}
