# memleak, of programs that have other allocators than the C library's, in Debian's own packages.  It is here as these are
# more than `make deps` installs.
load ../tools/lib

setup() {
	needs_tool memleak
}

has_library() {
	ldconfig -p | grep -q "^\s*$1 "
}

leaks_are_found() {	# COMMAND...: what the functions leak_* of the workload have in use, as it says in $T/expected
	"$B/memleak" --once --json -o 0 -T 1000 --exec "$@" "$T/expected" leak 30 >"$T/json"
	cat "$T/json"
	nothing_lost "$T/json"
	jq -c 'select(.stack) | [(.stack[0] // "" | split("+")[0]), .bytes, .allocations] | select(.[0] | startswith("leak_"))' "$T/json" |
		jq -sc 'group_by(.[0])[] | [.[0][0], (map(.[1]) | add), (map(.[2]) | add)]' >"$T/found"
	sort "$T/expected" | same - "$T/found"
}

@test "allocators: jemalloc, also its own functions" {
	has_library libjemalloc.so.2 || skip "libjemalloc.so.2 is not installed"
	leaks_are_found env LD_PRELOAD=libjemalloc.so.2 "$W/heaps"
	grep leak_extended "$T/expected"
}

@test "allocators: tcmalloc, which has C++'s operators, too" {
	has_library libtcmalloc_minimal.so.4 || skip "libtcmalloc_minimal.so.4 is not installed"
	leaks_are_found env LD_PRELOAD=libtcmalloc_minimal.so.4 "$W/heaps"
}

@test "allocators: that of a process which has begun is found where the process has it" {
	has_library libjemalloc.so.2 || skip "libjemalloc.so.2 is not installed"
	mkfifo "$T/go"
	cp "$(ldconfig -p | sed -n 's/^\s*libjemalloc.so.2 .*=> //p')" "$T/libjemalloc.so.2"
	LD_PRELOAD=$T/libjemalloc.so.2 "$W/heaps" "$T/expected" wait 40 "$T/go" 3>&- &
	until grep -q ready "$T/expected"; do kill -0 $!; sleep 0.02; done
	"$B/memleak" --once --json -o 0 -p $! -- sh -c "echo >'$T/go'; while kill -0 $! 2>/dev/null; do sleep 0.05; done" >"$T/json"
	cat "$T/json"
	jq -se 'map(select(.stack and (.stack[0] | startswith("leak_after")))) | length == 1 and .[0].allocations == 40 and .[0].bytes == 120000' "$T/json"
}

@test "allocators: musl, as a library and in a static program" {
	command -v musl-gcc >/dev/null || skip "musl-gcc is not installed"
	for static in "" -static; do
		musl-gcc -O1 -g -fno-omit-frame-pointer -D_GNU_SOURCE $static tests/work/heaps.c -o "$T/heaps$static" -pthread
		leaks_are_found "$T/heaps$static"
	done
}
