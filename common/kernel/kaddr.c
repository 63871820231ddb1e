// SPDX-License-Identifier: BSD-2-Clause
#include "kernel/kaddr.h"
#include <bpf/bpf.h>
#include <linux/bpf.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define PROG_TYPE_SYSCALL    31
#define KALLSYMS_LOOKUP_NAME 179 /* BPF_FUNC_kallsyms_lookup_name */

/* Shared with the program. */
struct question {
	u64 addr;
	char name[512]; /* the helper wants its last byte to be 0 */
};
static struct question *question;
static int prog; /* 0: not tried yet; -1: the kernel has no such programs */

static int load(int map)
{
	LIBBPF_OPTS(bpf_prog_load_opts, sleepable, .prog_flags = BPF_F_SLEEPABLE);
	struct bpf_insn insns[] = {
		/* bpf_kallsyms_lookup_name(q->name, sizeof(q->name), 0, &q->addr) */
		{ BPF_LD | BPF_DW | BPF_IMM, BPF_REG_4, BPF_PSEUDO_MAP_VALUE, 0, map },
		{ 0 },
		{ BPF_ALU64 | BPF_MOV | BPF_X, BPF_REG_1, BPF_REG_4, 0, 0 },
		{ BPF_ALU64 | BPF_ADD | BPF_K, BPF_REG_1, 0, 0, sizeof(question->addr) },
		{ BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_2, 0, 0, sizeof(question->name) },
		{ BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_3, 0, 0, 0 },
		{ BPF_JMP | BPF_CALL, 0, 0, 0, KALLSYMS_LOOKUP_NAME },
		{ .code = BPF_JMP | BPF_EXIT },
	};

	return bpf_prog_load(PROG_TYPE_SYSCALL, "kaddr", "GPL", insns,
			     sizeof(insns) / sizeof(*insns), &sleepable);
}

static void prepare(void)
{
	LIBBPF_OPTS(bpf_map_create_opts, shared, .map_flags = BPF_F_MMAPABLE);
	int map = bpf_map_create(BPF_MAP_TYPE_ARRAY, "kaddr", 4, sizeof(*question), 1, &shared);
	void *p =
		map < 0 ? MAP_FAILED
			: mmap(NULL, sizeof(*question), PROT_READ | PROT_WRITE, MAP_SHARED, map, 0);

	prog = -1;
	if (p != MAP_FAILED) {
		question = p;
		prog = load(map);
	}
	if (map >= 0)
		close(map);
	if (prog >= 0 && !kaddr("vfs_read")) { /* it is in every kernel, but may be hidden */
		close(prog);
		prog = -1;
	}
}

bool kaddr_works(void)
{
	if (!prog)
		prepare();
	return prog > 0;
}

u64 kaddr(const char *symbol)
{
	LIBBPF_OPTS(bpf_test_run_opts, run);

	if (!kaddr_works() || strlen(symbol) >= sizeof(question->name))
		return 0;
	memset(question, 0, sizeof(*question));
	strcpy(question->name, symbol);
	return bpf_prog_test_run_opts(prog, &run) || run.retval ? 0 : question->addr;
}
