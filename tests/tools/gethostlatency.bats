load lib
load roots

setup() {
	needs_tool gethostlatency
}

# What `resolves` says it did, as the tool says it: [pid,tid,function,host,failed,error].  A name that is too long is cut.
due() {	# EXPECTED...
	jq -c '.[5] as $e | [.[0:3][], .[3][:255], .[4], if .[4] and $e then ["BADFLAGS","NONAME"][-$e - 1] | "EAI_" + . else null end]' "$@"
}

# The same of the rows of these processes.
seen() {	# EXPECTED
	jq -c --argjson pid "$(head -n 1 "$1" | jq '.[0]')" 'select(.pid == $pid) |
		[.pid, .tid, .function, .host, .failed, .error]' "$T/json"
}

same_lookups() {	# EXPECTED
	due "$1" >"$T/due"
	seen "$1" >"$T/seen"
	[ -s "$T/due" ]
	same "$T/due" "$T/seen"
}

@test "gethostlatency: each lookup, once, with its time, its result and its thread" {
	traced "$B/gethostlatency" --json -- "$W/resolves" "$T/expected" 20
	same_lookups "$T/expected"
	[ "$(wc -l <"$T/due")" = 163 ]
	# No call takes longer than the program measured.
	jq -c 'select(.lat_ns)' "$T/json" >"$T/rows"
	jq -se --slurpfile e "$T/expected" '. as $r | all(range(163);
		. as $i | $r[$i].lat_ns > 0 and $r[$i].lat_ns <= $e[$i][6])' "$T/rows"
	jq -se --argjson uid "$(id -u)" 'all(.uid == $uid and .comm == "resolves") and
		(map(select(.cut)) | length == 1 and .[0].host == "x" * 255)' "$T/rows"
	[ "$(jq -c '.lost // empty | del(.nested)' "$T/json")" = '{"cut":1}' ]
	grep -qx "gethostlatency: lost 1 strings cut short: too long" "$T/err"
}

@test "gethostlatency: in a container, and in a program whose library is gone" {
	needs_root
	make_root "$T/root" sleep "$W/resolves"
	unshare -m chroot "$T/root" /bin/sleep 1000 3>&- &
	sleeping=$!
	mkfifo "$T/go"
	mkdir "$T/lib"
	libc=$(ldd "$W/resolves" | awk '/libc\.so/ { print $3 }')
	cp -L "$libc" "$T/lib/libc.so.6"
	LD_LIBRARY_PATH=$T/lib "$W/resolves" "$T/expected-gone" fifo="$T/go" 2 3>&- &
	gone=$!
	until [ "$(readlink /proc/$sleeping/root)" = "$(readlink -f "$T/root")" ] &&
		grep -q "$T/lib/libc.so.6" /proc/$gone/maps; do
		kill -0 $sleeping
		kill -0 $gone
		sleep 0.02
	done
	rm "$T/lib/libc.so.6"
	"$B/gethostlatency" --json -- sh -c "chroot '$T/root' /bin/resolves /expected 3; '$W/resolves' '$T/expected-here'
		echo >'$T/go'; while kill -0 $gone; do sleep 0.05; done" >"$T/json" 2>/dev/null || status=$?
	kill $sleeping
	[ -z "${status:-}" ]
	for expected in "$T/root/expected" "$T/expected-here" "$T/expected-gone"; do
		same_lookups "$expected"
	done
}

@test "gethostlatency: -p, -u and -x choose lookups" {
	mkfifo "$T/go"
	"$W/resolves" "$T/expected-p" fifo="$T/go" 3 3>&- &
	"$B/gethostlatency" --json -p $! -- sh -c "'$W/resolves' '$T/other'; echo >$T/go
		while kill -0 $!; do sleep 0.05; done" >"$T/json" 2>/dev/null
	same_lookups "$T/expected-p"
	[ "$(jq -r '.pid // empty' "$T/json" | sort -u)" = $! ]
	"$B/gethostlatency" --json -u 65533 -- "$W/resolves" "$T/expected" >"$T/json"
	[ ! -s "$T/json" ]
	"$B/gethostlatency" --json -x -u "$(id -u)" -- "$W/resolves" "$T/expected" >"$T/json"
	jq -c 'select(.[4])' "$T/expected" >"$T/failing"
	same_lookups "$T/failing"
	[ "$(wc -l <"$T/due")" = 4 ]
}

@test "gethostlatency: -l traces a static program; one function that calls another is one lookup" {
	# Its own functions take as long as it says, and the first ends in a jump to the second.
	"$B/gethostlatency" --json -l "$W/resolves-own" -- sh -c "'$W/resolves-own' '$T/expected'
		'$W/resolves' '$T/other'" >"$T/json"
	same_lookups "$T/expected"
	[ "$(seen "$T/other" | wc -l)" = 0 ]
	jq -se 'map(select(.host == "slow")) | length == 3 and all(.lat_ns >= 20000000)' "$T/json"
	# What was left by longjmp(3) is reported, and does not spoil what comes after it.
	[ "$(jq -c '.lost // empty' "$T/json")" = '{"returns":1}' ]
}

@test "gethostlatency: text is BCC's, with the result if that is wanted" {
	"$B/gethostlatency" -- "$W/resolves" "$T/expected" >"$T/text"
	cat "$T/text"
	[ "$(sed -n 1p "$T/text")" = "TIME      PID     COMM                  LATms HOST" ]
	grep -Eqx '([0-9]{2}:){2}[0-9]{2}  [0-9]+ +resolves +[0-9]+\.[0-9]{2} no\.such\.number' "$T/text"
	line=$(grep -m 1 '192.0.2.7$' "$T/text")
	read -r time pid comm ms host <<<"$line"
	[ "$line" = "$(printf '%-9s %-7d %-16s %10.2f %s' "$time" "$pid" "$comm" "$ms" "$host")" ]
	"$B/gethostlatency" -e -- "$W/resolves" "$T/expected" >"$T/text"
	[ "$(sed -n 1p "$T/text")" = "TIME      PID     COMM                  LATms ERROR          HOST" ]
	[ "$(awk '$NF == "127.0.0.1" { print $5 }' "$T/text" | paste -sd,)" = ok,EAI_BADFLAGS ]
}

@test "gethostlatency: each complaint is a sentence" {
	run -2 "$B/gethostlatency" -l /no/such/file
	[ "$output" = "gethostlatency: there is no file '/no/such/file'" ]
	run -2 "$B/gethostlatency" -l /etc/passwd
	[ "$output" = "gethostlatency: /etc/passwd can't be probed: it is not an ELF file" ]
	for bad in "-p x" "1" "-u no-such-user"; do
		run -2 --separate-stderr "$B/gethostlatency" $bad
		[ -z "$output" ]
		[ "${#stderr_lines[@]}" = 1 ]
	done
}
