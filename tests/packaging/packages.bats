# Packages are built, installed and removed in a clean Debian.  make check-packages runs this, as root; it takes
# minutes and a network.  What it needs: packaging/deps --packages
load chroot
CHROOT=$VM/debian.run

setup_file() {
	[ "$(id -u)" = 0 ] || skip "not root"
	fresh "$CHROOT"
}

# files ROOT [FIND-TEST]...: all files except those that apt and dpkg keep for themselves.
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
	for t in $TOOLS $ALIASES; do
		run -0 inside "$t" --version
		[[ $output == *"(snoopkit) $VERSION" ]]
		[ -s "$CHROOT/usr/share/bash-completion/completions/$t" ]
		[ -s "$CHROOT/usr/share/zsh/vendor-completions/_$t" ]
		[ -s "$CHROOT/usr/share/fish/vendor_completions.d/$t.fish" ]
		gzip -t "$CHROOT/usr/share/man/man8/$t.8.gz" ||
			[ -s "$(readlink -f "$CHROOT/usr/share/man/man8/$t.8.gz")" ]
	done
	gzip -t "$CHROOT/usr/share/man/man7/snoopkit.7.gz"
	zcat -f "$CHROOT"/usr/share/doc/snoopkit/README.md* | grep -qx '# snoopkit'
	zcat -f "$CHROOT"/usr/share/doc/snoopkit/NEWS.md* | grep -qx '# News'
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
	# It is told that the kernel's file systems are there, but mounts none.
	run -0 unshare -m sh -c "mount -t proc proc $CHROOT/proc && mount --rbind /sys $CHROOT/sys &&
		mount --rbind /dev $CHROOT/dev && exec autopkgtest -B $CHROOT/snoopkit.deb $T/source -- chroot $CHROOT"
	[[ $output == *opens*PASS* ]]
	inside apt-get -q -y purge snoopkit
	inside apt-get -q -y autoremove --purge
}

# unpack PACKAGE[/SUITE]: only as much as dpkg needs to find files that are in two packages.
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
	run -0 inside opensnoop --version
	[[ $output == *snoopkit* ]]
	# And the other way round
	inside dpkg --purge snoopkit
	[ -x "$CHROOT/usr/sbin/opensnoop-libbpf" ]
	inside dpkg -i /snoopkit.deb
	inside dpkg --purge --force-depends libbpf-tools snoopkit
	rm "$CHROOT/etc/apt/sources.list.d/next.list"
	inside apt-get -q update
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
	inside apt-get -q -y --no-install-recommends install libbpf1 libelf1 liblzma5 libncursesw6 zlib1g
	files "$CHROOT" ! -type d >"$T/before"
	rpm --root "$CHROOT" --dbpath /var/lib/dpkg/rpm -i --nodeps build/packages/snoopkit-"$VERSION"-1.*64.rpm
	for t in $TOOLS $ALIASES; do
		run -0 inside "$t" --version
		[ "$output" = "$t (snoopkit) $VERSION" ]
		[ -s "$CHROOT/usr/share/man/man8/$t.8" ]
		[ -s "$CHROOT/usr/share/zsh/site-functions/_$t" ]
	done
	[ -s "$CHROOT/usr/share/man/man7/snoopkit.7" ]
	rpm --root "$CHROOT" --dbpath /var/lib/dpkg/rpm -e snoopkit
	[ ! -e "$CHROOT/usr/share/man/man7/snoopkit.7" ]
	# The folders do not belong to the package
	files "$CHROOT" ! -type d >"$T/after"
	diff -u "$T/before" "$T/after"
}

@test "packages: the recipes for Alpine and Arch install every tool" {
	# Both in the same folder: what one has built, the other need not build
	tar -x -C "$T" -f "build/snoopkit-$VERSION.tar.xz"
	for recipe in alpine/APKBUILD arch/PKGBUILD; do
		MAKEFLAGS=-j$(nproc) run -0 bash -euc ". packaging/$recipe; srcdir=$T pkgdir=$T/${recipe%/*}; cd \$srcdir
			[ \$pkgver = $VERSION ]; [ $recipe != alpine/APKBUILD ] || cd \$pkgname-\$pkgver; (build); (package)"
		for t in $TOOLS $ALIASES; do
			run -0 "$(find "$T/${recipe%/*}" -path "*bin/$t")" --version
			[ "$output" = "$t (snoopkit) $VERSION" ]
		done
		[ -s "$T/${recipe%/*}/usr/share/man/man7/snoopkit.7" ]
	done
}
