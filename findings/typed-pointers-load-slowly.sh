#!/bin/bash
# A BPF program that follows a pointer of the kernel by its type can take 400 times as long to load, on Debian 13's Linux 6.12.
#
# Expected: what the verifier does for "r1 = task->mm" is about what it does for "r1 = task->flags", also a load of eight bytes
# from what bpf_get_current_task_btf() returned.
# Seen: on an emulated processor, a program that loads a number from task_struct 100 times takes 2 ms of CPU time to load, one
# that loads the pointer to mm_struct 100 times takes 900 to 1,100 ms. For each pointer, the verifier looks for types such as
# "task_struct__safe_rcu", by name, among all of the kernel's. The same two programs take 0.7 and 1.5 ms on Debian 12's 6.1, and
# the second one 650 ms on 6.18.15 and 11 ms on 7.3.4.
# What follows: each pointer that is followed by its type makes the start of a tool slower, on each path that the verifier takes;
# bpf_probe_read_kernel() does not, but costs more at each event.
#
# The kernel runs in QEMU (qemu-system-x86), without hardware virtualisation, and a program of our own is its init; no library
# for BPF takes part. Needs gcc, cpio, qemu-system-x86_64 and apt with a Debian mirror among its sources, and installs nothing.
# Downloads 35 MB.
set -euo pipefail
package=linux-image-6.12.118+deb13-cloud-amd64=6.12.118-1
for c in gcc cpio qemu-system-x86_64 dpkg-deb; do command -v $c >/dev/null || { echo "needs $c"; exit 1; }; done
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"

# The machine's own mirrors, with the suites of Debian 13.
mirrors=$(apt-get indextargets --no-release-info --format '$(REPO_URI) $(RELEASE) $(COMPONENT)' 'Created-By: Packages' |
	awk '$3 == "main" && $1 ~ /debian/ { print $1, $2 }')
main=$(awk '$2 !~ /security/ { print $1; exit }' <<<"$mirrors")
security=$(awk '$2 ~ /security/ { print $1; exit }' <<<"$mirrors")
for line in "$main trixie" "$main trixie-updates" "$security trixie-security"; do
	echo "deb [arch=amd64 signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $line main"
done >sources.list
mkdir -p lists/partial cache/archives/partial
options=(-q -o Dir::Etc::sourcelist="$dir/sources.list" -o Dir::Etc::sourceparts=/dev/null -o Dir::State::lists="$dir/lists"
	-o Dir::State::status=/dev/null -o Dir::Cache="$dir/cache" -o APT::Sandbox::User=root)
apt-get "${options[@]}" update >log 2>&1 || { cat log; exit 1; }
apt-get "${options[@]}" download $package >>log 2>&1 || { tail -n 3 log; exit 1; }
dpkg-deb -x ./*.deb root

cat >init.c <<'C'
#define _GNU_SOURCE
#include <linux/bpf.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/reboot.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#define READS 100

static char log_text[1 << 20];

/* Load a program that reads this field of the current task so often; the time that takes in ns, or -1. */
static long long load(int offset, int reads)
{
	struct bpf_insn insns[READS + 4] = { { .code = BPF_JMP | BPF_CALL, .imm = BPF_FUNC_get_current_task_btf } };
	union bpf_attr a = { .prog_type = BPF_PROG_TYPE_RAW_TRACEPOINT, .insns = (uintptr_t)insns, .license = (uintptr_t)"GPL" };
	struct timespec from, to;
	int n = 1, fd;

	for (int i = 0; i < reads; i++)
		insns[n++] = (struct bpf_insn){ .code = BPF_LDX | BPF_MEM | BPF_DW, .dst_reg = 1, .src_reg = 0, .off = offset };
	insns[n++] = (struct bpf_insn){ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 0 };
	insns[n++] = (struct bpf_insn){ .code = BPF_JMP | BPF_EXIT };
	a.insn_cnt = n;
	if (reads == 1) {
		a.log_level = 2;
		a.log_buf = (uintptr_t)log_text;
		a.log_size = sizeof(log_text);
		*log_text = 0;
	}
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &from);
	fd = syscall(SYS_bpf, BPF_PROG_LOAD, &a, sizeof(a));
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &to);
	if (fd < 0)
		return -1;
	close(fd);
	return (to.tv_sec - from.tv_sec) * 1000000000ll + to.tv_nsec - from.tv_nsec;
}

int main(void)
{
	int scalar = -1, pointer = -1;
	long long numbers, pointers;
	struct utsname u;

	for (int off = 0; off < 8192 && (scalar < 0 || pointer < 0); off += 8) {
		if (load(off, 1) < 0)
			continue;
		if (scalar < 0 && (strstr(log_text, "R1_w=scalar") || strstr(log_text, "R1=scalar")))
			scalar = off;
		if (pointer < 0 && strstr(log_text, "ptr_mm_struct"))
			pointer = off;
	}
	uname(&u);
	numbers = load(scalar, READS);
	pointers = load(pointer, READS);
	printf("RESULT %s: a number at %d, read %d times: %lld us; a pointer at %d: %lld us\n", u.release, scalar, READS,
	       numbers / 1000, pointer, pointers / 1000);
	fflush(stdout);
	reboot(RB_POWER_OFF);
}
C
gcc -O1 -static init.c -o init
mkdir -p tree/dev
cp init tree/
# The kernel opens its console before init can make the device.
[ "$(id -u)" != 0 ] || mknod tree/dev/console c 5 1
(cd tree && find . | cpio -o -H newc --quiet) >initramfs
timeout 300 qemu-system-x86_64 -accel tcg -cpu Haswell,-pcid,-cx16,-rtm,-hle -M q35 -smp 1 -m 512 -nic none -display none \
	-no-reboot -serial stdio -kernel root/boot/vmlinuz-* -initrd initramfs -append "console=ttyS0 quiet panic=-1" \
	</dev/null >console 2>&1 || true
said=$(tr -d '\r' <console | grep RESULT) || { tail -n 5 console; exit 1; }
echo "$said"
[[ $said =~ "100 times: "([0-9]+)" us; a pointer at "[0-9]+": "([0-9]+)" us" ]] || { echo "the programs did not load"; exit 1; }
times=$((BASH_REMATCH[2] / (BASH_REMATCH[1] + 1)))
[ $times -ge 50 ] || { echo "the behaviour has changed"; exit 1; }
echo "as stated: the pointers take $times times as long"
