load lib

setup() {
	needs_tool fileslower
	mkdir "$T/dir"
}

# Trace `slowio` with these options, then print what is wrong with what was seen.
# $1: the threshold in ms.  Calls held up for longer must be there; calls that took less must not.
wrong() {
	"$B/fileslower" --json "$@" -- "$W/slowio" "$T/expected" "$T/dir" >"$T/json" 2>"$T/err"
	[ ! -s "$T/err" ] || { cat "$T/err"; return; }
	jq -c --slurpfile seen "$T/json" --argjson ms "$1" --argjson all "${ALL:-false}" '
		. as [$tid, $comm, $d, $bytes, $file, $held, $took, $regular]
		| [$seen[] | select(.filename == $file and .tid == $tid)] as $events
		| ($ms * 1000000) as $min
		| if ($regular or $all) and $held >= $min then
			select(($events | length) != 1 or ($events[0]
				| [.tid, .comm, .d, .bytes, .err] != [$tid, $comm, $d, $bytes, 0]
				or .lat_ns < $held or .lat_ns > $took))
		  elif (($regular or $all) | not) or $took < $min then
			select(($events | length) != 0)
		  else empty end
		| { expected: ., $events }' "$T/expected"
}

@test "fileslower: slow reads and writes of regular files, however they are called" {
	wrong 10 | same /dev/null -
	[ "$(jq -s 'map(select(.filename | startswith("slow-"))) | length' "$T/json")" -ge 6 ]
	jq -se --argjson min 10000000 'all(.lat_ns >= $min)' "$T/json"
}

@test "fileslower: without a threshold all, with -a all kinds of files, by one process" {
	ALL=true wrong 0 -a | same /dev/null -
	[ "$(jq -s 'map(select(.filename | startswith("slow-"))) | length' "$T/json")" = 17 ]
	"$B/fileslower" --json 0 --exec "$W/slowio" "$T/expected" "$T/dir" >"$T/json"
	[ "$(jq .pid "$T/json" | sort -u | wc -l)" = 1 ]
	[ "$(jq -s 'map(select(.filename | startswith("slow-"))) | length' "$T/json")" = 17 ]
	"$B/fileslower" --json -p 1 0 -- "$W/slowio" "$T/expected" "$T/dir" >"$T/json"
	[ "$(jq -s 'map(select(.filename | startswith("slow-"))) | length' "$T/json")" = 0 ]
}

@test "fileslower: the text is BCC's" {
	"$B/fileslower" -- sh -c 'sleep 0.5; exec "$@"' sh "$W/slowio" "$T/expected" "$T/dir" >"$T/text"
	sed -n 1,2p "$T/text" | same <(printf '%s\n' "Tracing sync read/writes slower than 10 ms" \
		"TIME(s)  COMM           TID    D BYTES   LAT(ms) FILENAME") -
	grep -Eqx '[0-9]+\.[0-9]{3} +a slow worker\. [0-9]{1,6} +R 700     +[0-9]+\.[0-9]{2} slow-read' "$T/text"
	grep -Eqx '[0-9]+\.[0-9]{3} +a slow worker\. [0-9]{1,6} +W 1000    +[0-9]+\.[0-9]{2} slow-write' "$T/text"
	# The time is since the start, not since the first event.
	awk '/ slow-/ && $1 < 0.5' "$T/text" | same /dev/null -
	run -2 "$B/fileslower" 1 2
	run -2 "$B/fileslower" 1.5
}
