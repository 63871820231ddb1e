load lib

setup() {
	needs_root
	[ -n "${SNOOPKIT_VM:-}" ] || skip "only in a guest: it needs kprobes and the modules of md"
	modprobe -a loop raid1
	truncate -s 8M "$T/disk1" "$T/disk2"
	DISKS="$(losetup -f --show "$T/disk1") $(losetup -f --show "$T/disk2")"
}

teardown() {
	[ -z "${DISKS:-}" ] || losetup -d $DISKS
}

@test "mdflush: each flush, who asks for it and of which array" {
	"$B/mdflush" --json -- "$W/mdflushes" "$T/expected" md_flush $DISKS first 5 "second one" 3 >"$T/json"
	jq -c '[.pid, .comm, .device]' "$T/json" | same "$T/expected" -
	[ "$(wc -l <"$T/json")" = 8 ]
}

@test "mdflush: text is BCC's" {
	"$B/mdflush" -- "$W/mdflushes" "$T/expected" md_text $DISKS first 1 >"$T/text"
	[ "$(sed -n 1p "$T/text")" = "Tracing md flush requests... Hit Ctrl-C to end." ]
	[ "$(sed -n 2p "$T/text")" = "TIME     PID     COMM             DEVICE" ]
	[[ "$(sed -n 3p "$T/text")" =~ ^[0-9]{2}(:[0-9]{2}){2}" "$(printf %-7s "$(sed 's/\[\([0-9]*\),.*/\1/' "$T/expected")")" first            md_text"$ ]]
	"$B/mdflush" --exec "$W/mdflushes" "$T/expected" md_other $DISKS first 1 >"$T/text"
	[ "$(wc -l <"$T/text")" = 2 ]
}
