load lib

setup() {
	needs_tool mountsnoop
	D=$T/dir
	mkdir "$D"
}

@test "mountsnoop: every way to mount and unmount, with all arguments and the result" {
	# Tracepoints, if there is nothing better, don't see 32-bit programs.
	[ -z "${SNOOPKIT_VM:-}" ] || export MOUNTS_RARE=1
	"$B/mountsnoop" --json -- "$W/mounts" "$T/expected" "$D" >"$T/traced"
	pid=$(head -1 "$T/expected" | cut -d' ' -f1)
	jq -r "select(.pid == $pid) | \"\(.pid) \(.tid) \(.mnt_ns) \(.call)\"" "$T/traced" >"$T/calls"
	same "$T/expected" "$T/calls"
	nothing_lost "$T/traced"
	jq -c "select(.op == \"mount\" and .fs == \"tmpfs\" and .source == \"source\") |
		[.comm,.pcomm,.ret,.flags,.target,.data,.key]" "$T/traced" |
		same <(echo '["ways to mount","mountsnoop",0,3236757507,"m","size=64k,mode=0700",null]') -
	[ "$(jq -r "select(.pid == $pid) | .ppid" "$T/traced" | sort -u | wc -l)" = 1 ]
}

@test "mountsnoop: headers and rows are BCC's; -t, -d, -p" {
	"$B/mountsnoop" -- "$W/mounts" "$T/expected" "$D" >"$T/text"
	[ "$(head -1 "$T/text")" = "COMM             PID     TID     MNT_NS      CALL" ]
	grep -qE '^ways to mount    [0-9]+ +[0-9]+ +[0-9]+ +umount\("b", MNT_DETACH\) = 0$' "$T/text"
	grep -qE '^bad\\033\\377name  [0-9]+ .*umount\("m", 0x0\) = -EINVAL$' "$T/text"
	grep -qF 'mount("a\x1b\n\xff\"\\", "/no/such", "tmp\tfs", 0x0, "\a\b\v\f\r\x7f") = -ENOENT' "$T/text"
	rmdir "$D"/*
	"$B/mountsnoop" -tP -- "$W/mounts" "$T/expected" "$D" >"$T/text"
	[ "$(head -1 "$T/text")" = "TIME     COMM             PID     TID     PCOMM            PPID    MNT_NS      CALL" ]
	grep -qE '^[0-9:]{8} ways to mount    [0-9]+ +[0-9]+ +mountsnoop       [0-9]+ +[0-9]+ +fsopen\("tmpfs", ' "$T/text"
	rmdir "$D"/*
	"$B/mountsnoop" -dt -- "$W/mounts" "$T/expected" "$D" >"$T/text"
	grep -A11 '^TIME:' "$T/text" | grep -A9 '^PID:' | tr '\n' '|' | grep -qE \
		'PID:    [0-9]+\|TID:    [0-9]+\|COMM:   ways to mount\|OP:     mount\|RET:    0\|MNT_NS: [0-9]+\|FS:     tmpfs\|SOURCE: source\|TARGET: m\|DATA:   size=64k,mode=0700\|'
	rmdir "$D"/*
	"$B/mountsnoop" --json -p 1,$$ -- "$W/mounts" "$T/expected" "$D" >"$T/traced"
	[ ! -s "$T/traced" ]
}
