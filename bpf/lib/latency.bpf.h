/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * How long kernel functions take.
 *
 *   KFUNC_LATENCY(ext4_sync_file, (struct file *file), int ret) { ... }
 *	runs when the function returns, with its leading arguments (at most four),
 *	its result, and `u64 ns`, how long it took; only for calls that began in
 *	a task the user asked for.
 *
 * If a function is entered again before it returns, only the inner call is measured, and the
 * outer one is counted as a lost return.  Don't use this for functions that interrupts call.
 */
#pragma once
#include "probe.bpf.h"
#include "task.bpf.h"

static __always_inline int latency_begin(u32 func, struct call *call)
{
	if (!task_wanted())
		return 0;
	call->began = bpf_ktime_get_ns();
	return call_enter(func, call);
}

/* How long the call took, in ns, or 0 if we don't measure it; *call gets what was stored. */
static __always_inline u64 latency_end(u32 func, struct call *call)
{
	u64 now = bpf_ktime_get_ns(), began = task_wanted() ? call_leave(func, call) : 0;

	return !began ? 0 : now > began ? now - began : 1;
}

#define KFUNC_LATENCY(f, params, ret)                                                  \
	const volatile u32 f##_nargs = 0;                                              \
	enum { f##_func = __COUNTER__ };                                               \
	static __always_inline int f##_end(KF_HEAD KF_LIST params, ret, u64 ns);       \
	KF_BEGIN                                                                       \
	SEC("?fentry/" #f) int f##_fentry(u64 *ctx)                                    \
	{                                                                              \
		struct call call = {};                                                 \
		return latency_begin(f##_func, &call);                                 \
	}                                                                              \
	SEC("?fexit/" #f) int f##_fexit(u64 *ctx)                                      \
	{                                                                              \
		u64 ns = latency_end(f##_func, NULL);                                  \
		if (!ns)                                                               \
			return 0;                                                      \
		return f##_end(ctx, true KF_APPLY(KF_CTX, KF_COUNT params),            \
			       (void *)fexit_ret(ctx, f##_nargs), ns);                 \
	}                                                                              \
	SEC("?kprobe/" #f) int f##_call(void *ctx)                                     \
	{                                                                              \
		struct call call = { .args = { KF_APPLY(KF_SAVE, KF_COUNT params) } }; \
		return latency_begin(f##_func, &call);                                 \
	}                                                                              \
	SEC("?kretprobe/" #f) int f##_kretprobe(void *ctx)                             \
	{                                                                              \
		struct call call;                                                      \
		u64 ns = latency_end(f##_func, &call);                                 \
		if (!ns)                                                               \
			return 0;                                                      \
		return f##_end(ctx, false KF_APPLY(KF_CALL, KF_COUNT params),          \
			       (void *)KREG(ctx, ax, regs[0]), ns);                    \
	}                                                                              \
	KF_END static __always_inline int f##_end(KF_HEAD KF_LIST params, ret, u64 ns)
