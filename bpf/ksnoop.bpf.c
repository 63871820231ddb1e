// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "ksnoop.h"
#include "lib/event.bpf.h"
#include "lib/gen.bpf.h"
#include "lib/nested.bpf.h"
#include "lib/task.bpf.h"

const volatile struct conf conf;

static __always_inline bool has(u64 funcs, u32 func)
{
	return funcs >> (func & (KSNOOP_FUNCS - 1)) & 1;
}

static __always_inline void fill(struct ksnoop_event *e, u32 func, u64 frame, u32 kind)
{
	event_begin(e);
	e->frame = frame;
	e->runner = runner_id();
	e->cpu = bpf_get_smp_processor_id();
	e->func = func;
	e->kind = kind;
}

/* Is the thread inside a call of the function before this one, and of no other one further inside? */
static __always_inline bool follows(u32 func, u64 *parent)
{
	u32 runner = runner_id();
	struct nested *t = task_state_find(nested_threads, runner);
	const struct nested_call *c;

	c = t && t->depth ? nested_at(t, runner, t->depth - 1) : NULL;
	if (!c || c->func != func - 1)
		return false;
	*parent = c->frame;
	return true;
}

static __always_inline int began(void *ctx, struct gen_frame *f, u64 frame)
{
	u32 func = gen_probe();
	struct ksnoop_event *e;
	struct nested_call *c;
	u64 parent = 0;

	f->ids = task_ids();
	if (!task_wanted() || conf.self == f->ids >> 32 ||
	    (conf.stack && func && !follows(func, &parent)))
		return 0;
	if (!gen_filter(ctx, f, NULL)) {
		if (f->faults)
			count_add(&gen_faults, f->faults);
		return 0;
	}
	if (has(conf.returns, func)) {
		c = nested_enter(func, frame);
		if (!c)
			return 0;
		__builtin_memcpy(c->args, f->args, sizeof(c->args));
		c->began = bpf_ktime_get_ns();
	}
	if (!has(conf.begins, func))
		return 0;
	e = bpf_ringbuf_reserve(&events, gen_size(), 0);
	if (!e) {
		count_add(&loss.events, 1);
		return 0;
	}
	fill(e, func, frame, KSNOOP_CALL);
	e->ns = 0;
	e->parent = parent;
	gen_values(ctx, f, e->values);
	if (f->faults)
		count_add(&gen_faults, f->faults);
	event_send(e);
	return 0;
}

static __always_inline int ended(void *ctx, struct gen_frame *f, u64 frame)
{
	u64 now = bpf_ktime_get_ns();
	u32 func = gen_probe();
	struct ksnoop_event *e;
	struct nested_leave l;
	struct nested_call *c;
	bool wanted;

	f->ids = task_ids();
	c = nested_leaving(func, frame, &l);
	if (!c)
		return 0;
	__builtin_memcpy(f->args, c->args, sizeof(f->args));
	f->latency = now > c->began ? now - c->began : 0;
	nested_left(&l);
	wanted = gen_filter(ctx, f, NULL);
	if (!wanted && f->faults)
		count_add(&gen_faults, f->faults);
	if (!wanted && !has(conf.holds, func))
		return 0;
	if (!wanted) {
		e = event_new(struct ksnoop_event);
		if (e) {
			fill(e, func, frame, KSNOOP_OVER);
			e->ns = e->parent = 0;
			event_send(e);
		}
		return 0;
	}
	e = bpf_ringbuf_reserve(&events, gen_size(), 0);
	if (!e) {
		count_add(&loss.events, 1);
		return 0;
	}
	fill(e, func, frame, KSNOOP_RETURN);
	e->ns = f->latency;
	e->parent = 0;
	gen_values(ctx, f, e->values);
	if (f->faults)
		count_add(&gen_faults, f->faults);
	event_send(e);
	return 0;
}

SEC("?kprobe") int entered(void *ctx)
{
	struct gen_frame f = { GEN_ENTERED(ctx) };

	return began(ctx, &f, nested_frame(ctx, false));
}

SEC("?kprobe") int returned(void *ctx)
{
	struct gen_frame f = { .ret = KREG_RET(ctx) };

	return ended(ctx, &f, nested_frame(ctx, true));
}

/* For trampolines.  They copy their arguments as those of gen_programs.bpf.h do. */
SEC("?kprobe") int trampoline_entered(void *ctx)
{
	struct gen_frame f = {};

	bpf_probe_read_kernel(f.args, sizeof(f.args), ctx);
	return began(ctx, &f, (u64)ctx);
}

SEC("?kprobe") int trampoline_returned(void *ctx)
{
	struct gen_frame f = {};

	bpf_probe_read_kernel(&f.ret, sizeof(f.ret), ctx + gen_nargs() * sizeof(u64));
	return ended(ctx, &f, (u64)ctx);
}
