// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "trace.h"
#include "lib/event.bpf.h"
#include "lib/gen.bpf.h"
#include "lib/stack_rooms.bpf.h"
#include "lib/task.bpf.h"

const volatile struct conf conf;

static __always_inline int hit(void *ctx, struct gen_frame *f)
{
	struct trace_event *e;
	u32 at;

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
	e->pad = 0;
	at = sizeof(*e) + stack_rooms_fill(ctx, e, conf.kernel_stack, conf.user_stack);
	e->values = at;
	gen_values(ctx, f, (void *)e + at);
	if (f->faults)
		count_add(&gen_faults, f->faults);
	event_send(e);
	return 0;
}

#include "lib/gen_programs.bpf.h"
