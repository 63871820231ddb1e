/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Programs for all kinds of probes that common/domain/probe_counts.h attaches.
 *
 *   static __always_inline int hit(u32 id) { ... }
 *   HIT_PROGRAMS(hit)
 *	ID is the number of the probe's name.
 */
#pragma once
#include "kernel_record.h"
#include "probe_id.bpf.h"
#include "syscall_ids.bpf.h"

#define HIT_PROGRAMS(hit)                                                                        \
	SEC("?kprobe") int single(void *ctx)                                                     \
	{                                                                                        \
		return hit(probe_id());                                                          \
	}                                                                                        \
	SEC("?kprobe.multi") int multi(void *ctx)                                                \
	{                                                                                        \
		return hit(bpf_get_attach_cookie(ctx));                                          \
	}                                                                                        \
	SEC("?raw_tp/sys_enter") int on_sys_enter(u64 *ctx)                                      \
	{                                                                                        \
		u32 id;                                                                          \
                                                                                                 \
		return syscall_id(ctx[1], false, &id) ? hit(id) : 0;                             \
	}                                                                                        \
	SEC("?raw_tp/sys_exit") int on_sys_exit(u64 *ctx)                                        \
	{                                                                                        \
		u32 id;                                                                          \
                                                                                                 \
		return syscall_id(syscall_exit_number((void *)ctx[0]), true, &id) ? hit(id) : 0; \
	}                                                                                        \
	/* Where those can be preempted: see tracepoint.bpf.h. */                                \
	SEC("?tp/raw_syscalls/sys_enter")                                                        \
	int on_sys_enter_perf(struct trace_event_raw_sys_enter *ctx)                             \
	{                                                                                        \
		u32 id;                                                                          \
                                                                                                 \
		return syscall_id(ctx->id, false, &id) ? hit(id) : 0;                            \
	}                                                                                        \
	SEC("?tp/raw_syscalls/sys_exit")                                                         \
	int on_sys_exit_perf(struct trace_event_raw_sys_exit *ctx)                               \
	{                                                                                        \
		u32 id;                                                                          \
                                                                                                 \
		return syscall_id(ctx->id, true, &id) ? hit(id) : 0;                             \
	}
