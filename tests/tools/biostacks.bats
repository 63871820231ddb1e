load lib
load disk

setup() {
	needs_root
	needs_tool biostacks
	disk_setup
}

teardown() {
	disk_teardown
}

@test "biostacks: who, how often, and by which way through the kernel" {
	"$B/biostacks" --json --flamegraph "$T/svg" -d "$DISK" -- "$W/bios" "$T/done" "/dev/$DISK" read:8:4096 read:16:4096 read:800:4096 \
		write:8:4096 write:16:4096 as:other flush >"$T/json"
	jq -c '[.comm, .pid, .disk, .count, (.usecs | map(.count) | add), (.stack | map(sub("[+].*"; "")) | map(select(. == ("vfs_read", "vfs_write", "blkdev_fsync"))))]' \
		"$T/json" | sort | tee "$T/traced"
	bios=$(sed -n 's/^\[\([0-9]*\),"bios".*/\1/p' "$T/done" | head -1)
	other=$(sed -n 's/^\[\([0-9]*\),"other".*/\1/p' "$T/done")
	same - "$T/traced" <<-E
		["bios",$bios,"$DISK",2,2,["vfs_write"]]
		["bios",$bios,"$DISK",3,3,["vfs_read"]]
		["other",$other,"$DISK",1,1,["blkdev_fsync"]]
	E
	# from the block layer's function to the system call, without functions of our own
	jq -c .stack "$T/json"
	jq -se 'all((.stack[0] | test("^(bpf_|__traceiter|__bpf)") | not) and (.stack[-1] | test("entry_SYSCALL_64|el0t_64_sync")) and (.stack | length > 6))' "$T/json"
	jq -se 'map(.total_ns) | . == sort' "$T/json"
	[ "$(sed -nE 's/.*data-total="([0-9]*)".*/\1/p' "$T/svg")" = "$(jq -s 'map(.total_ns / 1000 | floor) | add' "$T/json")" ]
	grep -q '<title>vfs_write$' "$T/svg"
}

@test "biostacks: text is BCC's" {
	"$B/biostacks" -d "$DISK" 60 -- "$W/bios" "$T/done" "/dev/$DISK" as:a-very-long-nam read:8:4096 >"$T/text"
	pid=$(sed 's/\[\([0-9]*\),.*/\1/' "$T/done")
	[ "$(sed -n 1p "$T/text")" = "Tracing block I/O with init stacks. Hit Ctrl-C to end." ]
	[ "$(sed -n 2p "$T/text")" = "$(printf 'a-very-long-na %-6d %-7s' "$pid" "$DISK")" ]
	grep -qx vfs_read "$T/text"
	[ "$(grep -EA2 '^(entry_SYSCALL_64|el0t_64_sync$)' "$T/text" | sed -n 2p)" = "     usecs               : count     distribution" ]
	[ "$(tail -1 "$T/text")" = "" ]
}

@test "biostacks: a disk of known latency, with the time in the queue" {
	null_blk_queue
	"$B/biostacks" --json -m -d nullb0 -- "$W/bios" "$T/done" /dev/nullb0 read:8:4096 read:16:4096 >"$T/json"
	cat "$T/json"
	jq -se '(map(.count) | add) == 2 and all(.msecs[0].lo >= 16 and .total_ns >= .count * 20000000)' "$T/json"
	"$B/biostacks" --json -m -d nullb0 -- "$W/bios" "$T/done" /dev/nullb0 all:8 >"$T/json" 2>"$T/err"
	cat "$T/json" "$T/err"
	# What a preemptible kernel skips is counted and reported.
	grep -v '"lost"' "$T/json" >"$T/rows"
	lost=$(sed -n 's/.*lost \([0-9]*\) probe hits.*/\1/p' "$T/err" | tail -1)
	[ $(($(jq -s 'map(.count) | add' "$T/rows") + ${lost:-0})) = 8 ]
	jq -se '(map(.total_ns) | add) >= (map(.count) | add) * 40000000' "$T/rows"
	jq -r .comm "$T/rows" | sort >"$T/who"
	[ "$(comm -13 <(printf 'reader-%d\n' 0 1 2 3 4 5 6 7) "$T/who")" = "" ]
}
