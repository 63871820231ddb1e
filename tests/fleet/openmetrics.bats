# --openmetrics without Prometheus: what is in the file, and what can't be.
load lib

setup() {
	export LC_ALL=C.UTF-8
}

# Print recorded events of this tool as metrics, to $T/TOOL.prom.
replay() {
	"$B/$1" "${@:2}" --replay "tests/golden/$1.rec" --openmetrics "$T/$1.prom" >/dev/null
	promtool check metrics <"$T/$1.prom"
}

@test "openmetrics: every tool that counts in a table writes what promtool takes" {
	n=0
	for rec in tests/golden/*.rec; do
		tool=${rec##*/} tool=${tool%.rec}
		args=$(head -1 "tests/golden/$tool.options")
		"$B/$tool" --help | grep -q -e --openmetrics || continue
		replay "$tool" $args
		tail -1 "$T/$tool.prom" | grep -qx "snoopkit_${tool//-/_}_rows_cut_total 0"
		n=$((n + 1))
	done
	[ $n -ge 4 ]
}

@test "openmetrics: labels are escaped, KiB are bytes, and --labels adds up what is then alike" {
	replay tcptop
	grep -F 'rx_bytes_total{pid="4194304",comm="bad\\033\\377\"name",laddr="127.0.0.1:1",raddr="127.0.0.1:2",family="4",' "$T/tcptop.prom"
	bytes=$("$B/tcptop" --json --replay tests/golden/tcptop.rec | jq -s 'map(.rx_bytes) | add')
	replay tcptop --labels family
	[ "$(awk '/^snoopkit_tcptop_rx_bytes_total/ { n++; sum += $2 } END { printf "%d %.0f", n, sum }' "$T/tcptop.prom")" = "2 $bytes" ]
	# stacks are not labels: all samples of a process are one series
	replay profile
	samples=$("$B/profile" --json --replay tests/golden/profile.rec | jq -s 'map(.count) | add')
	[ "$(awk '/^snoopkit_profile_count_total/ { n++; sum += $NF } END { print sum }' "$T/profile.prom")" = "$samples" ]
	run ! grep -q 'kernel=' "$T/profile.prom"
	run -2 --separate-stderr "$B/tcptop" --openmetrics "$T/x.prom" --labels comm,rx_kb
	[ "$stderr" = "tcptop: --labels: tcptop has no label 'rx_kb'" ]
	run -2 --separate-stderr "$B/tcptop" --labels comm
	[ "$stderr" = "tcptop: --labels needs --openmetrics" ]
	[ ! -e "$T/x.prom" ]
}

@test "openmetrics: at most 1000 series, and the rows left out are counted" {
	# records of funccount: their length, then u32 id, padding, u64 count
	for ((i = 0; i < 1100; i++)); do
		printf -v id '\\x%x\\x%x' $((i % 256)) $((i / 256))
		printf "\\x10\\0\\0\\0$id\\0\\0\\0\\0\\0\\0\\x3\\0\\0\\0\\0\\0\\0\\0"
	done >"$T/rec"
	"$B/funccount" --replay "$T/rec" --openmetrics "$T/f.prom" c:malloc >/dev/null
	promtool check metrics <"$T/f.prom"
	[ "$(grep -c '^snoopkit_funccount_count_total{.*} 3$' "$T/f.prom")" = 1000 ]
	grep -qx 'snoopkit_funccount_rows_cut_total 100' "$T/f.prom"
}

@test "openmetrics: root without capabilities still writes where it could at first" {
	needs_root
	needs_tool funccount t:syscalls:sys_enter_getppid
	mkdir "$T/theirs"
	chown 65534 "$T/theirs"
	"$B/funccount" --openmetrics "$T/theirs/f.prom" t:syscalls:sys_enter_getppid \
		--exec "$W/calls" "$T/expected" 3 >"$T/text"
	grep -qx 'snoopkit_funccount_count_total{func="syscalls:sys_enter_getppid"} 27' "$T/theirs/f.prom"
}

@test "openmetrics: the file is never seen half" {
	needs_root
	needs_tool funccount t:syscalls:sys_enter_openat
	"$B/funccount" -i 1 -d 4 --openmetrics "$T/f.prom" 't:syscalls:sys_enter_*at' >/dev/null &
	until [ -e "$T/f.prom" ]; do :; done
	ls -i "$T/f.prom" >"$T/inodes"
	while kill -0 $! 2>/dev/null; do
		[[ $(tail -n 1 "$T/f.prom") == "snoopkit_funccount_rows_cut_total "* ]]
		ls -i "$T/f.prom" >>"$T/inodes"
	done
	wait $!
	[ "$(uniq "$T/inodes" | wc -l)" -ge 4 ]
	[ "$(ls "$T")" = "f.prom
inodes" ]
}

@test "openmetrics: what can't be written is a sentence, at once or when it happens" {
	needs_root
	needs_tool funccount t:syscalls:sys_enter_openat
	run -1 --separate-stderr "$B/funccount" --openmetrics /no/such/f.prom t:syscalls:sys_enter_openat
	[ "$stderr" = "funccount: openmetrics: /no/such/f.prom: No such file or directory" ]
	[ -z "$output" ]
	run -1 --separate-stderr "$B/funccount" --openmetrics /dev/null t:syscalls:sys_enter_openat
	[ "$stderr" = "funccount: openmetrics: /dev/null is not a regular file, and would be replaced by one" ]
	[ -c /dev/null ]
	run -2 "$B/opensnoop" --openmetrics "$T/f.prom"
	# The disk is full: the report is printed, and the old file stays as it was.
	mkdir "$T/small"
	mount -t tmpfs -o size=16k none "$T/small"
	run -1 --separate-stderr "$B/funccount" --openmetrics "$T/small/f.prom" t:syscalls:sys_enter_openat -- \
		sh -c "cp $T/small/f.prom $T/first; cat /dev/zero >$T/small/fill"
	ls "$T/small" >"$T/ls"
	cmp "$T/first" "$T/small/f.prom"
	umount "$T/small"
	[[ $output == *"syscalls:sys_enter_openat "* ]]
	[[ $stderr == *"funccount: openmetrics: $T/small/f.prom: No space left on device" ]]
	[ "$(cat "$T/ls")" = "f.prom
fill" ]
}

@test "openmetrics: no other file is touched, and a link's target is replaced, not the link" {
	mkdir "$T/dir" "$T/links"
	echo mine >"$T/dir/filetop.prom.tmp"
	ln -s "$T/links/second" "$T/dir/filetop.prom"
	ln -s ../target.prom "$T/links/second"
	for round in new old; do
		"$B/filetop" --replay tests/golden/filetop.rec --openmetrics "$T/dir/filetop.prom" >/dev/null
		grep -q '^snoopkit_filetop_lost_total ' "$T/target.prom"
		[ "$(stat -c %a "$T/target.prom")" = 644 ]
		[ "$(readlink "$T/dir/filetop.prom")" = "$T/links/second" ]
	done
	[ "$(cat "$T/dir/filetop.prom.tmp")" = mine ]
	[ "$(ls -A "$T/dir")" = $'filetop.prom\nfiletop.prom.tmp' ]
	[ "$(ls -A "$T/links")" = second ]
}
