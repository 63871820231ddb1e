/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Functions of programs and libraries.  usdt.bpf.h has USDT probes.
 *
 *   UFUNC(opened, (const char *path, int flags)) { ... }
 *	runs when a function is entered, with up to six of its leading arguments.
 *   UFUNC_END(opened, int ret) { ... }
 *	runs when it returns, with its result.
 *   UFUNC_RET(opened, (const char *path), int ret) { ... }
 *	also has up to five arguments.  Include probe.bpf.h, which keeps them, before this file.
 *
 * The name is one of a program; the tool's table of struct user_probe (common/kernel/user_probe.h) says
 * which function, of which files, it is attached to.  A body also sees `ctx`.  Arguments and results are
 * 64 bits wide; the parameters convert them.  Pointers are to the process's memory.
 *
 * Newer kernels can preempt a program at a user probe, and run it for another task on the same CPU: don't
 * build an event in a per-CPU buffer here.  The stack can be such a buffer: from Linux 6.13 on, a function of a BPF
 * program that needs 64 bytes of it or more gets one that belongs to the CPU.  What another task then writes to it can
 * crash the kernel (seen on 7.3).  So use less: --verbose shows how much ("stack depth").
 */
#pragma once
#include "args.bpf.h"
#include "map.bpf.h"
#include "task_stack.bpf.h"

#define UFUNC(name, params)                                                             \
	static __always_inline int name##_body(void *ctx KF_LIST params);               \
	KF_BEGIN                                                                        \
	SEC("?uprobe") int name(void *ctx)                                              \
	{                                                                               \
		on_task_stack(ctx);                                                     \
		return name##_body(ctx KF_APPLY(KF_REG, KF_COUNT params));              \
	}                                                                               \
	KF_END static __always_inline int name##_body(void *ctx __attribute__((unused)) \
						      KF_LIST params)

#define UFUNC_END(name, ret)                                    \
	static __always_inline int name##_body(void *ctx, ret); \
	KF_BEGIN                                                \
	SEC("?uretprobe") int name(void *ctx)                   \
	{                                                       \
		on_task_stack(ctx);                             \
		return name##_body(ctx, (void *)KREG_RET(ctx)); \
	}                                                       \
	KF_END static __always_inline int name##_body(void *ctx __attribute__((unused)), ret)

/* The program NAME##_enter keeps the arguments; both are attached to the same function. */
#define UFUNC_RET(name, params, ret)                                                               \
	enum { name##_func = __COUNTER__ };                                                        \
	static __always_inline int name##_body(void *ctx KF_LIST params, ret);                     \
	KF_BEGIN                                                                                   \
	SEC("?uprobe") int name##_enter(void *ctx)                                                 \
	{                                                                                          \
		struct call call = { .args = { KF_APPLY(KF_SAVE, KF_COUNT params) } };             \
		on_task_stack(ctx);                                                                \
		return call_enter(name##_func, &call);                                             \
	}                                                                                          \
	SEC("?uretprobe") int name(void *ctx)                                                      \
	{                                                                                          \
		struct call call;                                                                  \
		on_task_stack(ctx);                                                                \
		if (!call_leave(name##_func, &call))                                               \
			return 0;                                                                  \
		return name##_body(ctx KF_APPLY(KF_CALL, KF_COUNT params), (void *)KREG_RET(ctx)); \
	}                                                                                          \
	KF_END static __always_inline int name##_body(                                             \
		void *ctx __attribute__((unused)) KF_LIST params, ret)
