// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "userprobes.h"
#include "lib/event.bpf.h"
#include "lib/probe.bpf.h"
#include "lib/task.bpf.h"
#include "lib/usdt.bpf.h"
#include "lib/user_probe.bpf.h"

static __always_inline struct call_event *call_new(u32 call)
{
	struct call_event *e;

	if (!task_wanted() || !(e = event_new(struct call_event)))
		return NULL;
	__builtin_memset(e, 0, sizeof(*e));
	e->ts = bpf_ktime_get_ns();
	e->pid = task_pid();
	e->call = call;
	return e;
}

static __always_inline int call_send(u32 call, u64 a, u64 b, u64 c, u64 d, u64 f, u64 g)
{
	struct call_event *e = call_new(call);

	if (!e)
		return 0;
	e->v[0] = a;
	e->v[1] = b;
	e->v[2] = c;
	e->v[3] = d;
	e->v[4] = f;
	e->v[5] = g;
	event_send(e);
	return 0;
}

UFUNC(six, (s32 a, u8 b, s64 c, u64 d, s16 f, u32 g))
{
	return call_send(CALL_SIX, a, b, c, d, f, g);
}

UFUNC_RET(sum, (s32 a, s32 b), s32 ret)
{
	return call_send(CALL_SUM, a, b, ret, 0, 0, 0);
}

UFUNC_END(end, s64 ret)
{
	return call_send(CALL_END, ret, 0, 0, 0, 0, 0);
}

USDT(values, (u64 a, u64 b, u64 c, u64 d, u64 f, u64 g, u64 h, u64 i))
{
	struct call_event *e = call_new(CALL_VALUES);

	if (!e)
		return 0;
	e->v[0] = a;
	e->v[1] = b;
	e->v[2] = c;
	e->v[3] = d;
	e->v[4] = f;
	e->v[5] = g;
	e->v[6] = h;
	e->v[7] = i;
	event_send(e);
	return 0;
}

USDT(guarded, (const char *text))
{
	struct call_event *e = call_new(CALL_GUARDED);

	if (!e)
		return 0;
	bpf_probe_read_user_str(e->text, sizeof(e->text), text);
	event_send(e);
	return 0;
}
