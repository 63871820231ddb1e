/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Arguments of functions that are probed: registers, and lists of parameters in macros. */
#pragma once
#include "kernel.h"

/*
 * A register at a kprobe or uprobe.  The empty asm keeps clang from merging the two
 * loads into one at a computed offset, which the verifier rejects.
 */
#define KREG(ctx, x86_field, arm64_field)                                \
	({                                                               \
		const struct pt_regs___x86 *__x = (const void *)(ctx);   \
		const struct pt_regs___arm64 *__a = (const void *)(ctx); \
		unsigned long __v;                                       \
		if (bpf_core_field_exists(__x->x86_field)) {             \
			__v = __x->x86_field;                            \
			asm volatile("" : "+r"(__v) : "i"(86));          \
		} else {                                                 \
			__v = __a->arm64_field;                          \
			asm volatile("" : "+r"(__v) : "i"(64));          \
		}                                                        \
		__v;                                                     \
	})
#define KREG0(ctx)    KREG(ctx, di, regs[0])
#define KREG1(ctx)    KREG(ctx, si, regs[1])
#define KREG2(ctx)    KREG(ctx, dx, regs[2])
#define KREG3(ctx)    KREG(ctx, cx, regs[3])
#define KREG4(ctx)    KREG(ctx, r8, regs[4])
#define KREG5(ctx)    KREG(ctx, r9, regs[5])
#define KREG_IP(ctx)  KREG(ctx, ip, pc)
#define KREG_RET(ctx) KREG(ctx, ax, regs[0])

/* The number of parameters, at most eight: KF_COUNT (int a, int b) is 2. */
#define KF_NTH(_0, _1, _2, _3, _4, _5, _6, _7, _8, n, ...) n
#define KF_COUNT(...)                                      KF_NTH(_, ##__VA_ARGS__, 8, 7, 6, 5, 4, 3, 2, 1, 0)
#define KF_LIST(...)                                       , ##__VA_ARGS__
#define KF_PASTE(a, b)                                     a##b
#define KF_APPLY(a, b)                                     KF_PASTE(a, b)

/* That many arguments, from registers. */
#define KF_REG0
#define KF_REG1 , (void *)KREG0(ctx)
#define KF_REG2 KF_REG1, (void *)KREG1(ctx)
#define KF_REG3 KF_REG2, (void *)KREG2(ctx)
#define KF_REG4 KF_REG3, (void *)KREG3(ctx)
#define KF_REG5 KF_REG4, (void *)KREG4(ctx)
#define KF_REG6 KF_REG5, (void *)KREG5(ctx)

/* Arguments are passed as wide as a register; the body's parameters convert them. */
#define KF_BEGIN \
	_Pragma("GCC diagnostic push") _Pragma("GCC diagnostic ignored \"-Wint-conversion\"")
#define KF_END _Pragma("GCC diagnostic pop")

/*
 * The result follows the arguments, whose number differs between kernels, so
 * common/kernel/probe.c sets FUNCTION_nargs from BTF before loading.  A body can also
 * use it to find arguments that moved.
 */
#define FEXIT_CASE(n)                                \
	case n:                                      \
		v = ((const volatile u64 *)ctx)[n];  \
		asm volatile("" : "+r"(v) : "i"(n)); \
		break
static __always_inline u64 fexit_ret(const u64 *ctx, u32 nargs)
{
	u64 v = 0;

	switch (nargs) {
		FEXIT_CASE(0);
		FEXIT_CASE(1);
		FEXIT_CASE(2);
		FEXIT_CASE(3);
		FEXIT_CASE(4);
		FEXIT_CASE(5);
		FEXIT_CASE(6);
		FEXIT_CASE(7);
	}
	return v;
}

/* An argument that the function is known to have, from the context of a trampoline. */
static __always_inline u64 trampoline_arg(const u64 *ctx, const u32 n)
{
	u64 v = ctx[n];

	asm volatile("" : "+r"(v));
	return v;
}
