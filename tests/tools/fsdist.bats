load lib
load filesystems

setup_file() {
	serve_nfs
}

setup() {
	needs_root
	needs_tool fsdist -t ext4
}

teardown() {
	unmount_fs
}

# $T/json has as many operations as $T/expected, and its buckets add up to them.
counts_match() {
	local letters='{"read":"R","write":"W","open":"O","fsync":"S","getattr":"G"}'
	jq -r "\"\\($letters[.operation]) \\(.count) \\(.usecs | map(.count) | add)\"" "$T/json" | sort >"$T/got"
	sed -n 's/^\["\(.\)".*/\1/p' "$T/expected" | grep "[$1]" | tr C O | sort | uniq -c |
		awk '{ print $2, $1, $1 }' >"$T/wanted"
	[ -s "$T/wanted" ]
	same "$T/wanted" "$T/got"
}

@test "fsdist: each operation of ext4 is counted once, under every name" {
	mount_fs ext4
	trace_fsops "$B/fsdist" -t ext4 --json >"$T/json"
	counts_match CRWOSG
	jq -se 'all(.total_ns > 0)' "$T/json"
	# BCC's ext4dist has no getattr.  The name it is installed as may have a prefix and a suffix.
	ln -s "$(realpath "$B/fsdist")" "$T/x-ext4dist-y"
	trace_fsops "$T/x-ext4dist-y" --json >"$T/json"
	counts_match CRWOS
}

@test "fsdist: xfs, whose functions are a module's" {
	mount_fs xfs
	"$B/xfsdist" --json -- "$W/fsops" "$T/expected" "$D" >"$T/json"
	counts_match CRWOS
	"$B/fsdist" -t xfs -- "$W/fsops" "$T/expected" "$D" >"$T/text"
	[ "$(sed -n 1,4p "$T/text")" = "Tracing xfs operation latency... Hit Ctrl-C to end.


operation = read" ]
	[ "$(grep ^operation "$T/text" | tr '\n' ' ')" = "operation = read operation = write operation = open operation = fsync " ]
	[ "$(grep -c '^     usecs               : count     distribution$' "$T/text")" = 4 ]
}

@test "fsdist: btrfs" {
	mount_fs btrfs
	"$B/fsdist" -t btrfs --json -- "$W/fsops" "$T/expected" "$D" >"$T/json"
	counts_match CRWOS
}

@test "fsdist: reads of a known latency, in usecs and msecs, apart from those of the cache" {
	mount_slow_ext4
	"$B/ext4dist" --json -- dd if="$D/slow" of=/dev/null bs=4k iflag=direct status=none >"$T/json"
	jq -c . "$T/json"
	[ "$(jq '. | select(.operation == "read").usecs | map(select(.lo >= 131072).count) | add' "$T/json")" = 5 ]
	"$B/ext4dist" -m --json -- sh -c "dd if='$D/slow' of=/dev/null bs=4k iflag=direct count=3 status=none
		cat '$D/slow' '$D/slow' '$D/slow' >/dev/null" >"$T/json"
	jq -c . "$T/json"
	# cat waits for the disk once
	[ "$(jq '. | select(.operation == "read").msecs | map(select(.lo >= 128).count) | add' "$T/json")" = 4 ]
	[ "$(jq '. | select(.operation == "read").msecs[0].count' "$T/json")" -ge 5 ]
}

@test "fsdist: the time of each report, by BCC's rule or libbpf-tools'" {
	"$B/ext4dist" 1 1 >"$T/text"
	[[ "$(sed -n 1,3p "$T/text")" =~ ^"Tracing ext4 operation latency... Hit Ctrl-C to end."$'\n\n'[0-9]{2}:[0-9]{2}:[0-9]{2}:$ ]]
	"$B/ext4dist" -T 1 1 >"$T/text"
	not grep -q ^[0-9][0-9]:[0-9][0-9]: "$T/text"
	"$B/fsdist" -t ext4 -T -- true >"$T/text"
	[[ "$(sed -n 3p "$T/text")" =~ ^[0-9]{2}:[0-9]{2}:[0-9]{2}$ ]]
}

@test "fsdist: a file system that is not there, or not named, is a sentence" {
	run -1 --separate-stderr "$B/zfsdist"
	[ "$stderr" = "zfsdist: this kernel has no zfs, or its module is not loaded (no function zpl_iter_read). Run: modprobe zfs" ]
	run -2 --separate-stderr "$B/fsdist"
	[ "$stderr" = "fsdist: which file system? Name it: -t ext4" ]
	run -2 --separate-stderr "$B/fsdist" -t vfat
	[[ $stderr == "fsdist: --type: 'vfat' is not one of btrfs, "* ]]
}

@test "fsdist: nfs, with getattr" {
	mount_fs nfs
	"$B/nfsdist" --json -- "$W/fsops" "$T/expected" "$D" >"$T/json"
	# NFSv4 opens a file that it creates in the lookup, not by its function for opens.
	counts_match RWOSG
}
