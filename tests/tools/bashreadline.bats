load lib
load roots

setup() {
	needs_tool bashreadline
}

# What was typed, of $1, is what was traced, in $2.
same_lines() {
	jq -c 'select(.pid) | [.pid,.command,.cut]' "$2" >"$T/lines"
	jq -c . "$1" | same - "$T/lines"
}

@test "bashreadline: lines of every length, in full up to 16,383 bytes" {
	"$B/bashreadline" --json -- "$W/readlines" "$T/expected" bash --norc --noprofile -i >"$T/json"
	same_lines "$T/expected" "$T/json"
	[ "$(jq -c '.lost // empty' "$T/json")" = '{"cut":1}' ]
}

@test "bashreadline: bash in a container, and several copies" {
	needs_root
	make_root "$T/root" bash sleep
	cp "$(type -P bash)" "$T/bash"
	unshare -m chroot "$T/root" /bin/sleep 1000 3>&- &
	sleeping=$!
	# A copy that runs, but that no name leads to any more.
	"$W/readlines" "$T/expected-gone" -w "$T/go" "$T/bash" --norc --noprofile -i 3>&- &
	typing=$!
	until [ -s "$T/expected-gone" ] && [ "$(readlink /proc/$sleeping/root)" = "$(readlink -f "$T/root")" ]; do
		kill -0 $sleeping
		kill -0 $typing
		sleep 0.02
	done
	gone=$(jq '.[0]' "$T/expected-gone")
	rm "$T/bash"
	cat >"$T/all" <<-END
		set -e
		"$W/readlines" "$T/expected" bash --norc --noprofile -i
		"$W/readlines" "$T/expected-root" unshare -m chroot "$T/root" /bin/bash --norc --noprofile -i
		touch "$T/go"
		while kill -0 $typing 2>/dev/null; do sleep 0.05; done
	END
	"$B/bashreadline" --json -- sh "$T/all" >"$T/json" || status=$?
	kill $sleeping
	wait $typing
	[ -z "${status:-}" ]
	jq -c "select(.pid and .pid != $gone)" "$T/json" >"$T/others"
	cat "$T/expected" "$T/expected-root" >"$T/both"
	same_lines "$T/both" "$T/others"
	# A stripped bash calls readline() before tracing began for the first line.
	jq -c "select(.pid == $gone and .command != \":\")" "$T/json" >"$T/one"
	same_lines "$T/expected-gone" "$T/one"
	# -p: that copy alone.
	rm "$T/go"
	cp "$(type -P bash)" "$T/bash"
	"$W/readlines" "$T/expected-pid" -w "$T/go" "$T/bash" --norc --noprofile -i 3>&- &
	typing=$!
	until [ -s "$T/expected-pid" ]; do sleep 0.02; done
	rm "$T/bash"
	"$B/bashreadline" --json -p "$(jq '.[0]' "$T/expected-pid")" -- sh -c "touch '$T/go'; while kill -0 $typing 2>/dev/null; do sleep 0.05; done" >"$T/json"
	wait $typing
	jq -c "select(.command != \":\")" "$T/json" >"$T/one"
	same_lines "$T/expected-pid" "$T/one"
}

@test "bashreadline: containers of one image, also one that starts later: each line once" {
	needs_root
	make_root "$T/image" bash sleep
	for c in a b; do
		mkdir "$T/$c" "$T/$c.root"
		mount -t tmpfs upper "$T/$c"
		mkdir "$T/$c/upper" "$T/$c/work"
		mount -t overlay image -o "lowerdir=$T/image,upperdir=$T/$c/upper,workdir=$T/$c/work" "$T/$c.root"
	done
	unshare -m chroot "$T/a.root" /bin/sleep 1000 3>&- &
	sleeping=$!
	until [ "$(readlink /proc/$sleeping/root)" = "$(readlink -f "$T/a.root")" ]; do
		kill -0 $sleeping
		sleep 0.02
	done
	for c in a b; do
		echo "'$W/readlines' '$T/expected-$c' unshare -m chroot '$T/$c.root' /bin/bash --norc --noprofile -i"
	done >"$T/all"
	"$B/bashreadline" --json -- sh -e "$T/all" >"$T/json" || status=$?
	kill $sleeping
	umount "$T"/?.root "$T"/?
	[ -z "${status:-}" ]
	cat "$T"/expected-? >"$T/both"
	same_lines "$T/both" "$T/json"
}

@test "bashreadline: the readline of a library, in every process or only in bash" {
	"$B/bashreadline" --json -s "$W/libreadline.so.8" -- "$W/bash" "$T/expected" >"$T/json"
	same_lines "$T/expected" "$T/json"
	nothing_lost "$T/json"
	# Another program than bash is left out, unless it is asked for.
	cp "$W/bash" "$T/other"
	cp "$W/libreadline.so.8" "$T"
	"$B/bashreadline" --json -s "$T/libreadline.so.8" -- "$T/other" "$T/expected" >"$T/json"
	[ ! -s "$T/json" ]
	"$T/other" "$T/expected" "$T/go" 3>&- &
	other=$!
	until [ -s "$T/expected" ]; do sleep 0.02; done
	: >"$T/expected"
	"$B/bashreadline" --json -p $other -s "$T/libreadline.so.8" -- sh -c "touch '$T/go'; while kill -0 $other 2>/dev/null; do sleep 0.05; done" >"$T/json"
	wait $other
	same_lines "$T/expected" "$T/json"
}

@test "bashreadline: a bash that is linked with the library" {
	needs_root
	make_root "$T/root" bash sleep
	cp "$W/bash" "$T/root/bin/bash"
	mkdir -p "$T/root/lib64" "$T/root/usr/lib"
	cp "$W/libreadline.so.8" "$T/root/usr/lib"
	unshare -m chroot "$T/root" /bin/sleep 1000 3>&- &
	sleeping=$!
	until [ "$(readlink /proc/$sleeping/root)" = "$(readlink -f "$T/root")" ]; do
		kill -0 $sleeping
		sleep 0.02
	done
	"$B/bashreadline" --json -- env LD_LIBRARY_PATH=/usr/lib unshare -m chroot "$T/root" /bin/bash /expected >"$T/json" ||
		status=$?
	kill $sleeping
	[ -z "${status:-}" ]
	same_lines "$T/root/expected" "$T/json"
}

@test "bashreadline: header and rows are BCC's" {
	before=$(date +%s)
	"$B/bashreadline" -- "$W/readlines" "$T/expected" bash --norc --noprofile -i >"$T/text"
	[ "$(head -n1 "$T/text")" = "TIME      PID     COMMAND" ]
	pid=$(jq -n 'input[0]' "$T/expected")
	grep -qE "^[0-9]{2}:[0-9]{2}:[0-9]{2}  $(printf %-7d "$pid") echo one$" "$T/text"
	time=$(sed -n 's/^\([^ ]*\) .* echo one$/\1/p' "$T/text")
	until [ "$(date -d "@$before" +%T)" = "$time" ] || [ $before -gt "$(date +%s)" ]; do
		before=$((before + 1))
	done
	[ "$(date -d "@$before" +%T)" = "$time" ]
}

@test "bashreadline: each complaint is a sentence" {
	run -2 "$B/bashreadline" -s /no/such/file
	[ "$output" = "bashreadline: there is no file '/no/such/file'" ]
	run -2 "$B/bashreadline" -s /etc/passwd
	[ "$output" = "bashreadline: /etc/passwd can't be probed: it is not an ELF file" ]
	run -2 "$B/bashreadline" --shared="$(type -P sleep)"
	[[ $output == "bashreadline: "*" has no function readline among those it exports, and it is stripped of all other names"* ]]
	# Without an argument, -s means BCC's path, whatever follows.
	run "$B/bashreadline" -s --duration 1
	[[ $status = 0 || $output = "bashreadline: there is no file '/lib/libreadline.so'" ]]
}
