# The release: the same bytes from everywhere, and built with little.
load lib

# Two tools show as much as all of them (which make check-packages builds).
TOOLS="opensnoop tcptop"

# $F/one: a clone; $F/release: what make dist makes of it, with an additional name for a tool.
setup_file() {
	git rev-parse HEAD >/dev/null 2>&1 || skip "not in git"
	git clone -q . "$F/one"
	git -C "$F/one" rm -q $(cd tools && ls *.c | grep -vxF -e opensnoop.c -e tcptop.c | sed 's,^,tools/,')
	grep -l '^\.so man8/' man/*.8 | xargs -r git -C "$F/one" rm -q
	git -C "$F/one" -c user.name=tests -c user.email=tests@localhost commit -q -m "Two tools"
	make -s -C "$F/one" dist
	mkdir "$F/release"
	tar -x -C "$F/release" --strip-components=1 -f "$F/one/build/snoopkit-$VERSION.tar.xz"
	echo '.so man8/opensnoop.8' >"$F/release/man/zalias.8"
	# All commands that this build may use
	mkdir "$F/bin"
	for c in sh cc gcc as ld ar strip make pkg-config install mkdir cp mv rm ln cat sed grep sort printf awk sha256sum xargs; do
		ln -s "$(type -P $c)" "$F/bin/$c"
	done
}

# Neither clang nor bpftool, and no network.
poor() {
	local apart=(unshare -rn)
	[ "$(id -u)" != 0 ] || apart=(unshare -n)
	env -i PATH="$F/bin" "$(command -v "${apart[0]}")" "${apart[@]:1}" "$@"
}

# What make prints on stderr, without its own messages.
said() {
	grep -v '^make' <<<"$stderr"
}

@test "dist: the same bytes from another folder, by another user, with another umask" {
	git clone -q "$F/one" "$T/b"
	chmod 755 "$BATS_RUN_TMPDIR" "$BATS_RUN_TMPDIR"/* "$BATS_FILE_TMPDIR" "$T"
	if [ "$(id -u)" = 0 ]; then
		chown -R 65534:65534 "$T/b"
		(umask 077 && HOME=$T/b TZ=Asia/Tokyo setpriv --reuid 65534 --regid 65534 --clear-groups make -s -C "$T/b" dist)
	else
		(umask 077 && TZ=Asia/Tokyo make -s -C "$T/b" dist)
	fi
	cmp "$F/one/build/snoopkit-$VERSION.tar.xz" "$T/b/build/snoopkit-$VERSION.tar.xz"
	run -0 tar -t -v -f "$F/one/build/snoopkit-$VERSION.tar.xz"
	[[ $output != *"$(id -un 65534)"* ]]
	for t in $TOOLS; do
		[[ $output == *"snoopkit-$VERSION/skel/$t.skel.h"* ]]
		[[ $output == *"snoopkit-$VERSION/man/$t.8"* ]]
	done
}

@test "dist: builds and installs without clang, bpftool or network" {
	run ! poor clang --version
	poor make -s -j2 -C "$F/release"
	poor make -s -C "$F/release" install-strip DESTDIR="$T/root" PREFIX=/usr PROGRAM_PREFIX=x- PROGRAM_SUFFIX=-y
	for t in $TOOLS; do
		run -0 "$T/root/usr/sbin/x-$t-y" --version
		[ "$output" = "$t (snoopkit) $VERSION" ]
		# The same programs for the kernel
		cmp "$F/release/skel/$t.skel.h" "$F/one/build/bpf/$t.skel.h" || [ ! -e "$F/one/build/bpf/$t.skel.h" ]
	done
}

@test "dist: another name of a tool is a link, with a man page and completions; uninstall leaves nothing" {
	local names=(DESTDIR="$T/root" PREFIX=/usr PROGRAM_PREFIX=x- PROGRAM_SUFFIX=-y)
	poor make -s -j2 -C "$F/release" install "${names[@]}"
	cd "$T/root/usr"
	[ "$(readlink sbin/x-zalias-y)" = x-opensnoop-y ]
	[ "$(cat share/man/man8/x-zalias-y.8)" = ".so man8/x-opensnoop-y.8" ]
	run -0 sbin/x-zalias-y --help
	grep -q '^complete .* x-zalias-y$' share/bash-completion/completions/x-zalias-y
	grep -q '^#compdef x-zalias-y$' share/zsh/site-functions/_x-zalias-y
	grep -q '^complete -c x-zalias-y ' share/fish/vendor_completions.d/x-zalias-y.fish
	run ! grep -r PROGRAM@ share
	if command -v man >/dev/null; then
		run -0 man -M "$T/root/usr/share/man" -P cat 8 x-zalias-y
		[[ $output == *"trace files being opened"* ]]
	fi
	poor make -s -C "$F/release" uninstall "${names[@]}"
	[ -z "$(find "$T/root" ! -type d)" ]
	# snoopkit, all tools in one, under the same names
	poor make -s -j2 -C "$F/release" STATIC=1 install-strip "${names[@]}"
	run -0 sbin/x-zalias-y --parse-only -x
	run -0 sbin/x-snoopkit-y zalias --parse-only -x
	run -0 sbin/x-snoopkit-y
	[[ $output == *"zalias "*"Another name of opensnoop."* ]]
	poor make -s -C "$F/release" STATIC=1 uninstall "${names[@]}"
	[ -z "$(find "$T/root" ! -type d)" ]
}

@test "dist: installed with umask 077 it is for everybody; a folder may have blanks" {
	local names=(DESTDIR="$T/a root" PREFIX=/usr)
	(umask 077 && poor make -s -j2 -C "$F/release" install "${names[@]}")
	[ "$(find "$T/a root/usr" ! -type l | wc -l)" -gt 20 ]
	[ -z "$(find "$T/a root/usr" -type d ! -perm 755)" ]
	[ -z "$(find "$T/a root/usr/sbin" -type f ! -perm 755)" ]
	[ -z "$(find "$T/a root/usr/share" -type f ! -perm 644)" ]
	# Files of an earlier installation, too
	chmod 600 "$T/a root/usr/share/man/man8/zalias.8" "$T/a root/usr/share/zsh/site-functions/_opensnoop"
	(umask 077 && poor make -s -C "$F/release" install "${names[@]}" INSTALL="install --as-debhelper-says")
	[ -z "$(find "$T/a root/usr/share" -type f ! -perm 644)" ]
	(umask 077 && poor make -s -C "$F/release" uninstall "${names[@]}")
	[ -z "$(find "$T/a root" ! -type d)" ]
}

@test "dist: make demo as root leaves a tree in which its owner can build" {
	[ "$(id -u)" = 0 ] || skip "not root"
	why=$(build/opensnoop -- true 2>&1 >/dev/null) || skip "this kernel: ${why%%$'\n'*}"
	chmod 755 "$BATS_RUN_TMPDIR" "$BATS_RUN_TMPDIR"/* "$BATS_FILE_TMPDIR" "$T"
	cp -r "$F/release" "$T/tree"
	rm -rf "$T/tree/build"
	chown -R 65534:65534 "$T/tree"
	# As an earlier version left it
	mkdir "$T/tree/build"
	run -0 make -s -C "$T/tree" demo TOOL=opensnoop
	# Its own workload, and nothing else's
	grep -q ' /etc/no-such-file$' <<<"$output"
	[ "$(wc -l <<<"$output")" -lt 500 ]
	run ! grep -vE '^==|^  [A-Z]+ |^opensnoop: |^$|^TIME|^[0-9.]+ +[0-9]+ +(sh|cat|dd|rm|dirname|socat|timeout|head|sleep|setpriv) ' <<<"$output"
	[ -x "$T/tree/build/opensnoop" ]
	# Only that tool was built
	[ ! -e "$T/tree/build/tcptop" ]
	[ -z "$(find "$T/tree" ! -uid 65534)" ]
	setpriv --reuid 65534 --regid 65534 --clear-groups make -s -j2 -C "$T/tree" TOOLS=tcptop all
	# If it is too late, one sentence
	chown -R 0:0 "$T/tree/build"
	run ! --separate-stderr setpriv --reuid 65534 --regid 65534 --clear-groups make -s -C "$T/tree"
	[ "$(said)" = "build belongs to root: sudo chown -R $(id -un 65534): build" ]
}

@test "dist: make tests TOOLS=NAME builds that tool only" {
	run -0 make -n -s -C "$F/release" BUILD="$T/build" TOOLS=opensnoop all tests
	[[ $output != *tools/tcptop.o* && $output == *tools/opensnoop.o* ]]
}

@test "dist: make deps says nothing of a compiler that it is to install" {
	run -0 --separate-stderr make -n CC=/nonexistent/cc deps
	[ -z "$stderr" ]
	[ "$output" = "packaging/deps" ]
}

@test "dist: a changed bpf/ is compiled, or clang asked for" {
	cp -r "$F/release" "$T/changed"
	echo '/* changed */' >>"$T/changed/bpf/opensnoop.h"
	run ! --separate-stderr poor make -C "$T/changed"
	[ "$(said)" = "snoopkit needs clang for the BPF programs (a release tarball has them compiled): sudo make deps" ]
	run -0 make -C "$T/changed" BUILD="$T/build" skeletons
	[[ $output == *"BPF "*opensnoop.bpf.o* ]]
	# Unchanged, it needs no compiler
	run -0 make -C "$F/release" BUILD="$T/build2" V=1 skeletons
	[[ $output != *clang* ]]
}

@test "dist: who has no sbin in PATH has bpftool" {
	bpftool=$(PATH=$PATH:/usr/sbin type -P bpftool)
	[[ $bpftool == */sbin/* ]] || skip "here it is $bpftool"
	[ "$(PATH=/usr/bin:/bin make -s print-BPFTOOL)" = "$bpftool" ]
}

@test "dist: one sentence says what the build from git needs" {
	local b="BUILD=$T/build"
	run ! --separate-stderr make $b BPFTOOL=/nonexistent/bpftool
	[ "$(said)" = "snoopkit needs bpftool 7.1 or newer (BPFTOOL=/nonexistent/bpftool doesn't run): sudo make deps" ]
	printf '#!/bin/sh\necho bpftool v5.10.0\n' >"$T/bpftool"
	chmod +x "$T/bpftool"
	run ! --separate-stderr make $b BPFTOOL="$T/bpftool"
	[ "$(said)" = "snoopkit needs bpftool 7.1 or newer; $T/bpftool is 5.10.0" ]
	run ! --separate-stderr make $b CLANG=/nonexistent/clang
	[[ $(said) == "snoopkit needs clang for the BPF programs"* ]]
	PKG_CONFIG_LIBDIR=/nonexistent run ! --separate-stderr make $b
	[ "$(said)" = "snoopkit needs libbpf 1.1 or newer with its headers; here is none that pkg-config knows: sudo make deps" ]
	mkdir "$T/pc"
	printf 'Name: libbpf\nDescription: old\nVersion: 0.8.1\n' >"$T/pc/libbpf.pc"
	PKG_CONFIG_LIBDIR=$T/pc run ! --separate-stderr make $b
	[ "$(said)" = "snoopkit needs libbpf 1.1 or newer with its headers; here is 0.8.1: sudo make deps" ]
	[ ! -e "$T/build" ]
}
