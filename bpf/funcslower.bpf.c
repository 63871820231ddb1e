// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "funcslower.h"
#include "lib/event.bpf.h"
#include "lib/nested.bpf.h"
#include "lib/stack_rooms.bpf.h"
#include "lib/task.bpf.h"
#include "lib/task_stack.bpf.h"

const volatile struct conf conf;

#define KEEP_ARG(n)                                                                     \
	do {                                                                            \
		if (conf.n_args > n)                                                    \
			c->args[n] = nargs == NESTED_REGISTERS ? KREG##n(ctx)           \
				     : nargs > n               ? trampoline_arg(ctx, n) \
							       : 0;                                   \
	} while (0)

static __always_inline bool began(void *ctx, u32 func, u64 frame, u32 nargs)
{
	struct nested_call *c = task_wanted() ? nested_enter(func, frame) : NULL;

	if (!c)
		return false;
	KEEP_ARG(0);
	KEEP_ARG(1);
	KEEP_ARG(2);
	KEEP_ARG(3);
	KEEP_ARG(4);
	KEEP_ARG(5);
	c->began = bpf_ktime_get_ns();
	return true;
}

static __always_inline int ended(void *ctx, u32 func, u64 frame, u32 nargs)
{
	u64 ns = bpf_ktime_get_ns();
	u32 size = sizeof(struct slow_call);
	struct slow_call *e = NULL;
	struct nested_leave l;
	struct nested_call *c = nested_leaving(func, frame, &l);

	if (nargs == NESTED_REGISTERS)
		on_task_stack(ctx);
	if (!c)
		return 0;
	ns = ns > c->began ? ns - c->began : 0;
	if (ns >= conf.min_ns) {
		size += conf.kernel_stack ? STACK_ROOM : 0;
		size += conf.user_stack ? STACK_ROOM : 0;
		e = bpf_ringbuf_reserve(&events, size, 0);
		if (e)
			__builtin_memcpy(e->args, c->args, sizeof(e->args));
		else
			count_add(&loss.events, 1);
	}
	nested_left(&l);
	if (!e)
		return 0;
	event_begin(e);
	e->ns = ns;
	e->func = func;
	e->pad = 0;
	e->ret = nargs == NESTED_REGISTERS ? KREG_RET(ctx) : fexit_ret(ctx, nargs);
	stack_rooms_fill(ctx, e, conf.kernel_stack, conf.user_stack);
	event_send(e);
	return 0;
}

NESTED_PROGRAMS(began, ended)
