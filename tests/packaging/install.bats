# README's "Install", followed literally by a person in a clean Debian.  make check-packages runs this, as
# root; it takes minutes and a network.
load chroot
CHROOT=$VM/debian.install

setup_file() {
	[ "$(id -u)" = 0 ] || skip "not root"
}

# fresh_for_person [PACKAGE]...: a clean Debian with a person who may use sudo, and who answers yes to apt.
fresh_for_person() {
	fresh "$CHROOT"
	echo 'APT::Get::Assume-Yes "true";' >"$CHROOT/etc/apt/apt.conf.d/yes"
	inside apt-get -q --no-install-recommends install sudo "$@"
	chroot "$CHROOT" useradd -m -s /bin/bash person
	echo 'person ALL=(ALL) NOPASSWD: ALL' >"$CHROOT/etc/sudoers.d/person"
}

# The commands that README's "Install" gives under a bold heading.
commands_of() {
	awk -v heading="**$1**" '
		/^## / { install = /^## Install$/ }
		!install { next }
		index($0, "**") == 1 { here = index($0, heading) == 1; next }
		here && /^\t/ { print substr($0, 2) }
		here && !/^\t/ && was { exit }
		{ was = here && /^\t/ }' README.md
}

# as_person DIR COMMANDS: run them line by line in one shell, which ends when a command fails.
as_person() {
	printf 'set -e\ncd ~/%s\n%s\n' "$1" "$2" >"$CHROOT/tmp/commands"
	echo "$2" # shown if the test fails
	inside su - person -c 'bash -v /tmp/commands'
}

traceable() {
	build/opensnoop -- true >/dev/null 2>&1
}

# installed SBINDIR MANDIR: every name is there, and opensnoop traces if this kernel can.
installed() {
	local t
	for t in $TOOLS $ALIASES; do
		run -0 inside "$1/$t" --version
		[ "$output" = "$t (snoopkit) $VERSION" ]
		[ -s "$CHROOT$2/$t.8" ] || [ -L "$CHROOT$2/$t.8.gz" ] || [ -s "$CHROOT$2/$t.8.gz" ]
	done
	if traceable; then
		run -1 inside su - person -c "sudo opensnoop -x -- cat /no-such-file"
		grep -q '^[0-9]* *cat  *-1  *2 /no-such-file$' <<<"$output"
	else
		echo "# this kernel can't be traced" >&3
	fi
}

@test "install: a release, without clang, bpftool, kernel headers and network" {
	make -s dist
	fresh_for_person
	cp "build/snoopkit-$VERSION.tar.xz" "$CHROOT/home/person/"
	commands=$(commands_of "A release")
	as_person . "$(sed -n 1p <<<"$commands")"
	run ! chroot "$CHROOT" sh -c 'command -v clang || command -v bpftool || ls -d /usr/src/linux-headers*'
	OFFLINE=1 as_person . "$(sed 1d <<<"$commands")"
	installed /usr/local/sbin /usr/local/share/man/man8
}

@test "install: one static binary, of that release" {
	[ -d "$CHROOT/home/person/snoopkit-$VERSION" ] || skip "no release was unpacked"
	commands=$(commands_of "One static binary")
	OFFLINE=1 as_person "snoopkit-$VERSION" "$(sed '$d' <<<"$commands")"
	run -0 inside su - person -c "ldd snoopkit-$VERSION/snoopkit || true"
	[[ $output == *"not a dynamic executable"* ]]
	# The last one runs until Ctrl-C
	for _ in $(seq 600); do sleep 0.1; cat /no-such-file || true; done >/dev/null 2>&1 3>&- &
	as_person "snoopkit-$VERSION" "timeout -s INT 10 $(tail -n1 <<<"$commands") || true" >"$T/out" 2>&1
	kill $!
	cat "$T/out"
	! traceable || grep -q '^[0-9]* *cat  *-1  *2 /no-such-file$' "$T/out"
}

@test "install: README's first commands, in a Debian of git and make" {
	git rev-parse HEAD >/dev/null 2>&1 || skip "not in git"
	fresh_for_person git make
	git clone -q . "$CHROOT/home/person/snoopkit"
	chroot "$CHROOT" chown -R person: /home/person/snoopkit
	as_person snoopkit "$(awk '/^## / { here = /^## Try it$/ }
		here && /^\tsudo make/ { sub(/\t*#.*/, ""); print substr($0, 2) }' README.md)"
}

@test "install: from git" {
	git rev-parse HEAD >/dev/null 2>&1 || skip "not in git"
	fresh_for_person git make
	git clone -q . "$CHROOT/home/person/snoopkit"
	chroot "$CHROOT" chown -R person: /home/person/snoopkit
	as_person snoopkit "$(commands_of "From git")"
	installed /usr/local/sbin /usr/local/share/man/man8
	as_person snoopkit "sudo make uninstall"
	run ! inside sh -c "command -v opensnoop"
}

@test "install: a Debian package" {
	[ -d "$CHROOT/home/person/snoopkit" ] || skip "not in git"
	as_person snoopkit "$(commands_of "As a Debian package")"
	run -0 inside dpkg-query -W -f '${Status}' snoopkit
	[ "$output" = "install ok installed" ]
	installed /usr/sbin /usr/share/man/man8
	as_person . "sudo apt-get remove snoopkit"
	run ! inside sh -c "command -v opensnoop"
}
