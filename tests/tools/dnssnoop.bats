load lib

setup() {
	needs_root
	needs_tool dnssnoop
}

ROW='[.pid, .tid, .comm, .server, .port, .protocol, .type, .name, .result, .tries, .truncated, .addresses, .netns]'

# Trace the workload; its rows are in $T/rows.
trace_questions() {
	local options=()
	while [ "$1" != -- ]; do
		options+=("$1")
		shift
	done
	"$B/dnssnoop" --json "${options[@]}" -- "$W/questions" "$T/did" "${@:2}" >"$T/json" 2>"$T/err"
	cat "$T/err" >&2
	nothing_lost "$T/json"
	jq -c 'select(.comm == "a resolver" or .comm == "another thread")' "$T/json" >"$T/rows"
}

# The rows are what was asked, of what passes FILTER.
asked() {
	jq -c "select(${1:-true}) | .[:13]" "$T/did" | same - <(jq -c "$ROW" "$T/rows")
	[ -s "$T/rows" ]
}

@test "dnssnoop: each question with its answer, or none, by UDP and TCP, IPv4 and IPv6, and who asked" {
	trace_questions -- all
	asked
	[ "$(wc -l <"$T/rows")" = 18 ]
	jq -ne --slurpfile did "$T/did" --slurpfile rows "$T/rows" '[$did, $rows] | transpose |
		all(if .[0][13] == null then .[1].lat_ns == null else .[1].lat_ns >= .[0][13] and .[1].lat_ns <= .[0][14] end)'
}

@test "dnssnoop: a question without an answer, once the time is up" {
	trace_questions --timeout 1 -- wait 3
	jq -se 'map([.name, .result, .lat_ns]) == [["s.test", "TIMEOUT", null]]' "$T/rows"
	# It was told when it was due, not at the end.
	"$B/dnssnoop" --timeout 1 -- "$W/questions" "$T/did" wait 60 >"$T/text" 3>&- &
	tool=$!
	for _ in {1..400}; do
		grep -q TIMEOUT "$T/text" && break
		read -rt 0.05 <><(:) || :
	done
	pkill -f "^$W/questions $T/did wait" # the tool ends with it
	wait "$tool" || :
	grep -q TIMEOUT "$T/text"
}

@test "dnssnoop: -x, -4, -6, -P, -p and --netns choose" {
	trace_questions -x -- all
	asked '.[8] != "NOERROR"'
	trace_questions -6 -P 53 -- all
	asked '.[3] == "::1"'
	for none in "-P 54" "-p $$" "--netns 1"; do
		# shellcheck disable=SC2086
		trace_questions $none -- many 3
		[ ! -s "$T/rows" ]
	done
}

@test "dnssnoop: 500 questions, one after the other" {
	trace_questions -- many 500
	asked
	[ "$(wc -l <"$T/rows")" = 500 ]
}

@test "dnssnoop: the text" {
	"$B/dnssnoop" -- "$W/questions" "$T/did" all >"$T/text"
	head -n1 "$T/text" | same <(echo "TIME     PID     COMM             SERVER          TYPE  RESULT      LAT(ms) NAME                         ADDRESSES") -
	grep -Eqx '[0-9:]{8} [0-9]{1,7} +a resolver       127\.0\.0\.1       A     NOERROR    +[0-9]+\.[0-9]{2} a2\.example\.test +192\.0\.2\.1, 192\.0\.2\.2' "$T/text"
	grep -Eqx '[0-9:]{8} [0-9]{1,7} +a resolver       127\.0\.0\.2       AAAA  UNANSWERED +- a2\.both\.test +' "$T/text"
}
