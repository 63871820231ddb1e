load lib

setup() {
	needs_tool filelife
	D=$T/dir
	mkdir "$D"
	touch "$D/old file"
}

@test "filelife: files that are created and deleted, with their true age, also in overlayfs" {
	! modprobe -q overlay || export NAMES_OVERLAY=1
	"$B/filelife" --json -- "$W/names" "$T/expected" life "$D" >"$T/traced"
	pid=$(jq -n 'input[0]' "$T/expected")
	jq -c "select(.pid == $pid and (.comm | startswith(\"bad\") | not) and
		(.file | startswith(\"#\") | not))" "$T/traced" >"$T/lives" # except those that overlayfs tries
	jq -c '[.pid,.tid,.comm,.file,.replaced]' "$T/lives" >"$T/got"
	jq -c '.[0:5]' "$T/expected" | same - "$T/got"
	[ "$(wc -l <"$T/lives")" -ge 6 ]
	[ -z "${SNOOPKIT_VM:-}" ] || grep -q '"in overlay".*"upper 3"' "$T/got"
	paste <(jq '.age_s * 1e9 | round' "$T/lives") <(jq -r '"\(.[5]) \(.[6])"' "$T/expected") |
		awk '$1 < $2 || $1 > $3 { print "not in range:", $0; bad = 1 } END { exit bad }'
	nothing_lost "$T/traced"
}

@test "filelife: header and rows are BCC's; -F shows the path; -p chooses; names can't drive the terminal" {
	"$B/filelife" -- "$W/names" "$T/expected" life "$D" >"$T/text"
	[ "$(head -1 "$T/text")" = "TIME     PID     COMM             AGE(s)  FILE" ]
	grep -Eq '^[0-9:]{8} [0-9]+ +ways to go       [0-9]+\.[0-9]{2}    renamed$' "$T/text"
	grep -Eq '^[0-9:]{8} [0-9]+ +bad\\033\\377name  [0-9.]{4}    a\\033\[31m\\012\\377é"\\$' "$T/text"
	rm "$D/target"
	touch "$D/old file"
	"$B/filelife" --json -F -- "$W/names" "$T/expected" life "$D" >"$T/traced"
	jq -r 'select(.comm | test("^ways|^other")) | .file' "$T/traced" >"$T/paths"
	jq -r 'select(.[2] | test("^ways|^other")) | .[7]' "$T/expected" | same - "$T/paths"
	touch "$D/old file"
	"$B/filelife" --json -p 1,$$ -- "$W/names" "$T/expected" life "$D" >"$T/traced"
	[ ! -s "$T/traced" ]
}

@test "filelife: files of two subvolumes of btrfs, with the same number and generation" {
	load filesystems
	mount_fs btrfs
	"$W/subvols" "$T/none" make "$D"
	"$B/filelife" --json -- "$W/subvols" "$T/expected" life "$D" >"$T/traced"
	jq -c 'select(.comm == "subvols") | [.file, (.age_s * 10 | floor * 100)]' "$T/traced" | same "$T/expected" -
	umount "$D"
}
