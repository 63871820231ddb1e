# Not on 6.1-kprobe yet: there, a cold read of 1600 pages was now and then 1597 misses and 3 hits, with nothing lost.
load lib
load filesystems

setup() {
	needs_tool cachetop
	mount_fs ext4
}

teardown() {
	unmount_fs
}

# Wait until the screen shows this.
shows() {
	for _ in {1..300}; do
		not grep -qF -- "$1" "$T/screen" || return 0
		sleep 0.1
	done
	cat -v "$T/screen"
	return 1
}

# Start cachetop on a terminal of its own, which gets its keys from descriptor 4.  Background jobs of a script
# ignore Ctrl-C, and so would cachetop.
on_terminal() {
	: >"$T/screen"
	env --default-signal=INT script -qfec "stty rows 24 cols 80; sh -c 'echo \$\$ >$T/pid; exec $B/cachetop 1'; echo status \$?; stty -a" \
		"$T/screen" <"$T/keys" >/dev/null &
	script=$!
	exec 4>"$T/keys"
	shows "Sort: HITS / Order: descending"
}

# It must end, and leave the terminal as it was.
given_back() {
	exec 4>&-
	wait $script || true
	shows "status 0"
	grep -qw -- icanon "$T/screen" && ! grep -qw -e -icanon -e -echo "$T/screen"
	[ "$(grep -oF $'\033[?1049h' "$T/screen" | wc -l)" = 1 ]
	tr -d '\r' <"$T/screen" | sed -n '/1049l/,$p' | grep -q '^.*1049l.*status 0$\|^status 0$'
}

@test "cachetop: the pages of a process, read, missed and written" {
	for way in cold warm write; do
		"$B/cachetop" --json 1000 -- "$W/pages" "$T/expected" "$D" $way >"$T/json" 2>"$T/err"
		read -r read mapped misses dirties < <(tr -d '[]' <"$T/expected" | tr , ' ')
		[ ! -s "$T/err" ] || mapped=0
		jq -c 'select(.cmd == "pages counted")' "$T/json" >"$T/row"
		cat "$T/row" "$T/expected"
		[ "$(wc -l <"$T/row")" = 1 ]
		jq -e --argjson hits $((read + mapped - misses)) --argjson misses "$misses" \
			--argjson dirties "$dirties" '.hits - .own_hits == $hits
			and .misses - .own_misses == $misses and .uid == 54321
			and .dirties >= $dirties and .dirties <= $dirties + 8' "$T/row"
		[ $way != cold ] || jq -e '.read_hit_percent < 1 and .write_hit_percent <= 100' "$T/row"
		[ $way != warm ] || jq -e '.read_hit_percent == 100' "$T/row"
		# half of what was written was in the cache
		[ $way != write ] || jq -e '.write_hit_percent >= 50 and .write_hit_percent < 51' "$T/row"
	done
}

@test "cachetop: without a terminal it prints reports; header and rows are BCC's" {
	"$B/cachetop" -s misses 1000 -- "$W/pages" "$T/expected" "$D" cold >"$T/text" 2>"$T/err"
	cat "$T/text" "$T/err"
	sed -n 1p "$T/text" | grep -qx ''
	sed -n 2p "$T/text" | grep -Eqx '[0-9:]{8} Buffers MB: [0-9]+ / Cached MB: [0-9]+ / Sort: MISSES / Order: descending'
	sed -n 3p "$T/text" | same <(echo "PID      UID      CMD              HITS     MISSES   DIRTIES  READ_HIT%  WRITE_HIT%") -
	sed -n 4p "$T/text" | grep -Eqx ' *[0-9]+ UNKNOWN\( pages counted    [ 0-9]{8}     1600 [ 0-9]{8} [ 0-9]{7}\.[0-9]% [ 0-9]{7}\.[0-9]%'
	"$B/cachetop" -u 54321 -p 1 -a -s pid 1 2 >"$T/text" 2>"$T/err"
	[ "$(grep -c 'Sort: PID / Order: ascending' "$T/text")" = 2 ]
	[ "$(wc -l <"$T/text")" = 6 ]
}

@test "cachetop: on a terminal keys sort and end it, and the terminal is given back" {
	needs_command script
	mkfifo "$T/keys"
	export TERM=xterm
	on_terminal
	printf '>' >&4
	shows "Sort: MISSES / Order: descending"
	printf 'r' >&4
	shows "Sort: MISSES / Order: ascending"
	printf '<<' >&4
	shows "Sort: CMD / Order: ascending"
	cat /bin/bash >/dev/null
	shows cat
	printf 'q' >&4
	given_back
	for signal in TERM HUP; do
		on_terminal
		kill -$signal "$(cat "$T/pid")"
		given_back
	done
	on_terminal
	printf '\003' >&4
	given_back
	# A terminal that nothing can be drawn on.
	for TERM in nonsense dumb ''; do
		script -qec "TERM=$TERM $B/cachetop 1 1" "$T/screen" </dev/null >/dev/null
		grep -q "cannot draw on this terminal (TERM is .*): plain reports follow" "$T/screen"
		grep -q '^PID  .* WRITE_HIT%' "$T/screen"
	done
}
