load lib

setup() {
	needs_tool vfscount
}

# What N rounds of `vfscalls` called, including what its start and end take.
calls() {
	"$B/vfscount" --json --exec "$W/vfscalls" "$T/expected" "$T" "$1" >"$T/json"
	jq -c '[.func, .count]' "$T/json"
}

@test "vfscount: calls are counted, function by function, with their addresses" {
	calls 0 >"$T/before"
	calls 20 >"$T/after"
	# The others may be inlined into the system calls.
	jq -sc --slurpfile before "$T/before" '(map({ (.[0]): .[1] }) | add) as $after
		| ($before | map({ (.[0]): .[1] }) | add) as $before
		| ["vfs_read", "vfs_readv", "vfs_write", "vfs_writev", "vfs_open", "vfs_unlink"]
		| map([., $after[.] - ($before[.] // 0)])[]' "$T/after" >"$T/traced"
	printf '["%s",%d]\n' vfs_read 60 vfs_readv 40 vfs_write 60 vfs_writev 60 vfs_open 40 \
		vfs_unlink 40 | same - "$T/traced"
	jq -r '"\(.addr) \(.func)"' "$T/json" | while read -r addr func; do
		grep -q "^$addr [tT] $func$" /proc/kallsyms || { echo "$addr is not $func"; exit 1; }
	done
}

@test "vfscount: the text is BCC's" {
	"$B/vfscount" 1 >"$T/text"
	sed -n 1,3p "$T/text" | same <(printf '%s\n' "Tracing... Ctrl-C to end." "" \
		"ADDR             FUNC                          COUNT") -
	"$B/vfscount" -- "$W/vfscalls" "$T/expected" "$T" 7 >"$T/text"
	sed 1,3d "$T/text" | grep -Evx '[0-9a-f]{16} vfs_[a-z0-9_.]* +[0-9]+' && false
	sed 1,3d "$T/text" | awk '{ print $3 }' | sort -nc
	grep -Eq '^[0-9a-f]{16} vfs_unlink {23}1[4-9]$' "$T/text"
	run -2 "$B/vfscount" five
}
