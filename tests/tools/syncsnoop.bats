load lib

setup() {
	needs_tool syncsnoop
	D=$T/dir
	mkdir "$D"
}

@test "syncsnoop: every way to sync, once; what the kernel syncs of itself is none" {
	# Tracepoints, if there is nothing better, see neither 32-bit programs nor io_uring.
	if [ -n "${SNOOPKIT_VM:-}" ]; then
		export SYNCS_RARE=1
		not grep -qw io_fsync /proc/kallsyms || export SYNCS_URING=1
	fi
	"$B/syncsnoop" --json -- "$W/syncs" "$T/expected" "$D" >"$T/traced"
	pid=$(jq -n 'input[0]' "$T/expected")
	jq -c "select(.pid == $pid) |
		if .call | startswith(\"io_uring\") then .tid = 0 | .comm = \"\" else . end |
		[.pid,.tid,.comm,.call]" "$T/traced" >"$T/syncs"
	jq -c . "$T/expected" | same - "$T/syncs"
	nothing_lost "$T/traced"
	"$B/syncsnoop" --json -p 1,$$ -- "$W/syncs" "$T/expected" "$D" >"$T/traced"
	not grep -q ways "$T/traced"
}

@test "syncsnoop: header and rows are BCC's" {
	before=$(cut -d. -f1 /proc/uptime)
	"$B/syncsnoop" -- "$W/syncs" "$T/expected" "$D" >"$T/text"
	[ "$(head -1 "$T/text")" = "TIME(s)            COMM             CALL" ]
	grep -qE "^[0-9]+\.[0-9]{9} +ways to sync     fdatasync$" "$T/text"
	grep -qE "^[0-9.]+ +bad\\\\033\\\\377name +fsync$" "$T/text"
	first=$(sed -n 's/^\([0-9]*\)\..* ways to sync .*/\1/p' "$T/text" | head -1)
	[ "$first" -ge "$before" ] && [ "$first" -le $((before + 60)) ]
}
