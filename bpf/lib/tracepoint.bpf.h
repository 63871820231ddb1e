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
 */
#pragma once
#include "kernel.h"

/* Read a field of *P: a number, or a pointer for another ARG_READ(). */
#define ARG_READ(p, field) (typed ? (p)->field : BPF_CORE_READ(p, field))

#define TRACEPOINT(point, name)                                                           \
	static __always_inline int name##_body(u64 *ctx __attribute__((unused)),          \
					       const bool typed __attribute__((unused))); \
	SEC("?tp_btf/" #point) int name(u64 *ctx)                                         \
	{                                                                                 \
		return name##_body(ctx, true);                                            \
	}                                                                                 \
	SEC("?raw_tp/" #point) int name##_raw(u64 *ctx)                                   \
	{                                                                                 \
		return name##_body(ctx, false);                                           \
	}                                                                                 \
	static __always_inline int name##_body(u64 *ctx, const bool typed)
