# Packages are built, and come and go in a clean Debian.  make check-packages runs this, as root; it takes
# minutes and a network.  What it needs: packaging/deps --packages
bats_require_minimum_version 1.5.0

setup_file() {
	cd "$BATS_TEST_DIRNAME/../.." || return 1
	[ "$(id -u)" = 0 ] || skip "not root"
	export VERSION CHROOT TOOLS
	VERSION=$(sed -n 's/^VERSION := //p' Makefile)
	TOOLS=$(cd tools && printf '%s\n' *.c | sed 's/\.c$//')
	# The base of Debian stays, as it is slow to fetch; each run has a copy.
	local vm=${SNOOPKIT_VM_DIR:-build/vm} base release mirror
	base=$vm/debian
	CHROOT=$(realpath -m "$vm")/debian.run
	rm -rf --one-file-system "$CHROOT"
	release=$(. /etc/os-release && echo "$VERSION_CODENAME")
	mirror=${SNOOPKIT_DEBIAN_MIRROR:-http://deb.debian.org/debian}
	if [ ! -e $base/done ]; then
		rm -rf --one-file-system $base
		mkdir -p $base
		debootstrap --variant=minbase "$release" $base "$mirror" >&2 || return 1
		chroot $base apt-get clean
		touch $base/done
	fi
	cp -a $base "$CHROOT"
	# There is no init: no service may be started
	printf '#!/bin/sh\nexit 101\n' >"$CHROOT/usr/sbin/policy-rc.d"
	chmod +x "$CHROOT/usr/sbin/policy-rc.d"
	cp /etc/resolv.conf "$CHROOT/etc/"
	chroot "$CHROOT" apt-get -q update >&2 || return 1
}

teardown_file() {
	[ -z "${CHROOT:-}" ] || rm -rf --one-file-system "$CHROOT"
}

setup() {
	cd "$BATS_TEST_DIRNAME/../.." || return 1
	T=$BATS_TEST_TMPDIR
	unset MAKEFLAGS MAKELEVEL MFLAGS MAKEOVERRIDES # of the make that started this
	export DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8
}

# Run in the chroot, with the kernel's file systems; they are gone afterwards.
inside() {
	unshare -m sh -c '
		root=$1
		shift
		mount -t proc proc "$root/proc" && mount --rbind /sys "$root/sys" && exec chroot "$root" "$@"' sh "$CHROOT" "$@"
}

# files ROOT [FIND-TEST]...: all but what apt and dpkg keep for themselves.
files() {
	local root=$1
	shift
	(cd "$root" && find . -xdev "$@" ! -path './var/lib/apt/*' ! -path './var/lib/dpkg/*' ! -path './var/cache/*' \
		! -path './var/log/*' ! -path './proc/*' ! -path './tmp/*' ! -path './etc/ld.so.cache' | sort)
}

@test "packages: make deb; lintian has nothing to say" {
	run -0 make -s deb
	[[ $output != *[EW]:\ snoopkit* ]]
	cp "build/packages/snoopkit_$VERSION-1_$(dpkg --print-architecture).deb" "$CHROOT/snoopkit.deb"
}

@test "packages: the .deb brings tools, man pages and completions; purged, it leaves nothing" {
	files "$CHROOT" >"$T/before"
	inside apt-get -q -y --no-install-recommends install /snoopkit.deb
	for t in $TOOLS $(make -s print-ALIASES); do
		run -0 inside "$t" --version
		[[ $output == *"(snoopkit) $VERSION" ]]
		[ -s "$CHROOT/usr/share/bash-completion/completions/$t" ]
		[ -s "$CHROOT/usr/share/zsh/vendor-completions/_$t" ]
		[ -s "$CHROOT/usr/share/fish/vendor_completions.d/$t.fish" ]
		gzip -t "$CHROOT/usr/share/man/man8/$t.8.gz" ||
			[ -s "$(readlink -f "$CHROOT/usr/share/man/man8/$t.8.gz")" ]
	done
	# No tool has symbols
	for t in $TOOLS; do
		run -0 readelf -SW "$CHROOT/usr/sbin/$t"
		[[ $output != *.symtab* && $output != *.debug_info* ]]
	done
	inside apt-get -q -y purge snoopkit
	inside apt-get -q -y autoremove --purge
	files "$CHROOT" >"$T/after"
	diff -u "$T/before" "$T/after"
	[ -z "$(inside dpkg -l | grep snoopkit)" ]
}

@test "packages: autopkgtest" {
	mkdir "$T/source"
	tar -x -C "$T/source" --strip-components=1 -f "build/snoopkit-$VERSION.tar.xz"
	cp -r packaging/debian "$T/source/"
	# It is told of the kernel's file systems, but mounts none.
	run -0 unshare -m sh -c "mount -t proc proc $CHROOT/proc && mount --rbind /sys $CHROOT/sys &&
		mount --rbind /dev $CHROOT/dev && exec autopkgtest -B $CHROOT/snoopkit.deb $T/source -- chroot $CHROOT"
	[[ $output == *opens*PASS* ]]
	inside apt-get -q -y purge snoopkit
	inside apt-get -q -y autoremove --purge
}

# unpacked PACKAGE[/SUITE]: only what dpkg needs to find files that two packages have.
unpack() {
	inside sh -c "cd /tmp && rm -f *.deb && apt-get -q download $1 && dpkg --force-depends --unpack *.deb"
}

@test "packages: beside bpfcc-tools, perf-tools and newer libbpf-tools" {
	inside apt-get -q -y --no-install-recommends install /snoopkit.deb
	unpack bpfcc-tools
	unpack perf-tools-unstable
	inside dpkg --purge --force-depends bpfcc-tools perf-tools-unstable
	# Those of the next Debian
	sed 's/bookworm/trixie/' "$CHROOT/etc/apt/sources.list" >"$CHROOT/etc/apt/sources.list.d/next.list"
	inside apt-get -q update
	unpack libbpf-tools/trixie
	[ -x "$CHROOT/usr/sbin/opensnoop-libbpf" ]
	rm "$CHROOT/etc/apt/sources.list.d/next.list"
	inside dpkg --purge --force-depends libbpf-tools
	run -0 inside opensnoop --version
	# And the other way round
	inside apt-get -q update
	inside dpkg --purge snoopkit
	unpack bpfcc-tools
	unpack perf-tools-unstable
	inside dpkg -i /snoopkit.deb
	inside dpkg --purge --force-depends bpfcc-tools perf-tools-unstable snoopkit
}

@test "packages: Debian 12's libbpf-tools has the same names: one excludes the other" {
	[ "$(. "$CHROOT/etc/os-release" && echo "$VERSION_CODENAME")" = bookworm ] || skip "not Debian 12"
	inside apt-get -q -y install libbpf-tools
	run -1 inside dpkg -i /snoopkit.deb
	[[ $output == *"conflicts with libbpf-tools"* ]]
	inside apt-get -q -y install /snoopkit.deb
	[[ $(inside dpkg -l libbpf-tools | tail -n1) != ii* ]]
	run -0 inside opensnoop --version
	[[ $output == *snoopkit* ]]
	inside apt-get -q -y install libbpf-tools
	[[ $(inside dpkg -l snoopkit | tail -n1) != ii* ]]
	inside apt-get -q -y purge libbpf-tools
}

@test "packages: make rpm; rpmlint has nothing to say; it comes and goes" {
	command -v rpmbuild >/dev/null || skip "no rpmbuild"
	run -0 make -s rpm
	[[ $output == *"0 errors, 0 warnings"* ]]
	# The libraries, which RPM can't bring here
	inside apt-get -q -y --no-install-recommends install libbpf1 libelf1 libncursesw6 zlib1g
	files "$CHROOT" ! -type d >"$T/before"
	rpm --root "$CHROOT" --dbpath /var/lib/dpkg/rpm -i --nodeps build/packages/snoopkit-"$VERSION"-1.*64.rpm
	for t in $TOOLS; do
		run -0 inside "$t" --version
		[ -s "$CHROOT/usr/share/man/man8/$t.8" ]
		[ -s "$CHROOT/usr/share/zsh/site-functions/_$t" ]
	done
	rpm --root "$CHROOT" --dbpath /var/lib/dpkg/rpm -e snoopkit
	files "$CHROOT" >"$T/after"
	# The folders are not its own
	files "$CHROOT" ! -type d >"$T/after"
	diff -u "$T/before" "$T/after"
}

@test "packages: the recipes for Alpine and Arch install every tool" {
	# Both in the same folder: what one has built the other needs not
	tar -x -C "$T" -f "build/snoopkit-$VERSION.tar.xz"
	for recipe in alpine/APKBUILD arch/PKGBUILD; do
		MAKEFLAGS=-j$(nproc) run -0 bash -euc ". packaging/$recipe; srcdir=$T pkgdir=$T/${recipe%/*}; cd \$srcdir
			[ \$pkgver = $VERSION ]; [ $recipe != alpine/APKBUILD ] || cd \$pkgname-\$pkgver; (build); (package)"
		for t in $TOOLS; do
			"$(find "$T/${recipe%/*}" -path "*bin/$t")" --version
		done
	done
}
