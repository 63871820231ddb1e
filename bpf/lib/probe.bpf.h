/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Kernel functions as probes.
 *
 *   KFUNC(vfs_read, (struct file *file)) { ... }
 *	runs when the function is entered.
 *   KFUNC_RET(vfs_read, (struct file *file), long ret) { ... }
 *	runs when it returns, with its arguments and its result.
 *   KFUNC_END(vfs_read) { ... }
 *	also runs when it returns, but without these: cheaper with kprobes, and for void functions.
 *   KFUNC_END_RET(vfs_read, long ret) { ... }
 *	the same with the result.
 *
 * A body also sees `ctx`.  Declare only the leading arguments that it uses.  Each
 * body becomes two sets of programs, for fentry/fexit and for kprobes, all named
 * after the function; common/kernel/probe.c loads the cheaper set that this kernel offers.
 *
 * To save time, use ARG_READ(arg, field) (tracepoint.bpf.h): it is one load with
 * fentry/fexit, where the verifier knows the arguments' types, and BPF_CORE_READ with
 * kprobes.  A function that a body calls must be inlined, and get `typed` from it.
 */
#pragma once
#include "args.bpf.h"
#include "map.bpf.h"
#include "runner.bpf.h"
#include "tracepoint.bpf.h"

/* That many arguments, from the context of a trampoline, or from a saved call. */
#define KF_CTX0
#define KF_CTX1  , (void *)ctx[0]
#define KF_CTX2  KF_CTX1, (void *)ctx[1]
#define KF_CTX3  KF_CTX2, (void *)ctx[2]
#define KF_CTX4  KF_CTX3, (void *)ctx[3]
#define KF_CTX5  KF_CTX4, (void *)ctx[4]
#define KF_SAVE0 0
#define KF_SAVE1 KREG0(ctx)
#define KF_SAVE2 KF_SAVE1, KREG1(ctx)
#define KF_SAVE3 KF_SAVE2, KREG2(ctx)
#define KF_SAVE4 KF_SAVE3, KREG3(ctx)
#define KF_SAVE5 KF_SAVE4, KREG4(ctx)
#define KF_CALL0
#define KF_CALL1 , (void *)call.args[0]
#define KF_CALL2 KF_CALL1, (void *)call.args[1]
#define KF_CALL3 KF_CALL2, (void *)call.args[2]
#define KF_CALL4 KF_CALL3, (void *)call.args[3]
#define KF_CALL5 KF_CALL4, (void *)call.args[4]

/* What every body gets; few use both. */
#define KF_HEAD void *ctx __attribute__((unused)), const bool typed __attribute__((unused))

/*
 * In a KFUNC()'s body: an argument that the function has only in some kernels.  Read it
 * only if FUNCTION_nargs, which a KFUNC_RET() of the same function defines, is large enough.
 */
#define KFUNC_ARG(n)                                    \
	({                                              \
		u64 __arg;                              \
		if (typed) {                            \
			__arg = ((u64 *)ctx)[n];        \
			asm volatile("" : "+r"(__arg)); \
		} else {                                \
			__arg = KREG##n(ctx);           \
		}                                       \
		(void *)__arg;                          \
	})

#define KFUNC(f, params)                                                       \
	static __always_inline int f##_body(KF_HEAD KF_LIST params);           \
	KF_BEGIN                                                               \
	SEC("?fentry/" #f) int f##_fentry(u64 *ctx)                            \
	{                                                                      \
		return f##_body(ctx, true KF_APPLY(KF_CTX, KF_COUNT params));  \
	}                                                                      \
	SEC("?kprobe/" #f) int f##_kprobe(void *ctx)                           \
	{                                                                      \
		return f##_body(ctx, false KF_APPLY(KF_REG, KF_COUNT params)); \
	}                                                                      \
	KF_END static __always_inline int f##_body(KF_HEAD KF_LIST params)

/*
 * Calls that have not returned yet, because kretprobes don't know the arguments any more.  The
 * entry of a thread and function stays when its call is over, so that the next call costs two
 * lookups instead of an insertion and a removal.  Entries of finished calls are removed only when
 * there are very many threads.
 */
struct call {
	u64 args[5];
	u64 began; /* CLOCK_MONOTONIC, ns, or any other number but 0; 0: it is over */
};
struct call_key {
	u32 runner, func;
};
#define CALLS_MAX 10240
HASH(calls_in_flight, struct call_key, struct call, CALLS_MAX);

static u64 calls_kept;

/*
 * A thread, or an idle CPU, has room for one call of a function at a time: a nested call replaces
 * the outer one, which is lost.
 */
static __always_inline int call_enter(u32 func, struct call *call)
{
	struct call_key key = { runner_id(), func };
	struct call *kept = bpf_map_lookup_elem(&calls_in_flight, &key);

	call->began = call->began ?: 1;
	if (kept && kept->began) /* this thread's last return was missed */
		count_add(&loss.returns, 1);
	if (kept)
		*kept = *call;
	else if (map_put(&calls_in_flight, &key, call))
		count_add(&calls_kept, 1);
	return 0;
}

/* Forget the call that TID entered: it will not return, or under another ID. */
static __always_inline void call_forget(u32 func, u32 tid)
{
	struct call_key key = { tid, func };

	if (!bpf_map_delete_elem(&calls_in_flight, &key))
		count_add(&calls_kept, -1);
}

/* When the call began, or 0 if we did not see that.  *call, if not NULL, gets what was stored. */
static __always_inline u64 call_leave(u32 func, struct call *call)
{
	struct call_key key = { runner_id(), func };
	struct call *kept = bpf_map_lookup_elem(&calls_in_flight, &key);
	u64 began = kept ? kept->began : 0;

	if (!kept || !began)
		return 0;
	if (call)
		*call = *kept;
	kept->began = 0;
	if (calls_kept > CALLS_MAX / 2)
		call_forget(func, key.runner);
	return began;
}

#define KFUNC_RET(f, params, ret)                                                      \
	const volatile u32 f##_nargs = 0;                                              \
	enum { f##_func = __COUNTER__ };                                               \
	static __always_inline int f##_ret_body(KF_HEAD KF_LIST params, ret);          \
	KF_BEGIN                                                                       \
	SEC("?fexit/" #f) int f##_fexit(u64 *ctx)                                      \
	{                                                                              \
		return f##_ret_body(ctx, true KF_APPLY(KF_CTX, KF_COUNT params),       \
				    (void *)fexit_ret(ctx, f##_nargs));                \
	}                                                                              \
	SEC("?kprobe/" #f) int f##_call(void *ctx)                                     \
	{                                                                              \
		struct call call = { .args = { KF_APPLY(KF_SAVE, KF_COUNT params) } }; \
		return call_enter(f##_func, &call);                                    \
	}                                                                              \
	SEC("?kretprobe/" #f) int f##_kretprobe(void *ctx)                             \
	{                                                                              \
		struct call call;                                                      \
		if (!call_leave(f##_func, &call))                                      \
			return 0;                                                      \
		return f##_ret_body(ctx, false KF_APPLY(KF_CALL, KF_COUNT params),     \
				    (void *)KREG_RET(ctx));                            \
	}                                                                              \
	KF_END static __always_inline int f##_ret_body(KF_HEAD KF_LIST params, ret)

#define KFUNC_END(f)                                        \
	static __always_inline int f##_end_body(void *ctx); \
	SEC("?fexit/" #f) int f##_fexit(u64 *ctx)           \
	{                                                   \
		return f##_end_body(ctx);                   \
	}                                                   \
	SEC("?kretprobe/" #f) int f##_kretprobe(void *ctx)  \
	{                                                   \
		return f##_end_body(ctx);                   \
	}                                                   \
	static __always_inline int f##_end_body(void *ctx)

#define KFUNC_END_RET(f, ret)                                                \
	const volatile u32 f##_nargs = 0;                                    \
	static __always_inline int f##_end_body(void *ctx, ret);             \
	KF_BEGIN                                                             \
	SEC("?fexit/" #f) int f##_fexit(u64 *ctx)                            \
	{                                                                    \
		return f##_end_body(ctx, (void *)fexit_ret(ctx, f##_nargs)); \
	}                                                                    \
	SEC("?kretprobe/" #f) int f##_kretprobe(void *ctx)                   \
	{                                                                    \
		return f##_end_body(ctx, (void *)KREG_RET(ctx));             \
	}                                                                    \
	KF_END static __always_inline int f##_end_body(void *ctx __attribute__((unused)), ret)
