/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Programs for all that the user's pattern matches: functions of the kernel and of programs, tracepoints, USDT
 * probes.  common/domain/matches.c attaches them.
 *
 * A tool that does not use the ID of hit() defines HITS_ALIKE first: then one copy of a program will do for many places.
 */
#pragma once
#include "kernel_record.h"
#include "matches.h"
#include "probe_id.bpf.h"
#include "syscall_ids.bpf.h"
#include "task.bpf.h"
#include "task_stack.bpf.h"

const volatile struct matches_cpu matches_cpu;

/* The tool defines this.  ID is that of the name that was matched. */
static __always_inline int hit(void *ctx, u32 id);

/* Did the user ask for this task, on this CPU? */
static __always_inline bool hit_wanted(void)
{
	if (matches_cpu.set && matches_cpu.cpu != bpf_get_smp_processor_id())
		return false;
	return task_wanted();
}

#ifdef HITS_ALIKE
#define HIT_ID 0
#else
#define HIT_ID probe_id()
#endif

SEC("?kprobe") int single(void *ctx)
{
	return hit(ctx, HIT_ID);
}

SEC("?kprobe.multi") int multi(void *ctx)
{
	return hit(ctx, bpf_get_attach_cookie(ctx));
}

/* For user functions and USDT probes. */
SEC("?kprobe") int user_single(void *ctx)
{
	on_task_stack(ctx);
	return hit(ctx, HIT_ID);
}

SEC("?kprobe.multi") int user_multi(void *ctx)
{
	on_task_stack(ctx);
	return hit(ctx, bpf_get_attach_cookie(ctx));
}

SEC("?raw_tp/sys_enter") int on_sys_enter(u64 *ctx)
{
	u32 id;

	return syscall_id(ctx[1], false, &id) ? hit(ctx, id) : 0;
}

SEC("?raw_tp/sys_exit") int on_sys_exit(u64 *ctx)
{
	u32 id;

	return syscall_id(regs_syscall((void *)ctx[0]), true, &id) ? hit(ctx, id) : 0;
}

/* Where those can be preempted: see tracepoint.bpf.h. */
SEC("?tp/raw_syscalls/sys_enter") int on_sys_enter_perf(struct trace_event_raw_sys_enter *ctx)
{
	u32 id;

	return syscall_id(ctx->id, false, &id) ? hit(ctx, id) : 0;
}

SEC("?tp/raw_syscalls/sys_exit") int on_sys_exit_perf(struct trace_event_raw_sys_exit *ctx)
{
	u32 id;

	return syscall_id(ctx->id, true, &id) ? hit(ctx, id) : 0;
}
