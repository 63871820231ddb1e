# shellcheck shell=bash
# Sourced by fetch, mkroot and run.

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck disable=SC2034 # the users of this file read it
top=$(cd "$here/../.." && pwd)
vm=${SNOOPKIT_VM_DIR:-$top/build/vm}
me=${0##*/}
PATH=$PATH:/usr/sbin:/sbin	# mke2fs and modprobe, for users who are not root

die() {		# STATUS MESSAGE...
	local status=$1
	shift
	echo "tests/vm/$me: $*" >&2
	exit "$status"
}

# need STATUS COMMAND...: ends with one line that names everything missing.
need() {
	local status=$1 missing=() c
	shift
	for c; do
		command -v "$c" >/dev/null || missing+=("$c")
	done
	((${#missing[@]} == 0)) ||
		die "$status" "not installed: ${missing[*]} (packages are listed in tests/vm/README.md)"
}

# Sets name, arch, suites and package from the table, or fails.
kernel_row() {	# NAME
	# shellcheck disable=SC2034
	while read -r name arch suites package; do
		[[ $name == "$1" ]] && return 0
	done < <(grep -Ev '^[[:space:]]*(#|$)' "$here/kernels")
	return 1
}

kernel_names() {	# [ARCH]
	grep -Ev '^[[:space:]]*(#|$)' "$here/kernels" | awk -v arch="${1-}" '!arch || $2 == arch { print $1 }'
}

# shellcheck disable=SC2016 # apt's own variables
# The mirror this machine already uses; the variables are for machines with apt but not Debian.
# --no-release-info: otherwise apt only names archives whose lists are downloaded.
find_mirrors() {
	local targets
	targets=$(apt-get indextargets --no-release-info \
		--format '$(REPO_URI) $(RELEASE) $(COMPONENT)' 'Created-By: Packages' 2>/dev/null |
		awk '$3 == "main" && $1 !~ /^cdrom:/') || true
	main=${SNOOPKIT_DEBIAN_MIRROR:-$(awk '$1 ~ /debian/ && $2 !~ /security/ &&
		$2 ~ /^(bullseye|bookworm|trixie|forky|sid|(old)*stable|testing|unstable)/ {
			print $1; exit }' <<<"$targets")}
	security=${SNOOPKIT_DEBIAN_SECURITY_MIRROR:-$(awk '$1 ~ /debian/ && $2 ~ /security/ {
		print $1; exit }' <<<"$targets")}
	# Mirrors keep the two side by side.
	[[ $security || ! $main ]] || security=$(sed -E 's,/debian/?$,/debian-security/,' <<<"$main")
	[[ $main ]] || die 3 "no Debian mirror among apt's sources; set SNOOPKIT_DEBIAN_MIRROR (its URI)"
	for keyring in /usr/share/keyrings/debian-archive-keyring.{gpg,pgp} ''; do
		[[ -e $keyring ]] && break
	done
	[[ $keyring ]] || die 3 "no Debian archive keys (package debian-archive-keyring)"
}

# private_sources SUITE...: $apt/sources.list, of $arch, and what it lists ($apt/log: apt's words).
private_sources() {
	local suite
	for suite; do
		case $suite in
		*-security) echo "deb [arch=$arch signed-by=$keyring] $security $suite main" ;;
		*) echo "deb [arch=$arch signed-by=$keyring] $main $suite main" ;;
		esac
	done >"$apt/sources.list"
	private_apt apt-get -q update >"$apt/log" 2>&1 || true	# judged by what it left
}

# apt with nothing of the machine's but its configuration (proxies, credentials).
private_apt() {	# PROGRAM ARGUMENT...
	local program=$1
	shift
	"$program" -o Dir::Etc::sourcelist="$apt/sources.list" -o Dir::Etc::sourceparts=/dev/null \
		-o Dir::Etc::preferences=/dev/null -o Dir::Etc::preferencesparts=/dev/null \
		-o Dir::State::lists="$apt/lists" -o Dir::State::status=/dev/null \
		-o Dir::Cache="$apt/cache" -o APT::Architecture="$arch" -o APT::Architectures::="$arch" \
		-o APT::Sandbox::User=root -o Acquire::Languages=none -o Acquire::Retries=2 "$@"
}

# The builder's uid must not show in the images: mke2fs -d copies what it sees.
as_root() {
	if (($(id -u) != 0)) && unshare -r true 2>/dev/null; then
		unshare -r "$@"
	else
		"$@"
	fi
}

# mkfs_from DIR IMAGE FREE_MB: an ext4 image of DIR with room to write, replaced in one step
# so that a guest that has the old one open keeps it.
mkfs_from() {
	local mb inodes
	mb=$(($(du -sm --apparent-size "$1" | cut -f1) * 11 / 10 + $3 + 16))
	inodes=$(($(find "$1" | wc -l) * 2 + 8192))
	rm -f "$2.new"
	as_root mke2fs -q -F -t ext4 -O ^has_journal -m 0 -N "$inodes" -E root_owner=0:0 \
		-d "$1" "$2.new" "${mb}M" >/dev/null || return
	mv -f "$2.new" "$2"
}
