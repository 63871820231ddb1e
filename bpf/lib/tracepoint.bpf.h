/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Raw tracepoints with typed arguments.
 *
 *   TRACEPOINT(block_rq_issue, issued) { ... }
 *	defines the program `issued`, whose body sees the arguments as `u64 *ctx`.
 *
 * Types are IDs in the kernel's own BTF.  If the BTF comes from a file instead, the same body is
 * loaded as a plain raw tracepoint, without types.  So the body follows pointers with
 * ARG_READ(arg, field), which is one load with types, and BPF_CORE_READ without.  A function that
 * the body calls must be inlined, and get `typed` from it.
 *
 * A program that reads everything with BPF_CORE_READ needs no types: SEC("?raw_tp/NAME").
 *
 *   TRACEPOINT_IN_TASKS(inet_sock_set_state, state_set) { ... }
 *	is for tracepoints that are hit where a task can be preempted, as in most system calls.  From
 *	Linux 7.0 on, that can happen inside the program too, which then misses all hits on that CPU until the
 *	task runs again.  perf's programs for tracepoints can't be preempted, so there the same body is loaded
 *	as one.  It gets a record, from which record.bpf.h makes the arguments that we use.  Helpers that need
 *	the program's own context, as those for stacks do, get program_ctx.
 */
#pragma once
#include "kernel.h"
#include "record.bpf.h"

/*
 * Read a field of *P: a number, or a pointer for another ARG_READ().
 *
 * Linux 6.2 to 6.18 trust the arguments of typed tracepoints.  For a pointer that such an argument leads to, the
 * verifier then looks for types like "sock__safe_rcu", by name, among all of the kernel's, which takes it 10 million
 * instructions each time it comes by.  It does not for what it doesn't trust, such as the result of a cast.
 * At each event, that costs some 15 instructions: ARG_READ_OFTEN() does without.
 */
#define ARG_READ(p, field)       (typed ? ARG_UNTRUSTED(p, field)->field : BPF_CORE_READ(p, field))
#define ARG_READ_OFTEN(p, field) (typed ? (p)->field : BPF_CORE_READ(p, field))
#define ARG_UNTRUSTED(p, field)                                                            \
	__builtin_choose_expr(ARG_IS_POINTER((p)->field) && ARG_PICK(p, ARG_KNOWN, false), \
			      (typeof(p))rdonly_cast(p, ARG_PICK(p, ARG_ID, 0)), p)
#define ARG_IS_POINTER(value)        (__builtin_classify_type(value) == 5)
#define ARG_PICK(p, each, otherwise) _Generic(p, CAST_TYPES(each) default : otherwise)
#define ARG_KNOWN(name)              struct name * : true,
#define ARG_ID(name)                 struct name * : cast_types.name,

#define TRACEPOINT_BODY(name)                                                            \
	static __always_inline int name##_body(u64 *ctx __attribute__((unused)),         \
					       const bool typed __attribute__((unused)), \
					       void *program_ctx __attribute__((unused)))

#define TRACEPOINT(point, name)                         \
	TRACEPOINT_BODY(name);                          \
	SEC("?tp_btf/" #point) int name(u64 *ctx)       \
	{                                               \
		return name##_body(ctx, true, ctx);     \
	}                                               \
	SEC("?raw_tp/" #point) int name##_raw(u64 *ctx) \
	{                                               \
		return name##_body(ctx, false, ctx);    \
	}                                               \
	TRACEPOINT_BODY(name)

#define TRACEPOINT_IN_TASKS(point, name)                                                        \
	TRACEPOINT_BODY(name);                                                                  \
	SEC("?tp/" RECORD_GROUP_##point "/" #point) int name##_perf(struct RECORD_##point *ctx) \
	{                                                                                       \
		u64 args[4] = {};                                                               \
                                                                                                \
		record_args_##point(args, ctx);                                                 \
		return name##_body(args, true, ctx);                                            \
	}                                                                                       \
	TRACEPOINT(point, name)
