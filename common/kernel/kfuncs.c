// SPDX-License-Identifier: BSD-2-Clause
#include "kernel/kfuncs.h"
#include "kernel/kaddr.h"
#include "kernel/kbtf.h"
#include "symbols/ksym.h"
#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <linux/bpf.h>
#include <string.h>
#include <unistd.h>

#define SEQ_PRINTF  126 /* BPF_FUNC_seq_printf */
#define PREFIX_MOST 32  /* so many characters are compared in the kernel */

/* The program, which the kernel runs for each of its symbols. */
static struct {
	struct bpf_insn insns[96];
	u32 n;
} code;

static void put(u8 op, u8 to, u8 from, s16 off, s32 imm)
{
	code.insns[code.n++] = (struct bpf_insn){ op, to, from, off, imm };
}

/* A jump to the end, whose distance is filled in later. */
static void unless(u8 op, s32 value)
{
	put(BPF_JMP | op | BPF_K, BPF_REG_1, 0, 0, value);
}

static void put_u64(s16 at, u64 v)
{
	put(BPF_LD | BPF_DW | BPF_IMM, BPF_REG_1, 0, 0, v);
	put(0, 0, 0, 0, v >> 32);
	put(BPF_STX | BPF_MEM | BPF_DW, BPF_REG_10, BPF_REG_1, at, 0);
}

/* Where the members are that the program reads; false if the kernel has no such iterator. */
struct offsets {
	int seq, meta, ksym, value, type, name, module;
};

static bool find_offsets(struct offsets *o)
{
	*o = (struct offsets){
		.seq = kbtf_offset("bpf_iter_meta", "seq"),
		.meta = kbtf_offset("bpf_iter__ksym", "meta"),
		.ksym = kbtf_offset("bpf_iter__ksym", "ksym"),
		.value = kbtf_offset("kallsym_iter", "value"),
		.type = kbtf_offset("kallsym_iter", "type"),
		.name = kbtf_offset("kallsym_iter", "name"),
		.module = kbtf_offset("kallsym_iter", "module_name"),
	};
	return o->seq >= 0 && o->meta >= 0 && o->ksym >= 0 && o->value >= 0 && o->type >= 0 &&
	       o->name >= 0 && o->module >= 0;
}

/* Print a line as in kallsyms for each function whose name begins so. */
static void write_code(const struct offsets *o, const char *prefix)
{
	static const char format[16] = "%llx t %s\t[%s]\n";
	u64 words[2];

	memcpy(words, format, sizeof(words));
	code.n = 0;
	put(BPF_LDX | BPF_MEM | BPF_DW, BPF_REG_6, BPF_REG_1, o->meta, 0);
	put(BPF_LDX | BPF_MEM | BPF_DW, BPF_REG_7, BPF_REG_1, o->ksym, 0);
	put(BPF_ALU64 | BPF_MOV | BPF_X, BPF_REG_1, BPF_REG_7, 0, 0);
	unless(BPF_JEQ, 0); /* after the last one */
	for (int i = 0; i < PREFIX_MOST && prefix[i]; i++) {
		put(BPF_LDX | BPF_MEM | BPF_B, BPF_REG_1, BPF_REG_7, o->name + i, 0);
		unless(BPF_JNE, (u8)prefix[i]);
	}
	put(BPF_LDX | BPF_MEM | BPF_B, BPF_REG_1, BPF_REG_7, o->type, 0);
	put(BPF_ALU64 | BPF_OR | BPF_K, BPF_REG_1, 0, 0, 'a' ^ 'A');
	put(BPF_JMP | BPF_JEQ | BPF_K, BPF_REG_1, 0, 1, 't');
	unless(BPF_JNE, 'w');
	put_u64(-16, words[0]);
	put_u64(-8, words[1]);
	put(BPF_LDX | BPF_MEM | BPF_DW, BPF_REG_1, BPF_REG_7, o->value, 0);
	put(BPF_STX | BPF_MEM | BPF_DW, BPF_REG_10, BPF_REG_1, -40, 0);
	put(BPF_ALU64 | BPF_MOV | BPF_X, BPF_REG_1, BPF_REG_7, 0, 0);
	put(BPF_ALU64 | BPF_ADD | BPF_K, BPF_REG_1, 0, 0, o->name);
	put(BPF_STX | BPF_MEM | BPF_DW, BPF_REG_10, BPF_REG_1, -32, 0);
	put(BPF_ALU64 | BPF_ADD | BPF_K, BPF_REG_7, 0, 0, o->module);
	put(BPF_STX | BPF_MEM | BPF_DW, BPF_REG_10, BPF_REG_7, -24, 0);
	/* seq_printf(seq, format, sizeof(format), arguments, 3 * 8) */
	put(BPF_LDX | BPF_MEM | BPF_DW, BPF_REG_1, BPF_REG_6, o->seq, 0);
	put(BPF_ALU64 | BPF_MOV | BPF_X, BPF_REG_2, BPF_REG_10, 0, 0);
	put(BPF_ALU64 | BPF_ADD | BPF_K, BPF_REG_2, 0, 0, -16);
	put(BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_3, 0, 0, sizeof(format));
	put(BPF_ALU64 | BPF_MOV | BPF_X, BPF_REG_4, BPF_REG_10, 0, 0);
	put(BPF_ALU64 | BPF_ADD | BPF_K, BPF_REG_4, 0, 0, -40);
	put(BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_5, 0, 0, 3 * 8);
	put(BPF_JMP | BPF_CALL, 0, 0, 0, SEQ_PRINTF);
	for (u32 i = 0; i < code.n; i++)
		if (BPF_CLASS(code.insns[i].code) == BPF_JMP && !code.insns[i].off &&
		    BPF_OP(code.insns[i].code) != BPF_CALL)
			code.insns[i].off = code.n - i - 1;
	put(BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_0, 0, 0, 0);
	put(BPF_JMP | BPF_EXIT, 0, 0, 0, 0);
}

/* A file that the kernel writes those lines into when it is read; -1 if it can't. */
static int open_iterator(const char *prefix)
{
	LIBBPF_OPTS(bpf_prog_load_opts, load, .expected_attach_type = BPF_TRACE_ITER);
	int id = kbtf_foreign() ? -1 : kbtf_find("bpf_iter_ksym", BTF_KIND_FUNC), prog, link, fd;
	struct offsets o;

	if (id < 0 || !find_offsets(&o))
		return -1;
	write_code(&o, prefix);
	load.attach_btf_id = id;
	prog = bpf_prog_load(BPF_PROG_TYPE_TRACING, "kfuncs", "GPL", code.insns, code.n, &load);
	link = prog < 0 ? -1 : bpf_link_create(prog, 0, BPF_TRACE_ITER, NULL);
	fd = link < 0 ? -1 : bpf_iter_create(link);
	if (link >= 0)
		close(link);
	if (prog >= 0)
		close(prog);
	return fd;
}

struct wanted {
	void (*f)(const char *name, u64 addr, void *ctx);
	void *ctx;
	u64 init, init_end; /* what only ran when the kernel started */
};

static void on_func(const char *name, u64 addr, void *ctx)
{
	const struct wanted *w = ctx;

	if (kfunc_wanted(name) && (addr < w->init || addr >= w->init_end))
		w->f(name, addr, w->ctx);
}

bool kfuncs_each(const char *prefix, void (*f)(const char *name, u64 addr, void *ctx), void *ctx)
{
	struct wanted w = { f, ctx, kaddr("_sinittext"), kaddr("_einittext") };
	int fd = w.init_end ? open_iterator(prefix) : -1;

	if (fd < 0)
		return false;
	kfunc_each_in(fd, on_func, &w);
	return true;
}
