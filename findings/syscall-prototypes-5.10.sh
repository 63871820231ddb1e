#!/bin/bash
# Debian's kernel 5.10.262-1 describes 189 of its 422 __x64_sys_*() functions in BTF by the weak stand-ins
# of kernel/sys_ni.c, not by the functions that run.
#
# Expected: each takes a pointer to struct pt_regs, whose members BTF lists once for all.
# Seen: those that a configuration can leave out (bind, connect, futex, execveat ...) take a pointer to a struct
# pt_regs that is only declared (BTF_KIND_FWD); the others (execve, fsync ...) to the complete one.
# What follows: a BPF program at fentry or fexit of these may not read the registers, where the system
# call's arguments are, though BTF has the function; the verifier refuses it.  A kprobe may.
#
# Needs apt with a Debian mirror among its sources; installs nothing.  Downloads 40 MB.
set -euo pipefail
kernel=linux-image-5.10.0-46-cloud-amd64=5.10.262-1
tools="bpftool=7.1.0+6.1.176-1 lz4=1.9.4-1"
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"

# The machine's own mirrors, with the suite that has this kernel.
mirrors=$(apt-get indextargets --no-release-info --format '$(REPO_URI) $(RELEASE) $(COMPONENT)' 'Created-By: Packages' |
	awk '$3 == "main" && $1 ~ /debian/ { print $1, $2 }')
main=$(awk '$2 !~ /security/ { print $1; exit }' <<<"$mirrors")
security=$(awk '$2 ~ /security/ { print $1; exit }' <<<"$mirrors")
key=/usr/share/keyrings/debian-archive-keyring.gpg
for line in "$security bullseye-security" "$main bookworm" "$main bookworm-updates" "$security bookworm-security"; do
	echo "deb [arch=amd64 signed-by=$key] $line main"
done >sources.list
mkdir -p lists/partial cache/archives/partial
options=(-q -o Dir::Etc::sourcelist="$dir/sources.list" -o Dir::Etc::sourceparts=/dev/null -o Dir::State::lists="$dir/lists"
	-o Dir::State::status=/dev/null -o Dir::Cache="$dir/cache" -o APT::Sandbox::User=root)
apt-get "${options[@]}" update >log 2>&1 || { cat log; exit 1; }
# shellcheck disable=SC2086
apt-get "${options[@]}" download $kernel $tools >>log 2>&1 || { tail -n 3 log; exit 1; }
for deb in *.deb; do dpkg-deb -x "$deb" root; done

# The image is compressed as a whole, in lz4's old format.
image=$(echo root/boot/vmlinuz-*)
at=$(LC_ALL=C grep -aobP '\x02\x21\x4c\x18' "$image" | head -n 1 | cut -d: -f1)
tail -c +$((at + 1)) "$image" | root/usr/bin/lz4 -dc >vmlinux 2>/dev/null || true # what follows is no part of it
root/usr/sbin/bpftool btf dump file vmlinux format raw >types

# FUNCTION KIND: what kind of type its argument points to.
awk '
	/^\[/ { id = substr($1, 2, length($1) - 2); line[id] = $0 }
	/^\t/ { line[id] = line[id] "\n" $0 }
	function target(s) { match(s, /type_id=[0-9]+/); return substr(s, RSTART + 8, RLENGTH - 8) }
	END {
		for (i in line) {
			if (line[i] !~ /FUNC \047__x64_sys_[a-z0-9_]*\047/)
				continue
			name = line[i]
			sub(/^[^\047]*\047/, "", name)
			sub(/\047.*/, "", name)
			parameters = line[target(line[i])]
			if (!sub(/[^\n]*\n/, "", parameters))
				continue	# it has none
			sub(/\n.*/, "", parameters)
			at = line[target(parameters)]
			while (at ~ /(PTR|CONST) /)
				at = line[target(at)]
			split(at, word, " ")
			print name, word[2], word[3]
		}
	}' types | sort >prototypes
cut -d' ' -f2- prototypes | sort | uniq -c
grep -E '^__x64_sys_(bind|execve) ' prototypes
[ "$(grep -c " FWD 'pt_regs'$" prototypes) $(grep -c " STRUCT 'pt_regs'$" prototypes)" = "189 233" ]
grep -qx "__x64_sys_bind FWD 'pt_regs'" prototypes
grep -qx "__x64_sys_execve STRUCT 'pt_regs'" prototypes
