/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Raw tracepoints, whose arguments the verifier knows by type.
 *
 *   TRACEPOINT(block_rq_issue, issued) { ... }
 *	is the program `issued`; its body sees the arguments as `u64 *ctx`.
 *
 * Types are known by their IDs in the kernel's own BTF.  Where that can't be read and a file
 * stands in for it, the same body is loaded as a plain raw tracepoint, without types.  So it
 * reads what an argument leads to by ARG_READ(arg, field): one load where types are known,
 * BPF_CORE_READ where not.  A function that the body calls takes `typed` from it, always inlined.
 *
 * What reads all by BPF_CORE_READ needs no types: SEC("?raw_tp/NAME").
 */
#pragma once
#include "kernel.h"

/* A number, or another argument to read from, behind pointer P. */
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
