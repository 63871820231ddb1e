# shellcheck shell=bash
# Clean installations of Debian, to install packages into.
bats_require_minimum_version 1.5.0
cd "$BATS_TEST_DIRNAME/../.." || exit 1
VM=$(realpath -m "${SNOOPKIT_VM_DIR:-build/vm}")
VERSION=$(sed -n 's/^VERSION := //p' Makefile)
TOOLS=$(cd tools && printf '%s\n' *.c | sed 's/\.c$//')
# The make that started the tests has options and variables of its own.
unset MAKEFLAGS MAKELEVEL MFLAGS MAKEOVERRIDES BUILD
ALIASES=$(make -s print-ALIASES)
export DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8

# fresh DIR: this machine's release of Debian, with nothing but what every Debian has.
fresh() {
	local base=$VM/debian release mirror
	release=$(. /etc/os-release && echo "$VERSION_CODENAME")
	mirror=${SNOOPKIT_DEBIAN_MIRROR:-http://deb.debian.org/debian}
	# The base is kept, because it is slow to fetch; each DIR is a copy.
	if [ ! -e "$base/done" ]; then
		rm -rf --one-file-system "$base"
		mkdir -p "$base"
		debootstrap --variant=minbase "$release" "$base" "$mirror" >&2 || return 1
		chroot "$base" apt-get clean
		touch "$base/done"
	fi
	rm -rf --one-file-system "$1"
	cp -a "$base" "$1"
	# There is no init: no service may be started
	printf '#!/bin/sh\nexit 101\n' >"$1/usr/sbin/policy-rc.d"
	chmod +x "$1/usr/sbin/policy-rc.d"
	cp /etc/resolv.conf "$1/etc/"
	echo "127.0.0.1 localhost $(uname -n)" >"$1/etc/hosts"
	# What will be deleted need not reach the disk
	echo force-unsafe-io >"$1/etc/dpkg/dpkg.cfg.d/tests"
	chroot "$1" apt-get -q update >&2
}

# inside_of DIR COMMAND...: run it in there, with the kernel's file systems mounted for as long.  OFFLINE=1: without
# network.
inside_of() {
	unshare -m ${OFFLINE:+-n} sh -c '
		root=$1
		shift
		mount -t proc proc "$root/proc" && mount --rbind /sys "$root/sys" && mount --rbind /dev "$root/dev" &&
			exec chroot "$root" "$@"' sh "$@"
}

# For a file with one such folder, $CHROOT:
teardown_file() {
	rm -rf --one-file-system "$CHROOT"
}

setup() {
	T=$BATS_TEST_TMPDIR
}

inside() {
	inside_of "$CHROOT" "$@"
}
