load lib

setup() {
	needs_tool filegone
	D=$T/dir
	mkdir "$D"
}

@test "filegone: what is deleted and renamed, once, also in overlayfs; what fails is not" {
	! modprobe -q overlay || export NAMES_OVERLAY=1
	"$B/filegone" --json -- "$W/names" "$T/expected" gone "$D" >"$T/traced"
	pid=$(jq -n 'input[0]' "$T/expected")
	jq -c "select(.pid == $pid and (.comm | startswith(\"bad\") | not) and
		(.file | startswith(\"#\") | not)) | 
		[.pid,.tid,.comm,.action,.file,.new,.rmdir]" "$T/traced" >"$T/gone"
	jq -c . "$T/expected" | same - "$T/gone"
	[ "$(wc -l <"$T/gone")" -gt 12 ]
	nothing_lost "$T/traced"
	[ -z "${SNOOPKIT_VM:-}" ] || grep -q '"in overlay".*"old file"' "$T/gone"
}

@test "filegone: header and rows are BCC's; -p chooses; names can't drive the terminal" {
	"$B/filegone" -- "$W/names" "$T/expected" gone "$D" >"$T/text"
	[ "$(head -1 "$T/text")" = "TIME     PID     COMM             ACTION FILE" ]
	grep -Eq '^[0-9:]{8} [0-9]+ +ways to go       RENAME x > moved$' "$T/text"
	grep -Eq '^[0-9:]{8} [0-9]+ +ways to go       DELETE dir 2$' "$T/text"
	grep -qF 'bad\033\377name  DELETE a\033[31m\012\377é"\' "$T/text"
	"$B/filegone" --json -p 1,$$ -- "$W/names" "$T/expected" gone "$D" >"$T/traced"
	[ ! -s "$T/traced" ]
}

@test "filegone: subvolumes of btrfs" {
	load filesystems
	mount_fs btrfs
	"$W/subvols" "$T/none" make "$D"
	"$B/filegone" --json -- "$W/subvols" "$T/expected" gone "$D" >"$T/traced"
	jq -c 'select(.comm == "subvols" and .rmdir) | [.pid, .file]' "$T/traced" | same "$T/expected" -
	nothing_lost "$T/traced"
	umount "$D"
}
