load lib

setup() {
	needs_tool vfsstat
}

# What N rounds of `vfscalls` did, including what its start and end take.
calls() {
	traced "$B/vfsstat" --json 1000 --exec "$W/vfscalls" "$T/expected" "$T" "$1"
	[ ! -s "$T/err" ] || { cat "$T/err"; return 1; }
	jq -c '[.reads, .writes, .fsyncs, .opens, .creates, .unlinks, .mkdirs, .rmdirs]' "$T/json"
}

@test "vfsstat: every call is counted once, of the process asked for" {
	touch "$T/expected" # so that it is not created in between
	calls 0 >"$T/before"
	calls 20 >"$T/after"
	jq -sc 'transpose | map(.[1] - .[0])' "$T/before" "$T/after" | same "$T/expected" -
	[ "$(jq -c .[2:4] "$T/expected")" = "[60,40]" ]
}

@test "vfsstat: the text is BCC's: rates, under one header" {
	"$B/vfsstat" 1 -- sh -c "$W/vfscalls $T/expected $T 300; sleep 2.2" >"$T/text"
	sed -n 1p "$T/text" | same <(echo "TIME         READ/s  WRITE/s  FSYNC/s   OPEN/s CREATE/s UNLINK/s  MKDIR/s  RMDIR/s") -
	[ "$(sed 1d "$T/text" | grep -Evcx '[0-9]{2}:[0-9]{2}:[0-9]{2}: ( +[0-9]+){8}')" = 0 ]
	[ "$(wc -l <"$T/text")" -ge 4 ]
	# 300 directories, averaged over more than two seconds, are neither 0 nor 300 per second.
	"$B/vfsstat" 1000 -- sh -c "$W/vfscalls $T/expected $T 300; sleep 2.2" >"$T/text"
	awk 'NR == 2 && $8 > 0 && $8 <= 150 && $8 == $9 { ok = 1 } END { exit !ok || NR != 2 }' "$T/text" ||
		{ cat "$T/text"; false; }
	"$B/vfsstat" -p 1 1 2 >"$T/text"
	[ "$(wc -l <"$T/text")" = 3 ]
	run -2 "$B/vfsstat" 1 2 3
}
