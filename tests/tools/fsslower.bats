load lib
load filesystems

setup_file() {
	serve_nfs
}

setup() {
	needs_root
	needs_tool fsslower -t ext4
}

teardown() {
	unmount_fs
}

# $T/json has what $T/expected says, in the same order, except operations that are not traced here.
rows_match() {
	nothing_lost "$T/json"
	jq -c 'select(.lost | not)' "$T/json" >"$T/rows"
	jq -c '[.t, .bytes, .offset, .filename]' "$T/rows" >"$T/got"
	grep "^\\[\"[$1]\"" "$T/expected" | sed 's/"C"/"O"/' >"$T/wanted"
	same "$T/wanted" "$T/got"
}

@test "fsslower: each operation of ext4, with its bytes, offset and file" {
	mount_fs ext4
	trace_fsops "$B/ext4slower" --json 0 >"$T/json"
	rows_match CRWOS
	jq -se 'all(.comm == "fsops" and .ns > 0) and map(.ret) == [0,5000,5000,5000,0,0,4096,5000,0,-14,0,7,0,1,0]' "$T/rows"
}

@test "fsslower: text and CSV are BCC's, of xfs, whose functions are a module's" {
	mount_fs xfs
	"$B/xfsslower" 0 -- "$W/fsops" "$T/expected" "$D" >"$T/text"
	[ "$(head -2 "$T/text")" = "Tracing XFS operations
TIME     COMM           PID    T BYTES   OFF_KB   LAT(ms) FILENAME" ]
	sed 1,2d "$T/text" >"$T/rows"
	not grep -Ev '^[0-9]{2}:[0-9]{2}:[0-9]{2} fsops          [0-9]{1,6} {0,5} [RWOS] [0-9]{1,7} {0,6} [0-9]{1,8} {0,7} [ 0-9.]{4}\.[0-9]{2} a(nother| file)$' "$T/rows"
	jq -r 'select(.[0] != "G") | "\(.[0] | sub("C"; "O")) \(.[1]) \(.[2] / 1024 | floor) \(.[3])"' "$T/expected" >"$T/wanted"
	awk '{ print $4, $5, $6, $8 ($9 ? " " $9 : "") }' "$T/rows" >"$T/got"
	same "$T/wanted" "$T/got"
	"$B/fsslower" -t xfs -j -m 0 -- "$W/fsops" "$T/expected" "$D" >"$T/text"
	[ "$(head -1 "$T/text")" = "ENDTIME_us,TASK,PID,TYPE,BYTES,OFFSET_b,LATENCY_us,FILE" ]
	sed 1d "$T/text" | sed -E 's/^[0-9]+,fsops,[0-9]+,(.),([0-9]+),([0-9]+),[0-9]+,(.*)$/["\1",\2,\3,"\4"]/' >"$T/got"
	grep -v '"G"' "$T/expected" | sed 's/"C"/"O"/' >"$T/wanted"
	same "$T/wanted" "$T/got"
}

@test "fsslower: btrfs" {
	mount_fs btrfs
	"$B/btrfsslower" --json 0 -- "$W/fsops" "$T/expected" "$D" >"$T/json"
	rows_match CRWOS
}

@test "fsslower: only what is slower than asked for, with its latency" {
	mount_slow_ext4
	"$B/fsslower" -t ext4 --json 150 -- sh -c "cat '$D/slow' '$D/slow' >/dev/null
		dd if='$D/slow' of=/dev/null bs=4k iflag=direct count=4 status=none" >"$T/json"
	# cat waits for the disk once, dd each time
	jq -c 'select(.filename == "slow") | [.comm, .t, .offset]' "$T/json" >"$T/got"
	printf '["%s","R",%d]\n' cat 0 dd 0 dd 4096 dd 8192 dd 12288 >"$T/wanted"
	same "$T/wanted" "$T/got"
	jq -se 'all(.ns > 150000000) and (map(select(.comm == "dd").ns) | min >= 200000000 and max < 1000000000)' "$T/json"
}

@test "fsslower: BCC's banners; bad thresholds are sentences" {
	[ "$("$B/ext4slower" -- true)" = "Tracing ext4 operations slower than 10 ms
TIME     COMM           PID    T BYTES   OFF_KB   LAT(ms) FILENAME" ]
	[ "$("$B/fsslower" -t ext4 --min 7000 --duration 1)" = "Tracing ext4 operations slower than 7000 ms for 1 secs.
TIME     COMM             PID     T BYTES   OFF_KB   LAT(ms) FILENAME" ]
	run -1 --separate-stderr "$B/zfsslower"
	[ "$stderr" = "zfsslower: this kernel has no zfs, or its module is not loaded (no function zpl_iter_read). Run: modprobe zfs" ]
	run -2 --separate-stderr "$B/fsslower" 1
	[ "$stderr" = "fsslower: which file system? Name it: -t ext4" ]
	run -2 --separate-stderr "$B/ext4slower" 1x
	run -2 --separate-stderr "$B/ext4slower" 1 2
}

@test "fsslower: nfs, with getattr" {
	mount_fs nfs
	"$B/nfsslower" --json 0 -- "$W/fsops" "$T/expected" "$D" >"$T/json"
	# NFSv4 opens a file that it creates in the lookup, not by its function for opens.
	rows_match RWOSG
}
