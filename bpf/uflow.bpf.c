// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "uflow.h"
#include "lib/event.bpf.h"
#include "lib/lang.bpf.h"
#include "lib/runner.bpf.h"
#include "lib/task.bpf.h"

const volatile struct conf conf;

/* How many methods each thread is in, of those that are shown. */
LRU_HASH(depths, u32, u32, 8192);
static u32 outside;

static __always_inline bool begins_with(const char *s, const volatile char *prefix, u32 len,
					const u32 size)
{
#pragma clang loop unroll(disable)
	for (u32 i = 0; i < size && i < len; i++)
		if (s[i] != prefix[i])
			return false;
	return true;
}

static __always_inline bool is_wanted(const struct lang_method *m)
{
	return begins_with(m->class, conf.prefix.class, conf.class_len, sizeof(m->class)) &&
	       begins_with(m->name, conf.prefix.name, conf.name_len, sizeof(m->name));
}

static __always_inline int passed(bool returns, u64 class, s64 class_len, u64 name, s64 name_len)
{
	u32 runner = runner_id(), *depth;
	struct flow_event *e;

	if (!task_wanted() || !(depth = map_get(&depths, &runner, &outside)) ||
	    !(e = event_new(struct flow_event)))
		return 0;
	lang_method_read(&e->method, class, class_len, name, name_len);
	if (!is_wanted(&e->method)) {
		event_drop(e);
		return 0;
	}
	/* Methods that began before tracing did return, too. */
	if (returns && *depth)
		--*depth;
	e->depth = *depth;
	if (!returns)
		++*depth;
	event_begin(e);
	e->cpu = bpf_get_smp_processor_id();
	e->returns = returns;
	e->pad = 0;
	event_send(e);
	return 0;
}

static __always_inline int method_begins(u64 class, s64 class_len, u64 name, s64 name_len)
{
	return passed(false, class, class_len, name, name_len);
}

static __always_inline int method_ends(u64 class, s64 class_len, u64 name, s64 name_len)
{
	return passed(true, class, class_len, name, name_len);
}

LANG_METHODS(conf.lang, method_begins, method_ends)
