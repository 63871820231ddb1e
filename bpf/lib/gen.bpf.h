/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Programs that are completed when the tool runs: common/gen/ compiles what the user asked for, and replaces
 * gen_filter() and gen_values().  So what a program does besides, the library compiled.
 */
#pragma once
#include "args.bpf.h"
#include "gen.h"
#include "map.bpf.h"
#include "pid.bpf.h"

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

/* The registers that a system call's function gets. */
struct pt_regs___x86_call {
	unsigned long di, si, dx, r10, r8, r9;
};

#pragma clang attribute pop

u64 gen_faults; /* values that could not be read */

/* Not static: clang would see that they do nothing. */
#define GEN_FUNCTION(mark)                                                                       \
	u64 v;                                                                                   \
	asm volatile("%0 = %1" : "=r"(v) : "i"(mark), "r"(ctx), "r"(f), "r"(values) : "memory"); \
	return v

/* Does the user want this event? */
__attribute__((noinline, visibility("hidden"))) u64 gen_filter(void *ctx, struct gen_frame *f,
							       void *values)
{
	GEN_FUNCTION(GEN_FILTER_MARK);
}

/* Write the values that the user asked for to an event. */
__attribute__((noinline, visibility("hidden"))) u64 gen_values(void *ctx, struct gen_frame *f,
							       void *values)
{
	GEN_FUNCTION(GEN_VALUES_MARK);
}

#define GEN_CONSTANT(mark)                                       \
	({                                                       \
		u64 __n;                                         \
		asm volatile("%0 = %1" : "=r"(__n) : "i"(mark)); \
		__n;                                             \
	})
/* The event's size, and the probe's number. */
#define gen_size()  GEN_CONSTANT(GEN_SIZE_MARK)
#define gen_probe() GEN_CONSTANT(GEN_PROBE_MARK)
/* Of the function that a trampoline calls. */
#define gen_nargs() GEN_CONSTANT(GEN_NARGS_MARK)

/* For struct gen_frame: the arguments of a function that is entered. */
#define GEN_ENTERED(ctx)                                                                \
	.args = {                                                                       \
		KREG0(ctx), KREG1(ctx), KREG2(ctx), KREG3(ctx), KREG4(ctx), KREG5(ctx), \
	}

/* The function's first argument has those of a system call. */
static __always_inline void gen_syscall_args(struct gen_frame *f, void *ctx)
{
	struct pt_regs___x86_call *x86 = (void *)KREG0(ctx);
	struct pt_regs___arm64 *arm64 = (void *)x86;

	if (bpf_core_field_exists(x86->r10)) {
		f->args[0] = BPF_CORE_READ(x86, di);
		f->args[1] = BPF_CORE_READ(x86, si);
		f->args[2] = BPF_CORE_READ(x86, dx);
		f->args[3] = BPF_CORE_READ(x86, r10);
		f->args[4] = BPF_CORE_READ(x86, r8);
		f->args[5] = BPF_CORE_READ(x86, r9);
	} else {
		bpf_probe_read_kernel(f->args, sizeof(f->args),
				      __builtin_preserve_access_index(&arm64->regs));
	}
}
