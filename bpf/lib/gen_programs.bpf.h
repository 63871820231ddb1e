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
 * Calls that have not returned yet, for $entry() and $latency.  A place on the stack tells nested calls apart, and finds the
 * call again.  Entries stay when their calls are over, as in probe.bpf.h.
 */
struct gen_call_key {
	u32 runner, probe;
	u64 place;
};
struct gen_call {
	u64 began; /* CLOCK_MONOTONIC, ns; 0: it is over */
	u64 args[GEN_ARGS];
};
#define GEN_CALLS 10240
HASH(gen_calls, struct gen_call_key, struct gen_call, GEN_CALLS); /* created only if it is used */

static u64 gen_calls_kept;

static __always_inline int gen_called(u64 place, const struct gen_frame *f)
{
	struct gen_call_key key = { runner_id(), gen_probe(), place };
	struct gen_call call = { .began = bpf_ktime_get_ns() }, *kept;

	if (!task_wanted())
		return 0;
	__builtin_memcpy(call.args, f->args, sizeof(call.args));
	kept = bpf_map_lookup_elem(&gen_calls, &key);
	if (kept && kept->began) /* the return from an earlier call was missed */
		count_add(&loss.returns, 1);
	if (kept)
		*kept = call;
	else if (map_put(&gen_calls, &key, &call))
		count_add(&gen_calls_kept, 1);
	return 0;
}

/* False: it began before tracing did, or was counted as lost. */
static __always_inline bool gen_call_over(u64 place, struct gen_frame *f)
{
	u64 now = bpf_ktime_get_ns();
	struct gen_call_key key = { runner_id(), gen_probe(), place };
	struct gen_call *call = bpf_map_lookup_elem(&gen_calls, &key);

	if (!call || !call->began)
		return false;
	f->latency = now - call->began;
	__builtin_memcpy(f->args, call->args, sizeof(f->args));
	call->began = 0;
	if (gen_calls_kept > GEN_CALLS / 2 && !bpf_map_delete_elem(&gen_calls, &key))
		count_add(&gen_calls_kept, -1);
	return true;
}

/* When a function returns, the stack pointer is where it was, but for the address that was returned to on x86. */
static __always_inline u64 gen_place(void *ctx, bool returns)
{
	const struct pt_regs___x86 *x86 = ctx;
	u64 sp = KREG(ctx, sp, sp);

	return returns && bpf_core_field_exists(x86->ax) ? sp - sizeof(sp) : sp;
}

/* The context of a trampoline is in its frame, the same for fentry and fexit.  As a number, 5.10 takes it in a key. */
static __always_inline u64 gen_trampoline_place(void *ctx)
{
	u64 place = (u64)ctx;

	asm volatile("%0 -= %1" : "+r"(place) : "r"(&gen_faults));
	return place;
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
	return gen_called(gen_place(ctx, false), &f);
}

SEC("?kprobe") int syscall_called(void *ctx)
{
	struct gen_frame f = {};

	gen_syscall_args(&f, ctx);
	return gen_called(gen_place(ctx, false), &f);
}

SEC("?kprobe") int call_returned(void *ctx)
{
	struct gen_frame f = { .ret = KREG_RET(ctx) };

	on_task_stack(ctx);
	return gen_call_over(gen_place(ctx, true), &f) ? hit(ctx, &f) : 0;
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

SEC("?kprobe") int trampoline_called(void *ctx)
{
	struct gen_frame f = {};

	bpf_probe_read_kernel(f.args, sizeof(f.args), ctx);
	return gen_called(gen_trampoline_place(ctx), &f);
}

SEC("?kprobe") int trampoline_timed(void *ctx)
{
	struct gen_frame f = {};

	if (!gen_call_over(gen_trampoline_place(ctx), &f))
		return 0;
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
