# Static binaries, and all tools in one.
load lib
S=build/static

setup_file() {
	make -s -j2 STATIC=1 >"$F/out" 2>"$F/err" || { cat "$F/err" >&2; return 1; }
}

@test "static: linked without a warning, and without libraries" {
	run cat "$F/err"
	[ -z "$output" ]
	for t in $TOOLS snoopkit; do
		run -0 readelf -lW "$S/$t"
		[[ $output != *INTERP* && $output != *DYNAMIC* ]]
	done
}

# A folder that is empty except for the tools and busybox.
empty_root() {
	mkdir -p "$T/root"/{proc,sys}
	cp $(printf "$S/%s " $TOOLS) "$S/snoopkit" "$(command -v busybox)" "$T/root/"
}

@test "static: in an empty folder they run, and know users by /etc/passwd" {
	[ "$(id -u)" = 0 ] || skip "not root"
	empty_root
	for t in $TOOLS; do
		run -0 chroot "$T/root" "/$t" --version
		[ "$output" = "$t (snoopkit) $VERSION" ]
		run -0 chroot "$T/root" /snoopkit "$t" --version
		[ "$output" = "$t (snoopkit) $VERSION" ]
	done
	run -0 chroot "$T/root" /opensnoop -u 1000 --parse-only
	run -2 chroot "$T/root" /opensnoop -u alice --parse-only
	[ "$output" = "opensnoop: --uid: there is no user 'alice'" ]
	cp tests/golden/cachetop.rec "$T/root/"
	run -0 chroot "$T/root" /snoopkit cachetop --replay /cachetop.rec
	[[ $output == *" 1 UNKNOWN( systemd "* ]]
	mkdir "$T/root/etc"
	printf '%s\n' 'alice:x:1000:1000::/:' 'bob:x:0:0::/:' >"$T/root/etc/passwd"
	run -0 chroot "$T/root" /opensnoop -u alice --parse-only
	run -0 chroot "$T/root" /snoopkit cachetop --replay /cachetop.rec
	[[ $output == *" 1 bob      systemd "* && $output == *" UNKNOWN( bad"* ]]
}

@test "static: in an empty folder they trace" {
	[ "$(id -u)" = 0 ] || skip "not root"
	why=$(build/opensnoop -- true 2>&1 >/dev/null) || skip "this kernel: ${why%%$'\n'*}"
	unshare -m true || skip "no mount namespaces here"
	empty_root
	for tool in /opensnoop "/snoopkit opensnoop"; do
		run -1 --separate-stderr unshare -m sh -c "mount -t proc proc $T/root/proc && mount --rbind /sys $T/root/sys &&
			exec chroot $T/root $tool -x -- /busybox cat /no-such-file"
		grep -q "^[0-9]* *busybox .* /no-such-file$" <<<"$output"
	done
}

@test "static: snoopkit lists the tools, and is each by name" {
	run -0 "$S/snoopkit"
	for t in $TOOLS; do
		# the same as the tool's own --help
		grep -qxF "$(printf '  %-15s %s' "$t" "$("build/$t" --help | sed -n 2p)")" <<<"$output"
		same=$("build/$t" --help)
		[ "$("$S/snoopkit" "$t" --help)" = "$same" ]
		ln -s "$PWD/$S/snoopkit" "$T/$t"
		[ "$("$T/$t" --help)" = "$same" ]
		ln -s "$PWD/$S/snoopkit" "$T/x-$t-y"
		# (with a longer name, the usage may be wrapped elsewhere)
		[[ $("$T/x-$t-y" --help) == "Usage: x-$t-y "* ]]
	done
	for a in $ALIASES; do
		[ "$("$S/snoopkit" "$a" --help)" = "$("build/$a" --help)" ]
		ln -s "$PWD/$S/snoopkit" "$T/x-$a-y"
		[ "$("$T/x-$a-y" --version)" = "$("build/$a" --version)" ]
	done
	run -2 "$S/snoopkit" nosuch
	[ "$output" = "snoopkit: there is no tool 'nosuch'; without arguments, snoopkit lists them" ]
	run -2 "$S/snoopkit" opensnoop -p x
	[ "$output" = "opensnoop: --pid: 'x' is not a whole number from 1 to 4194304" ]
	run -0 "$S/snoopkit" --version
	[ "$output" = "snoopkit $VERSION" ]
}

# near SAID BYTES UNIT: is what README says right within a tenth (compilers differ)?
near() {
	awk -v said="$1" -v is="$(($2))" -v unit="$3" 'BEGIN {
		is /= unit == "MB" ? 1e6 : 1e3
		printf "%s %s, README says %s\n", is, unit, said
		exit !(said != "" && is > said * 0.9 && is < said * 1.1)
	}'
}

@test "static: the sizes are those that README states" {
	[ "$(uname -m)" = x86_64 ] || skip "README's are those of x86-64"
	readme=$(tr '\n' ' ' <README.md)
	[[ $readme =~ "Each tool is a binary of "([0-9.]+)" to "([0-9.]+)" KB" ]]
	shared=("${BASH_REMATCH[@]:1}")
	[[ $readme =~ "\`snoopkit\`, "([0-9.]+)" MB" ]]
	multi=${BASH_REMATCH[1]}
	[[ $readme =~ "a static binary of its own, "([0-9.]+)" to "([0-9.]+)" MB" ]]
	static=("${BASH_REMATCH[@]:1}")
	for d in build $S; do
		mkdir -p "$T/$d"
		for t in $TOOLS; do
			strip -o "$T/$d/$t" "$d/$t"
		done
	done
	size=($(find "$T/build" -maxdepth 1 -type f -printf '%s\n' | sort -n))
	near "${shared[0]}" "${size[0]}" KB
	near "${shared[1]}" "${size[-1]}" KB
	size=($(find "$T/$S" -type f -printf '%s\n' | sort -n))
	near "${static[0]}" "${size[0]}" MB
	near "${static[1]}" "${size[-1]}" MB
	strip -o "$T/snoopkit" "$S/snoopkit"
	near "$multi" "$(stat -c %s "$T/snoopkit")" MB
}
