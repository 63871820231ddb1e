// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "dcsnoop.h"
#include "lib/event.bpf.h"
#include "lib/kernel_dcache.h"
#include "lib/probe.bpf.h"
#include "lib/task.bpf.h"

const volatile struct conf conf;
EVENT_SCRATCH(struct lookup_event, LOOKUP_PROGRAMS);

static __always_inline int report(const bool typed, u32 slot, char type, struct qstr *name)
{
	struct lookup_event *e = task_wanted() ? scratch_get(&scratch, slot) : NULL;
	u32 len;

	if (!e)
		return 0;
	event_begin(e);
	e->type = type;
	/* During a walk, the rest of the path follows the name. */
	len = ARG_READ(name, len);
	if (len > NAME_LEN - 1)
		len = NAME_LEN - 1;
	bpf_probe_read_kernel(e->name, len, BPF_CORE_READ(name, name));
	e->name[len] = 0;
	event_output(e, offsetof(struct lookup_event, name) + len + 1);
	return 0;
}

static __always_inline int looked_up(const bool typed, u32 program, struct qstr *name, bool slow)
{
	return conf.all ? report(typed, program, 'R', name) : 0;
}

static __always_inline int missed(const bool typed, u32 program, struct qstr *name)
{
	return report(typed, program, 'M', name);
}

#include "lib/dcache.bpf.h"
