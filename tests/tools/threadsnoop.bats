load lib
load roots
load switches

setup() {
	needs_tool threadsnoop
}

# The rows of the process of the part "threads" of this file with what `switches` expects.
rows() {	# EXPECTED
	jq -c --slurpfile e "$1" 'select(.pid == ($e[] | select(.[0] == "threads")[1]))' "$T/json"
}

# Are these N threads of that process, each of which runs no_thread() of this program?
are_threads() {	# N PROGRAM EXPECTED
	cat "$T/json" "$3"
	rows "$3" >"$T/rows"
	jq -se "length == $1 and all(.func == \"no_thread\" and .tid == .pid and .address > 0 and
		.comm == \"${2##*/}\" and (.module | endswith(\"/${2##*/}\")))" "$T/rows"
}

@test "threadsnoop: each thread of a program, once, with the function that it runs" {
	"$B/threadsnoop" --json -- "$W/switches" "$T/expected" forks=3 threads=20 >"$T/json" 2>"$T/err"
	not grep . "$T/err"
	are_threads 20 "$W/switches" "$T/expected"
	nothing_lost "$T/json"
	[ "$(jq -r '.uid' "$T/rows" | sort -u)" = "$(id -u)" ]
	[ "$(jq -r '.module' "$T/rows" | sort -u)" = "$(realpath "$W/switches")" ]
}

@test "threadsnoop: in a container, and in a program whose file is gone" {
	needs_root
	make_root "$T/root" sleep "$W/switches"
	mkdir "$T/root/proc"
	unshare -m chroot "$T/root" /bin/sleep 1000 3>&- &
	sleeping=$!
	mkfifo "$T/go"
	cp "$W/switches" "$T/gone"
	"$T/gone" "$T/expected-gone" fifo="$T/go" threads=3 3>&- &
	until [ "$(readlink /proc/$sleeping/root)" = "$(readlink -f "$T/root")" ]; do
		kill -0 $sleeping
		sleep 0.02
	done
	rm "$T/gone"
	"$B/threadsnoop" --json -- sh -c "unshare -m sh -c 'mount -t proc proc $T/root/proc && exec chroot $T/root /bin/switches /expected threads=5 sleep=1,300'
		'$W/switches' '$T/expected-here' threads=4
		echo >'$T/go'; while kill -0 $!; do sleep 0.05; done" >"$T/json" 2>/dev/null || status=$?
	kill $sleeping
	[ -z "${status:-}" ]
	are_threads 5 switches "$T/root/expected"
	are_threads 4 switches "$T/expected-here"
	rows "$T/expected-gone" >"$T/rows"
	jq -se 'length == 3 and all(.address > 0)' "$T/rows"
}

@test "threadsnoop: -l traces a static program; a function without a name is its address" {
	"$B/threadsnoop" --json -l "$W/switches-static" -- sh -c "'$W/switches-static' '$T/expected' threads=5
		'$W/switches' '$T/expected-other' threads=5" >"$T/json"
	are_threads 5 "$W/switches-static" "$T/expected"
	[ -z "$(rows "$T/expected-other")" ]
	objcopy -S "$W/switches" "$T/bare"
	"$B/threadsnoop" --json -- "$T/bare" "$T/expected" threads=2 >"$T/json"
	rows "$T/expected" >"$T/rows"
	place=$(nm "$W/switches" | sed -nE 's/^0*([0-9a-f]+) t no_thread$/\1/p')
	jq -se "length == 2 and all(.offset == $((0x$place))) and all(.func == null and .address > 0 and (.module | endswith(\"/bare\")))" "$T/rows"
	"$B/threadsnoop" -- "$T/bare" "$T/expected" threads=2 >"$T/text"
	[ "$(grep -Ecx "[0-9]+ +[0-9]+ +bare +\[bare\+0x$place\]" "$T/text")" = 2 ]
}

@test "threadsnoop: -p and -u choose processes" {
	mkfifo "$T/go"
	"$W/switches" "$T/e" fifo="$T/go" threads=4 3>&- &
	# Each part is a process of its own, so the one that is asked for makes no threads itself.
	"$B/threadsnoop" --json -p $! -- sh -c "echo >$T/go; while kill -0 $!; do sleep 0.05; done" >"$T/json" 2>/dev/null
	[ ! -s "$T/json" ]
	"$B/threadsnoop" --json -u 65533 -- "$W/switches" "$T/expected" threads=4 >"$T/json"
	[ ! -s "$T/json" ]
	"$B/threadsnoop" --json -u "$(id -u)" -- "$W/switches" "$T/expected" threads=4 >"$T/json"
	are_threads 4 "$W/switches" "$T/expected"
}

@test "threadsnoop: text is BCC's" {
	"$B/threadsnoop" -- "$W/switches" "$T/expected" threads=3 >"$T/text"
	cat "$T/text"
	[ "$(sed -n 1p "$T/text")" = "TIME(ms)   PID     COMM             FUNC" ]
	pid=$(jq -r 'select(.[0] == "threads")[1]' "$T/expected")
	[ "$(awk -v pid="$pid" '$2 == pid' "$T/text" | grep -Ecx '[0-9]+ +[0-9]+ +switches +no_thread')" = 3 ]
	line=$(awk -v pid="$pid" '$2 == pid' "$T/text" | head -n 1)
	[ "$line" = "$(printf '%-10d %-7d %-16s %s' "${line%% *}" "$pid" switches no_thread)" ]
	[ "${line%% *}" -lt 60000 ]
}

@test "threadsnoop: each complaint is a sentence" {
	run -2 "$B/threadsnoop" -l /no/such/file
	[ "$output" = "threadsnoop: there is no file '/no/such/file'" ]
	run -2 "$B/threadsnoop" -l /etc/passwd
	[ "$output" = "threadsnoop: /etc/passwd can't be probed: it is not an ELF file" ]
	for bad in "-p x" "1" "-u no-such-user"; do
		run -2 --separate-stderr "$B/threadsnoop" $bad
		[ -z "$output" ]
		[ "${#stderr_lines[@]}" = 1 ]
	done
}
