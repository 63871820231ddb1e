# What the tests of connections share.  tests/work/tcpconns writes what it did, a kind of row a line.

# Trace it with this tool, these options ("-- ways" comes last); its rows are in $T/json, those of others left out.
trace_conns() {
	local tool=$1 options=()
	shift
	while [ "$1" != -- ]; do
		options+=("$1")
		shift
	done
	traced "$B/$tool" --json "${options[@]}" -- "$W/tcpconns" "$T/did" "${@:2}"
	nothing_lost "$T/json"
	# A number in what it did may be one of its ports.
	awk 'function port(name) {
			return match($0, "\"" name "\":[0-9]+") ? substr($0, RSTART + length(name) + 3, RLENGTH - length(name) - 3) : 0
		}
		FNR == NR { n = split($0, word, "[],[]"); for (i = 1; i <= n; i++) mine[word[i]] = 1; next }
		/"lport":/ && ((port("lport") in mine) && port("lport") || (port("rport") in mine) && port("rport") > 1023)' \
		"$T/did" "$T/json" >"$T/rows"
}

# rows_are KIND FILTER ROW: the rows, as FILTER makes them, are those that tcpconns did that pass WANTED.
rows_are() {
	jq -c --arg kind "$1" "select(.[0] == \$kind) | .[1:] | select(${3:-true})" "$T/did" | LC_ALL=C sort >"$T/expected"
	jq -c "$2" "$T/rows" | LC_ALL=C sort >"$T/traced"
	same "$T/expected" "$T/traced"
	[ -s "$T/expected" ]
}
