/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The programs that common/gen/attach.c makes those of single probes from.  Before this file, define what they do when
 * the place is hit, with what is known there:
 *
 *   static __always_inline int hit(void *ctx, struct gen_frame *f) { ... }
 */
#pragma once
#include "gen.bpf.h"
#include "probe_id.bpf.h"
#include "runner.bpf.h"
#include "task.bpf.h"
#include "task_stack.bpf.h"
#include "usdt.bpf.h"

/*
 * Calls that have not returned yet, for $entry() and $latency.  The stack pointer tells nested calls apart, and finds
 * the call again: when a function returns, it is where it was, but for the address that was returned to on x86.
 */
struct gen_call_key {
	u32 runner, probe;
	u64 sp;
};
struct gen_call {
	u64 began; /* CLOCK_MONOTONIC, ns */
	u64 args[GEN_ARGS];
};
HASH(gen_calls, struct gen_call_key, struct gen_call, 10240); /* created only if it is used */

static __always_inline int gen_called(void *ctx, const struct gen_frame *f)
{
	struct gen_call_key key = { runner_id(), gen_probe(), KREG(ctx, sp, sp) };
	struct gen_call call = { .began = bpf_ktime_get_ns() };

	if (!task_wanted())
		return 0;
	__builtin_memcpy(call.args, f->args, sizeof(call.args));
	if (!bpf_map_update_elem(&gen_calls, &key, &call, BPF_NOEXIST))
		return 0;
	/* The return from an earlier call was missed, or there are too many calls. */
	if (!bpf_map_update_elem(&gen_calls, &key, &call, BPF_EXIST))
		count_add(&loss.returns, 1);
	else
		count_add(&loss.entries, 1);
	return 0;
}

SEC("?kprobe") int entered(void *ctx)
{
	struct gen_frame f = { GEN_ENTERED(ctx) };

	on_task_stack(ctx);
	return hit(ctx, &f);
}

SEC("?kprobe") int syscall_entered(void *ctx)
{
	struct gen_frame f = {};

	gen_syscall_args(&f, ctx);
	return hit(ctx, &f);
}

SEC("?kprobe") int returned(void *ctx)
{
	struct gen_frame f = { .ret = KREG_RET(ctx) };

	on_task_stack(ctx);
	return hit(ctx, &f);
}

/* For returns with $entry() or $latency. */
SEC("?kprobe") int called(void *ctx)
{
	struct gen_frame f = { GEN_ENTERED(ctx) };

	on_task_stack(ctx);
	return gen_called(ctx, &f);
}

SEC("?kprobe") int syscall_called(void *ctx)
{
	struct gen_frame f = {};

	gen_syscall_args(&f, ctx);
	return gen_called(ctx, &f);
}

SEC("?kprobe") int call_returned(void *ctx)
{
	const struct pt_regs___x86 *x86 = ctx;
	u64 now = bpf_ktime_get_ns();
	struct gen_call_key key = { runner_id(), gen_probe(), KREG(ctx, sp, sp) };
	struct gen_frame f = { .ret = KREG_RET(ctx) };
	struct gen_call *call;

	on_task_stack(ctx);
	if (bpf_core_field_exists(x86->ax))
		key.sp -= sizeof(key.sp);
	call = bpf_map_lookup_elem(&gen_calls, &key);
	if (!call) /* it began before tracing did, or was counted as lost */
		return 0;
	f.latency = now - call->began;
	__builtin_memcpy(f.args, call->args, sizeof(f.args));
	bpf_map_delete_elem(&gen_calls, &key);
	return hit(ctx, &f);
}

/*
 * Loaded as fentry and fexit programs, whose context is the arguments and then the result.  They copy these, as the
 * verifier would take them for pointers to structs, with which no expression may compute.
 */
SEC("?kprobe") int trampoline_entered(void *ctx)
{
	struct gen_frame f = {};

	bpf_probe_read_kernel(f.args, sizeof(f.args), ctx);
	return hit(ctx, &f);
}

SEC("?kprobe") int trampoline_returned(void *ctx)
{
	struct gen_frame f = {};

	bpf_probe_read_kernel(&f.ret, sizeof(f.ret), ctx + gen_nargs() * sizeof(u64));
	return hit(ctx, &f);
}

SEC("?kprobe") int trampoline_call_returned(void *ctx)
{
	struct gen_frame f = {};

	bpf_probe_read_kernel(f.args, sizeof(f.args), ctx);
	bpf_probe_read_kernel(&f.ret, sizeof(f.ret), ctx + gen_nargs() * sizeof(u64));
	return hit(ctx, &f);
}

/* Also loaded as a program for tracepoints. */
SEC("?kprobe") int tracepoint(void *ctx)
{
	struct gen_frame f = {};

	return hit(ctx, &f);
}

SEC("?kprobe") int usdt(void *ctx)
{
	u32 id = probe_id();
	const struct usdt_site *site = bpf_map_lookup_elem(&usdt_sites, &id);
	struct gen_frame f = {};

	on_task_stack(ctx);
	if (!site)
		return 0;
	for (int i = 0; i < GEN_ARGS; i++)
		f.args[i] = usdt_value(ctx, &site->args[i]);
	return hit(ctx, &f);
}
