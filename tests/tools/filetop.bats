load lib

setup() {
	needs_tool filetop
	mkdir "$T/dir"
}

# Trace `rwcalls` with these options ("-- ways" comes last).  $T/traced has what was seen of its files, in the form
# of $T/expected; both are sorted.
trace() {
	local options=()
	while [ "$1" != -- ]; do
		options+=("$1")
		shift
	done
	traced "$B/filetop" --json "${options[@]}" -- "$W/rwcalls" "$T/did" "$T/dir" "${@:2}"
	[ ! -s "$T/err" ] || { cat "$T/err"; return 1; }
	jq -sc 'sort[]' "$T/did" >"$T/expected"
	jq -sc --slurpfile did "$T/did" '($did | map(.[0]) | unique) as $tids
		| map(select(.tid as $t | $tids | index($t))
			| if .type == "S" then .file = "" else . end
			| select(.type != "R" or (.file | startswith("rw-"))))
		| group_by([.tid, .comm, .type, .file])
		| map([.[0].tid, .[0].comm, .[0].type, .[0].file, (map(.reads) | add),
		       (map(.writes) | add), (map(.rbytes) | add), (map(.wbytes) | add)]) | sort[]' \
		"$T/json" >"$T/traced"
}

# The expected rows that meet this condition on [tid,comm,type,file,reads,writes,rbytes,wbytes].
expected() {
	jq -c "select($1)" "$T/expected" | same - "$T/traced"
}

@test "filetop: every way to read and write, of all kinds of files, to the byte" {
	trace -a 1000 -- ways
	expected true
	[ "$(wc -l <"$T/traced")" = 7 ]
	[ "$(jq -r 'select(.file == "rw-file") | "\(.ino) \(.pid)"' "$T/json" | sort -u)" = \
		"$(stat -c %i "$T/dir/rw-file") $(jq 'select(.[3] == "rw-link")[0]' "$T/did")" ]
}

@test "filetop: without -a regular files only; over intervals nothing is lost or counted twice" {
	trace 1000 -- ways
	expected '.[2] == "R"'
	trace 1 -- stream 3
	expected true
	[ "$(jq -r .time "$T/json" | sort -u | wc -l)" -ge 3 ]
}

@test "filetop: --read-only, --write-only, -d, -p choose" {
	trace -d "$T/dir" --read-only 1000 -- ways
	jq -c 'select(.[3] == ("rw-file", "rw-link")) | .[5] = 0 | .[7] = 0' "$T/expected" | same - "$T/traced"
	[ "$(jq -s length "$T/json")" = 3 ]
	trace -d "$T/dir/sub" --write-only 1000 -- ways
	expected '.[3][3:9] == "a name"'
	[ "$(jq -s length "$T/json")" = 1 ]
	trace -p "$$,1" 1000 -- ways
	[ ! -s "$T/traced" ]
	run -2 "$B/filetop" --read-only --write-only
	run -2 "$B/filetop" -d "$T/none"
}

@test "filetop: the text is BCC's, sorted as asked" {
	for by in all reads writes rbytes wbytes; do
		# Guests are slow, so two ways to sort are enough there.
		[ -z "${SNOOPKIT_VM:-}" ] || [ $by = all ] || [ $by = wbytes ] || continue
		"$B/filetop" --json -s $by 1000 -- "$W/rwcalls" "$T/did" "$T/dir" ways >"$T/json"
		rm "$T/dir/rw-link"
		jq -c --arg by $by '{ all: (.reads + .writes + .rbytes + .wbytes), reads, writes,
			rbytes, wbytes }[$by]' "$T/json" >"$T/by"
		[ "$(wc -l <"$T/by")" -ge 5 ]
		jq -s 'sort | reverse[]' "$T/by" | same - "$T/by"
	done
	# As in BCC, 0 rows means one.
	"$B/filetop" -Cr 0 -d "$T/dir/sub" 1000 -- "$W/rwcalls" "$T/did" "$T/dir" ways >"$T/text"
	sed -n 1,3p "$T/text" | same <(printf '%s\n' \
		"Tracing directory: $T/dir/sub (Inode: $(stat -c %i "$T/dir/sub"))" \
		"Tracing... Output every 1000 secs. Hit Ctrl-C to end" "") -
	sed -n 4p "$T/text" | grep -Eqx '[0-9:]{8} loadavg: [0-9.]+ [0-9.]+ [0-9.]+ [0-9]+/[0-9]+ [0-9]+'
	sed -n '5,6p' "$T/text" | same <(printf '\n%s\n' \
		"TID     COMM             READS  WRITES R_Kb    W_Kb    T FILE") -
	sed -n 7p "$T/text" | grep -Eqx '[0-9 ]{7} second thread    0      1      0       1       R rw-a name longer than thirty-two bytes'
	sed -n '8,$p' "$T/text" | same <(echo Detaching...) -
}

@test "filetop: -d of a subvolume of btrfs, whose directory has the same device and number as others" {
	load filesystems
	mount_fs btrfs
	"$W/subvols" "$T/none" make "$D"
	"$B/filetop" --json -d "$D/two" 1000 -- "$W/subvols" "$T/expected" rw "$D" >"$T/json"
	jq -c '[.file, .reads]' "$T/json" | same <(tail -n1 "$T/expected") -
	umount "$D"
}

@test "filetop: on a terminal keys sort the rows, and it follows the terminal's size" {
	touch "$T/go"
	while [ -e "$T/go" ] && kill -0 $$; do
		for _ in {1..20}; do printf x >>"$T/dir/many"; done
		dd if=/dev/zero of="$T/dir/large" bs=64k count=1 status=none
		printf x >"$T/dir/日本語日本語日本語日"
	done >/dev/null 2>&1 3>&- &
	"$W/pty" 20 90 "$B/filetop" -d "$T/dir" -s writes 1 <<-X
		wait ]_WRITES_[
		wait many
		show $T/by-writes
		send >
		wait ]_R_Kb_[
		send >
		wait ]_W_Kb_[
		show $T/by-bytes
		send >
		wait ]_T_[
		send >
		wait ]_FILE_
		show $T/by-name
		send r
		wait ]_FILE_
		show $T/by-name-up
		send >
		send <
		wait ]_T_[
		size 12 66
		wait 日本語日
		gone 日本語日本
		show $T/narrow
		size 40 90
		send q
		end 0
		show $T/ended
	X
	rm "$T/go"
	wait
	head -n 40 "$T"/by-* "$T/narrow" "$T/ended"
	names() { sed '1,/^TID/d; /^< >/d; /^$/d' "$1" | sed -E 's/.* //'; }
	[ "$(names "$T/by-writes" | head -n 1)" = many ]
	[ "$(names "$T/by-bytes" | head -n 1)" = large ]
	[ "$(names "$T/by-name" | sort -cr 2>&1)" = "" ]
	[ "$(names "$T/by-name" | head -n 1)" = 日本語日本語日本語日 ]
	[ "$(names "$T/by-name-up" | head -n 1)" = large ]
	[ "$(names "$T/by-name-up" | sort -c 2>&1)" = "" ]
	[ "$(wc -l <"$T/narrow")" = 12 ]
	[ "$(tail -n 1 "$T/narrow")" = "< > sort column  r reverse  q quit" ]
	[ "$(tail -n 1 "$T/by-name")" = "< > sort column  r reverse  q quit" ]
	# The last report stays, all of it where the terminal has the room.
	tail -n 1 <(grep . "$T/ended") | grep -qx 'Detaching...'
	grep -q '^TID ' "$T/ended"
}
