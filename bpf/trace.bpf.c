// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "trace.h"
#include "lib/event.bpf.h"
#include "lib/gen.bpf.h"
#include "lib/task.bpf.h"

const volatile struct conf conf;

#define ROOM (TRACE_FRAMES * sizeof(u64))

static __always_inline int hit(void *ctx, struct gen_frame *f)
{
	u32 at = sizeof(struct trace_event);
	struct trace_event *e;

	f->ids = task_ids();
	if (!task_wanted() || (conf.self && conf.self == f->ids >> 32))
		return 0;
	if (!gen_filter(ctx, f, NULL)) {
		if (f->faults)
			count_add(&gen_faults, f->faults);
		return 0;
	}
	e = bpf_ringbuf_reserve(&events, gen_size(), 0);
	if (!e) {
		count_add(&loss.events, 1);
		return 0;
	}
	event_begin(e);
	e->cpu = bpf_get_smp_processor_id();
	e->probe = gen_probe();
	e->kernel = e->user = 0;
	e->pad = 0;
	if (conf.kernel_stack) {
		e->kernel = bpf_get_stack(ctx, (void *)e + at, ROOM, 0);
		at += ROOM;
	}
	if (conf.user_stack) {
		e->user = bpf_get_stack(ctx, (void *)e + at, ROOM, BPF_F_USER_STACK);
		at += ROOM;
	}
	e->values = at;
	gen_values(ctx, f, (void *)e + at);
	if (f->faults)
		count_add(&gen_faults, f->faults);
	event_send(e);
	return 0;
}

#include "lib/gen_programs.bpf.h"
