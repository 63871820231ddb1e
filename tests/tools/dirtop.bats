load lib

setup() {
	needs_tool dirtop -d /
	mkdir "$T/dir" "$T/dir/other" "$T/dir/sub"
}

# Trace `rwcalls ways` with these options.  $T/traced has what was seen, as [path,reads,writes,rbytes,wbytes].
trace() {
	traced "$B/dirtop" --json "$@" 1000 -- "$W/rwcalls" "$T/did" "$T/dir" ways
	[ ! -s "$T/err" ] || { cat "$T/err"; return 1; }
	jq -c '[.path, .reads, .writes, .rbytes, .wbytes]' "$T/json" >"$T/traced"
}

# The sums of what `rwcalls` did with files that meet this condition, with this path.
sums() {
	jq -sc --arg path "$1" "map(select($2)) | [\$path] + (map(.[4:]) | transpose | map(add))" "$T/did"
}

@test "dirtop: reads and writes below directories, to the byte" {
	trace -d "$T/dir"
	sums "$T/dir" '.[2] == "R"' | same - "$T/traced"
	# Each file counts for the innermost directory; other directories, and names of none, don't matter.
	trace -d "$T/none,$T/dir/*,$T/dir,$T/dir/sub/,$T/did"
	{
		sums "$T/dir" '.[2] == "R" and (.[3] | startswith("rw-a name") | not)'
		sums "$T/dir/sub" '.[3] | startswith("rw-a name")'
	} | same - "$T/traced"
	trace -d "$T/dir" -p "$$,1"
	[ ! -s "$T/traced" ]
}

@test "dirtop: across mounts" {
	needs_command mount
	mkdir -p "$T/mnt"
	mount -t tmpfs none "$T/mnt"
	mkdir "$T/mnt/dir"
	"$B/dirtop" --json -d "$T" 1000 --exec "$W/rwcalls" "$T/mnt/did" "$T/mnt/dir" ways >"$T/json"
	cp "$T/mnt/did" "$T/did"
	umount "$T/mnt"
	# The file that says what was done is itself written, line by line.
	jq -c '[.path, .reads, .writes, .rbytes, .wbytes]' "$T/json" >"$T/traced"
	sums "$T" '.[2] == "R"' | jq -c --argjson lines "$(wc -l <"$T/did")" \
		--argjson bytes "$(wc -c <"$T/did")" '.[2] += $lines | .[4] += $bytes' | same - "$T/traced"
}

@test "dirtop: the text is BCC's, sorted as asked" {
	trace -d "$T/dir,$T/dir/sub" -s reads
	[ "$(jq -r .path "$T/json")" = "$T/dir"$'\n'"$T/dir/sub" ]
	trace -d "$T/dir,$T/dir/sub" -r 1
	[ "$(jq -r .path "$T/json")" = "$T/dir" ]
	rm "$T/dir/rw-link"
	"$B/dirtop" -Cd "$T/dir/sub" 1000 -- "$W/rwcalls" "$T/did" "$T/dir" ways >"$T/text"
	sed -n 1,3p "$T/text" | same <(printf '%s\n' \
		"Considering $T/dir/sub with inode_id $(stat -c %i "$T/dir/sub")" \
		"Tracing... Output every 1000 secs. Hit Ctrl-C to end" "") -
	sed -n 4p "$T/text" | grep -Eqx '[0-9:]{8} loadavg: [0-9.]+ [0-9.]+ [0-9.]+ [0-9]+/[0-9]+ [0-9]+'
	sed -n '5,$p' "$T/text" | same <(printf '%s\n' "" "READS  WRITES R_Kb     W_Kb     PATH" \
		"0      1      0        1        $T/dir/sub" Detaching...) -
	"$B/dirtop" -CSd "$T/dir" 1 1 >"$T/text"
	[ "$(tail -n 2 "$T/text")" = "READS  WRITES R_Kb     W_Kb     PATH"$'\n'Detaching... ]
	run -2 "$B/dirtop"
	run -2 "$B/dirtop" -d "$T/none"
}

@test "dirtop: subvolumes of btrfs, whose directories have the same device and number" {
	load filesystems
	mount_fs btrfs
	"$W/subvols" "$T/none" make "$D"
	"$B/dirtop" --json -d "$D/one,$D/two" 1000 -- "$W/subvols" "$T/expected" rw "$D" >"$T/json"
	jq -c '[.path, .reads, .writes]' "$T/json" | sort | same <(printf '["%s",%d,1]\n' "$D/one" 5 "$D/two" 50) -
	# A directory that is shown can be unmounted
	"$B/dirtop" -d "$D/one" 1000 -- umount "$D"
}
