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

kernel_names() {
	grep -Ev '^[[:space:]]*(#|$)' "$here/kernels" | awk '{ print $1 }'
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
