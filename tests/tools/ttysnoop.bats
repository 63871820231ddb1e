load lib

setup() {
	needs_tool ttysnoop /dev/console
	"$W/ttywrites" hold "$T/name" "$T/screen" 3>&- &
	holder=$!
	until [ -s "$T/name" ]; do
		kill -0 $holder
		sleep 0.02
	done
	tty=$(cat "$T/name")
}

teardown() {
	[ -z "${holder:-}" ] || kill $holder 2>/dev/null || true
}

# The rest of what was written has arrived at the terminal.
finish() {
	kill $holder
	wait $holder
	holder=
}

@test "ttysnoop: write, writev and /dev/tty, as JSON" {
	"$B/ttysnoop" --json "$tty" -- "$W/ttywrites" "$T/expected" "$tty" $holder >"$T/json"
	[ "$(wc -l <"$T/expected")" = 5 ]
	pid=$(jq -n 'input[0]' "$T/expected")
	jq -c "select(.pid) | [.pid,.bytes,(if .bytes > 100 then null else .data end)]" "$T/json" >"$T/rows"
	jq -c . "$T/expected" | same - "$T/rows"
	nothing_lost "$T/json"
	[ "$(jq -c 'select(.bytes == 256) | .data | length' "$T/json")" -gt 256 ]
	jq -e "select(.bytes == 6) | .comm == \"tty writer\" and .uid == 0 and .tid == $pid and .cut == false" "$T/json"
}

@test "ttysnoop: every byte of 1,024 segments, long writes, pages and writes that were cut short, in order" {
	# On one processor the tool may read nothing before all is written.
	"$B/ttysnoop" -C --buffer 4M "${tty#/dev/pts/}" -- "$W/ttywrites" "$T/expected" "$tty" $holder bulk >"$T/raw" 2>"$T/err"
	finish
	cat "$T/err"
	[ ! -s "$T/err" ]
	[ "$(stat -c %s "$T/raw")" -gt 700000 ]
	cmp "$T/raw" "$T/screen"
}

@test "ttysnoop: -s and -c limit what is shown of a write; another terminal and process are not shown" {
	"$B/ttysnoop" --json -s 2 -c 3 "$tty" -- "$W/ttywrites" "$T/expected" "$tty" $holder >"$T/json"
	[ "$(jq -r 'select(.bytes == 13) | "\(.data) \(.cut)"' "$T/json")" = "one tw true" ]
	[ "$(jq -r 'select(.bytes == 6) | "\(.data) \(.cut)"' "$T/json")" = $'hello\n false' ]
	nothing_lost "$T/json"
	"$B/ttysnoop" --json -p 1,$$ "$tty" -- "$W/ttywrites" "$T/expected" "$tty" $holder >"$T/json"
	[ ! -s "$T/json" ]
	"$W/ttywrites" hold "$T/name2" "$T/screen2" 3>&- &
	second=$!
	until [ -s "$T/name2" ]; do
		kill -0 $second
		sleep 0.02
	done
	"$B/ttysnoop" --json "$(cat "$T/name2")" -- "$W/ttywrites" "$T/expected" "$tty" $holder >"$T/json" || status=$?
	kill $second
	[ -z "${status:-}" ]
	[ ! -s "$T/json" ]
}

@test "ttysnoop: a terminal of another devpts with the same number" {
	needs_root
	mkdir "$T/pts"
	mount -t devpts -o newinstance,ptmxmode=0666 devpts "$T/pts" || skip "no second devpts"
	number=${tty##*/}
	# The terminals of this one are numbered from 0 on.
	exec {fd}<"$T/pts/ptmx"
	for ((i = 0; i <= number; i++)); do
		eval "exec {fd$i}<>\"\$T/pts/ptmx\""
	done
	[ -e "$T/pts/$number" ]
	"$B/ttysnoop" --json "$T/pts/$number" -- "$W/ttywrites" "$T/expected" "$tty" $holder >"$T/json" || status=$?
	umount -l "$T/pts"
	[ -z "${status:-}" ]
	[ ! -s "$T/json" ]
}

@test "ttysnoop: each complaint is a sentence" {
	complains() {
		run -2 "$B/ttysnoop" "${@:2}"
		[ "$output" = "ttysnoop: $1" ] || { echo "$output"; return 1; }
	}
	complains "which terminal?  Give its number, such as 2 for /dev/pts/2, or its path"
	complains "'/dev/null' is not a terminal" /dev/null
	complains "there is no terminal '/dev/pts/98765'" 98765
	complains "there is no terminal '/no/such'" /no/such
	complains "terminal: 'x' is not a whole number from 0 to 1048576" x
	complains "/dev/tty is the terminal of whoever opens it: name the device, as tty(1) prints it" /dev/tty
	run -2 script -qec "$B/ttysnoop \$(tty)" /dev/null
	[[ $output == "ttysnoop: '/dev/pts/"*"' is the terminal that this tool writes to: all that it shows would be shown again"* ]]
}
