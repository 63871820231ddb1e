# What the tests of sockets share.  tests/work/tcpconns and binds write what they did, a kind of row a line.
# A port that a test names is below those that the kernel chooses: one of these may be in TIME_WAIT.

# Trace this workload with this tool, these options ("-- ways" comes last), into $T/json.  With ONCE=1 it is not
# run again if the kernel skipped hits: for what is too long, and may lose what is counted.
trace_work() {
	local work=$1 tool=$2 options=()
	shift 2
	while [ "$1" != -- ]; do
		options+=("$1")
		shift
	done
	if [ -n "${ONCE:-}" ]; then
		"$B/$tool" --json "${options[@]}" -- "$W/$work" "$T/did" "${@:2}" >"$T/json" 2>"$T/err"
		cat "$T/err" >&2
	else
		traced "$B/$tool" --json "${options[@]}" -- "$W/$work" "$T/did" "${@:2}"
	fi
	nothing_lost "$T/json"
}

# The same of tests/work/binds; its rows are in $T/rows, those of others left out.
trace_binds() {
	trace_work binds "$@"
	jq -c 'select(.comm == "a binder")' "$T/json" >"$T/rows"
}

# The same of tests/work/tcpconns.
trace_conns() {
	trace_work tcpconns "$@"
	# A number in what it did may be one of its ports.
	awk 'function port(name) {
			return match($0, "\"" name "\":[0-9]+") ? substr($0, RSTART + length(name) + 3, RLENGTH - length(name) - 3) : 0
		}
		FNR == NR { n = split($0, word, "[],[]"); for (i = 1; i <= n; i++) mine[word[i]] = 1; next }
		/"lport":/ && ((port("lport") in mine) && port("lport") || (port("rport") in mine) && port("rport") > 1023)' \
		"$T/did" "$T/json" >"$T/rows"
}

# How many hits the kernel skipped, as the tool says: one that preempts does, and each can be missing or wrong in a row.
hits_lost() {
	awk '/in total, lost [0-9]+ probe hits/ { all = $5 } / lost [0-9]+ probe hits/ && !/in total/ { n += $3 }
		END { print (all ? all : n) + 0 }' "$T/err"
}

# $T/expected was traced, or what is missing was counted.
expected_or_lost() {
	local lost
	lost=$(hits_lost)
	[ "$lost" != 0 ] || { same "$T/expected" "$T/traced"; return; }
	[ "$(LC_ALL=C comm -23 "$T/expected" "$T/traced" | wc -l)" -le "$lost" ] &&
		[ "$(LC_ALL=C comm -13 "$T/expected" "$T/traced" | wc -l)" -le "$lost" ]
}

# rows_are KIND FILTER WANTED: the rows, as FILTER makes them, are those of what was done that pass WANTED.  FIELDS: only
# so many of their fields.
rows_are() {
	jq -c --arg kind "$1" "select(.[0] == \$kind) | .[1:] | select(${3:-true}) | .[:${FIELDS:-99}]" "$T/did" | LC_ALL=C sort >"$T/expected"
	jq -c "$2 | .[:${FIELDS:-99}]" "$T/rows" | LC_ALL=C sort >"$T/traced"
	expected_or_lost
	[ -s "$T/expected" ]
}
