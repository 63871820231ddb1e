load lib
load conns

setup() {
	needs_tool tcppktlat
}

ROW='[.pid, .tid, .comm, .family, .laddr, .lport, .raddr, .rport, .netns, .bytes]'

# Does it see packets whose receiver does not send any more?
half() {
	can_trace tcppktlat && ! grep -q 'not seen' "$T/err"
}

# Trace the workload; its packets are in $T/rows.
trace_pickups() {
	trace_work pickups tcppktlat "$@"
	jq -c 'select(.comm == "a reader" or .comm == "another thread")' "$T/json" >"$T/rows"
}

# waited LEAST_NS [FILTER]: the packets that waited so long by the workload's own clock are the rows, each with a time that can be.
waited() {
	jq -c --argjson least "$1" --argjson half "$(half && echo true || echo false)" \
		'select(.[0] == "packet" or (.[0] == "half" and $half)) | .[1:] | select(.[10] >= $least) | select('"${2:-true}"')' "$T/did" >"$T/packets"
	jq -c '.[:10]' "$T/packets" | same - <(jq -c "$ROW" "$T/rows")
	jq -ne --slurpfile made "$T/packets" --slurpfile seen "$T/rows" \
		'[$made, $seen] | transpose | all(.[1].lat_ns >= .[0][10] and .[1].lat_ns <= .[0][11])'
}

@test "tcppktlat: each packet, by the read that took its last byte, over IPv4, IPv6 and mapped addresses" {
	trace_pickups -- ways
	waited 0
	[ "$(wc -l <"$T/packets")" -ge 44 ]
	grep -qx 'tcppktlat: 8 packets were not read before their connections ended' "$T/err"
}

@test "tcppktlat: hundreds of packets that one read takes, and a threshold" {
	trace_pickups -- many 300
	waited 0
	trace_pickups 100000 -- ways
	waited 100000000 # those that came before what they follow
}

@test "tcppktlat: -p, -t, -l, -r, -4, -6 and --netns choose" {
	trace_pickups -4 --netns "/proc/$$/ns/net" -- ways
	waited 0 '.[3] == 4'
	trace_pickups -6 -- ways
	waited 0 '.[3] == 6'
	for none in "-p $$" "-t $$" "-l 1" "-r 1-2" "--netns 1"; do
		# shellcheck disable=SC2086
		trace_pickups $none -- many 5
		[ ! -s "$T/rows" ]
	done
	"$B/tcppktlat" --json --exec "$W/pickups" "$T/did" many 5 >"$T/rows"
	waited 0
	run -2 "$B/tcppktlat" 5x
	run -2 "$B/tcppktlat" 5 5
}

@test "tcppktlat: header and rows are those of libbpf-tools" {
	"$B/tcppktlat" -- "$W/pickups" "$T/did" many 1 >"$T/text"
	head -n1 "$T/text" | same <(echo "PID     TID     COMM             LADDR           LPORT RADDR           RPORT MS") -
	grep -Eqx '[0-9]{1,7} +[0-9]{1,7} +a reader         127\.0\.0\.1       [0-9]{4,5} +127\.0\.0\.1       [0-9]{4,5} +[0-9]+\.[0-9]{2}' "$T/text"
	"$B/tcppktlat" -Tw -- "$W/pickups" "$T/did" many 1 >"$T/text"
	head -n1 "$T/text" | same <(echo "TIME(s)  PID     TID     COMM             LADDR                      LPORT RADDR                      RPORT MS") -
	grep -Eqx '[0-9:]{8} [0-9]{1,7} +[0-9]{1,7} +a reader         127\.0\.0\.1                  [0-9]{4,5} +127\.0\.0\.1                  [0-9]{4,5} +[0-9]+\.[0-9]{2}' "$T/text"
}
