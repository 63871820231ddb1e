/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * How long kernel functions take.
 *
 *   KFUNC_LATENCY(ext4_sync_file, (struct file *file), int ret) { ... }
 *	runs when the function returns, with its leading arguments (at most four),
 *	its result, and `u64 ns`, how long it took; only for calls that began in
 *	a task the user asked for.
 *
 * When a call began is kept in an entry for its thread and function, which stays when the
 * call is over: the next call costs two lookups, no insertion and no removal.
 * Only when there are very many threads, entries of finished calls make room.
 *
 * Of a function that is entered again before it returns only the inner call is measured,
 * and the other is counted as a lost return.  Not for functions that interrupts call.
 */
#pragma once
#include "probe.bpf.h"
#include "task.bpf.h"

#define CALL_BEGAN 4 /* args[] of the call: CLOCK_MONOTONIC, ns; 0: it is over */

static u64 calls_kept;

static __always_inline int latency_begin(u32 func, struct call *call, const bool typed)
{
	struct call_key key = { bpf_get_current_pid_tgid(), func };
	struct call *kept;

	if (!task_wanted())
		return 0;
	kept = bpf_map_lookup_elem(&calls_in_flight, &key);
	if (kept && kept->args[CALL_BEGAN])
		count_add(&loss.returns, 1);
	call->args[CALL_BEGAN] = bpf_ktime_get_ns();
	if (!kept && map_put(&calls_in_flight, &key, call))
		count_add(&calls_kept, 1);
	else if (kept && typed) /* fexit knows the arguments */
		kept->args[CALL_BEGAN] = call->args[CALL_BEGAN];
	else if (kept)
		*kept = *call;
	return 0;
}

/* How long it took, or 0: it is none of those; *call gets what was stored. */
static __always_inline u64 latency_end(u32 func, struct call *call)
{
	struct call_key key = { bpf_get_current_pid_tgid(), func };
	u64 now = bpf_ktime_get_ns(), began;
	struct call *kept;

	if (!task_wanted())
		return 0;
	kept = bpf_map_lookup_elem(&calls_in_flight, &key);
	if (!kept || !kept->args[CALL_BEGAN])
		return 0;
	began = kept->args[CALL_BEGAN];
	if (call)
		*call = *kept;
	kept->args[CALL_BEGAN] = 0;
	if (calls_kept > CALLS_MAX / 2 && !bpf_map_delete_elem(&calls_in_flight, &key))
		count_add(&calls_kept, -1);
	return now > began ? now - began : 1;
}

#define KFUNC_LATENCY(f, params, ret)                                            \
	const volatile u32 f##_nargs = 0;                                        \
	enum { f##_func = __COUNTER__ };                                         \
	static __always_inline int f##_end(KF_HEAD KF_LIST params, ret, u64 ns); \
	KF_BEGIN                                                                 \
	SEC("?fentry/" #f) int f##_fentry(u64 *ctx)                              \
	{                                                                        \
		struct call call = {};                                           \
		return latency_begin(f##_func, &call, true);                     \
	}                                                                        \
	SEC("?fexit/" #f) int f##_fexit(u64 *ctx)                                \
	{                                                                        \
		u64 ns = latency_end(f##_func, NULL);                            \
		if (!ns)                                                         \
			return 0;                                                \
		return f##_end(ctx, true KF_APPLY(KF_CTX, KF_COUNT params),      \
			       (void *)fexit_ret(ctx, f##_nargs), ns);           \
	}                                                                        \
	SEC("?kprobe/" #f) int f##_call(void *ctx)                               \
	{                                                                        \
		struct call call = { { KF_APPLY(KF_SAVE, KF_COUNT params) } };   \
		return latency_begin(f##_func, &call, false);                    \
	}                                                                        \
	SEC("?kretprobe/" #f) int f##_kretprobe(void *ctx)                       \
	{                                                                        \
		struct call call;                                                \
		u64 ns = latency_end(f##_func, &call);                           \
		if (!ns)                                                         \
			return 0;                                                \
		return f##_end(ctx, false KF_APPLY(KF_CALL, KF_COUNT params),    \
			       (void *)KREG(ctx, ax, regs[0]), ns);              \
	}                                                                        \
	KF_END static __always_inline int f##_end(KF_HEAD KF_LIST params, ret, u64 ns)
