load lib

setup() {
	needs_tool tcpcong
}

# Before Linux 5.19 there is no tracepoint, and what changes and changes back while one segment is handled is not seen.
STATES='["open_ns", "disorder_ns", "cwr_ns", "recovery_ns", "loss_ns"]'

# within FILTER: each connection that the workload watched, and FILTER chooses, has one row, whose times are between
# those that the workload knows.  What it asked about was true up to a millisecond before or after.
within() {
	jq -c "select(.[0] == \"congested\" and ($1))" "$T/did" >"$T/watched"
	jq -c 'select(.laddr)' "$T/json" >"$T/rows"
	[ "$(wc -l <"$T/watched")" = "$(wc -l <"$T/rows")" ] || { cat "$T/watched" "$T/rows"; return 1; }
	jq -nc --slurpfile watched "$T/watched" --slurpfile rows "$T/rows" "$STATES as \$states | \$watched[] | . as \$w |
		(\$rows | map(select([.family, .laddr, .lport, .raddr, .rport, .netns] == \$w[1:7])) | .[0]) as \$r |
		if \$r == null then {missing: \$w} else
			(range(5) | . as \$i | \$r[\$states[\$i]] as \$ns |
			select(\$ns < \$w[7][\$i] - 1000000 or \$ns > \$w[8][\$i] + 1000000) | {state: \$states[\$i], ns: \$ns, watched: \$w, row: \$r}),
			(select(\$r.changes < \$w[9]) | {watched: \$w, row: \$r})
		end" >"$T/wrong"
	[ ! -s "$T/wrong" ] || { cat "$T/wrong"; return 1; }
}

@test "tcpcong: how long connections are in each state, over IPv4, IPv6 and mapped addresses" {
	traced "$B/tcpcong" --json -- "$W/tcpconns" "$T/did" congested
	nothing_lost "$T/json"
	within true
	[ "$(wc -l <"$T/rows")" = 3 ]
	jq -se 'all(.recovery_ns > 15000000 and .loss_ns > 40000000 and .changes >= 4)' "$T/rows"
}

@test "tcpcong: connections from before tracing began" {
	"$W/tcpconns" "$T/did" congested "$T/go" &
	until grep -q connected "$T/did" 2>/dev/null; do sleep 0.05; done
	"$B/tcpcong" --json -- sh -c "touch $T/go; until [ \$(grep -c congested $T/did) = 3 ]; do sleep 0.1; done" >"$T/json"
	wait
	# Without the tracepoint, the state that they were in is not known until it changes.
	if [ "$(jq -s 'map(select(.laddr) | .open_ns) | max' "$T/json")" -lt 1000000000 ] && [ ! -e /sys/kernel/tracing/events/tcp/tcp_cong_state_set ]; then
		STATES='["changes", "disorder_ns", "cwr_ns", "recovery_ns", "loss_ns"]'
		sed -i -E 's/,\[[0-9]+,([^]]*\],)\[[0-9]+,/,[1000000,\1[1000000,/' "$T/did"
	fi
	within true
}

@test "tcpcong: over several intervals no time is lost or counted twice" {
	traced "$B/tcpcong" --json 1 -- "$W/tcpconns" "$T/did" congested
	nothing_lost "$T/json"
	[ "$(jq -r .time "$T/json" | sort -u | wc -l)" -ge 2 ]
	jq -sc "group_by([.laddr, .lport])[] | . as \$all | .[0] +
		([$STATES[], \"changes\"] | map(. as \$key | {key: \$key, value: (\$all | map(.[\$key]) | add)}) | from_entries)" "$T/json" >"$T/sums"
	mv "$T/sums" "$T/json"
	within true
}

@test "tcpcong: what a state has lasted when tracing ends counts" {
	"$W/tcpconns" "$T/did" congested "$T/go" &
	until grep -q connected "$T/did" 2>/dev/null; do sleep 0.05; done
	"$B/tcpcong" --json -- sh -c "touch $T/go; sleep 1" >"$T/json"
	wait
	jq -se "any($STATES as \$states | . as \$row | (\$states | map(\$row[.]) | add) > 800000000)" "$T/json" || { cat "$T/json"; return 1; }
}

@test "tcpcong: lost SYNs are losses" {
	traced "$B/tcpcong" --json -R 17091 -- "$W/tcpconns" "$T/did" slow
	[ ! -s "$T/json" ]
	traced "$B/tcpcong" --json -- "$W/tcpconns" "$T/did" slow
	lport=$(jq 'select(.[0] == "slow") | .[1]' "$T/did")
	# The first is sent again after a second.
	jq -e --argjson lport "$lport" 'select(.lport == $lport) | .changes >= 1 and .loss_ns > 0 and .loss_ns < 900000000' "$T/json" ||
		{ cat "$T/json"; return 1; }
}

@test "tcpcong: -d: histograms of the same times" {
	for unit in msecs usecs; do
		traced "$B/tcpcong" -d $([ $unit = msecs ] || echo -u) --json -- "$W/tcpconns" "$T/did" congested
		nothing_lost "$T/json"
		jq -c 'select(.[0] == "congested")' "$T/did" >"$T/watched"
		jq -ne --arg unit $unit --slurpfile rows "$T/json" --slurpfile watched "$T/watched" '
			["open", "disorder", "cwr", "recovery", "loss"] as $names | $rows | all(
				. as $row | ($names | index($row.tcp_congest_state)) as $i |
				($watched | map(.[7][$i]) | add) as $least | ($watched | map(.[8][$i]) | add) as $most |
				.total_ns >= $least - 3000000 and .total_ns <= $most + 3000000 and
				(.[$unit] | map(.count) | add) == .count and
				(if $unit == "msecs" then 1000000 else 1000 end) as $ns |
				(.[$unit] | map(.lo * .count) | add) * $ns <= .total_ns and
				(.[$unit] | map((.hi + 1) * .count) | add) * $ns > .total_ns)' || { cat "$T/json" "$T/watched"; return 1; }
		jq -se 'map(.tcp_congest_state) | contains(["open", "recovery", "loss"])' "$T/json"
		jq -se 'map(select(.tcp_congest_state == "open" and .count >= 9)) | length == 1' "$T/json"
	done
}

@test "tcpcong: -4, -6, -L, -R, --netns choose connections" {
	traced "$B/tcpcong" -4 --json -- "$W/tcpconns" "$T/did" congested
	within '.[1] == 4'
	[ "$(wc -l <"$T/rows")" = 2 ]
	traced "$B/tcpcong" -6 -L 1-65535 -j -- "$W/tcpconns" "$T/did" congested
	within '.[1] == 6'
	for none in "-L 1-1000" "-R 7,9-1" "--netns /proc/$$/ns/net"; do
		# shellcheck disable=SC2086
		traced "$B/tcpcong" $none --json -- "$W/tcpconns" "$T/did" congested
		[ ! -s "$T/json" ]
	done
	traced "$B/tcpcong" --json -R 17090,17092-17095 -- "$W/tcpconns" "$T/did" unanswered 17094
	jq -se 'map(.rport) | unique == [17094]' "$T/json"
}

@test "tcpcong: bad ports are refused" {
	for bad in "-L 0" "-R 65536" "-L 1-65536" "-L 5-" "-R -5" "-L 1-2-3" "-L a-b" "-4 -6"; do
		# shellcheck disable=SC2086
		run -2 "$B/tcpcong" $bad
		[ "${#lines[@]}" = 1 ]
	done
}

@test "tcpcong: the text is BCC's" {
	"$B/tcpcong" -- "$W/tcpconns" "$T/did" congested >"$T/text"
	sed -n 1,3p "$T/text" | same <(printf '%s\n' "Tracing tcp congestion control status duration... Hit Ctrl-C to end." "" \
		"LAddrPort            RAddrPort             Open_ms Dod_ms Rcov_ms Cwr_ms  Los_ms Chgs ") -
	sed -n 4,5p "$T/text" | grep -Ecx '127\.0\.0\.1/[0-9]+ +127\.0\.0\.1/[0-9]+ +[0-9]+ +[0-9]+ +[0-9]+ +[0-9]+ +[0-9]+ +[0-9]    ' | grep -qx 2
	sed -n 6p "$T/text" | same <(echo "LAddrPort6                       RAddrPort6                       Open_ms Dod_ms Rcov_ms Cwr_ms  Los_ms Chgs ") -
	sed -n 7p "$T/text" | grep -Eqx '::1/[0-9]+ {22,}::1/[0-9]+ {22,}[0-9 ]+'
	[ "$(wc -l <"$T/text")" = 7 ]
	# The columns begin where the numbers do, and are whole milliseconds of what JSON has.
	"$B/tcpcong" -u -T -6 -- "$W/tcpconns" "$T/did" congested >"$T/text"
	sed -n 3p "$T/text" | grep -Eqx '[0-9]{2}:[0-9]{2}:[0-9]{2}'
	sed -n 4p "$T/text" | grep -q ' Open_us Dod_us Rcov_us Cwr_us  Los_us Chgs $'
	"$B/tcpcong" -d -6 -- "$W/tcpconns" "$T/did" congested >"$T/text"
	sed -n 2,5p "$T/text" | same <(printf '%s\n' "" "" "tcp_congest_state = open" \
		"     msecs               : count     distribution") -
	grep -qx 'tcp_congest_state = recovery' "$T/text"
	"$B/tcpcong" -T 1 2 | sed -n '2,$p' | sed -E 's/[0-9]/9/g' | same <(printf '%s\n' "" 99:99:99 "" 99:99:99) -
}
