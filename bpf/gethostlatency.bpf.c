// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "gethostlatency.h"
#include "lib/event.bpf.h"
#include "lib/nested.bpf.h"
#include "lib/task.bpf.h"
#include "lib/user_probe.bpf.h"

const volatile struct conf conf;

/* Without a name, there is nothing to look up: a server asks for an address to listen at. */
static __noinline int began(void *ctx, u32 func, u64 host)
{
	u64 frame = nested_frame(ctx, false);
	struct nested_call *c;

	if (!host || !task_wanted() || nested_handed_on(func, frame, host) ||
	    !(c = nested_enter(func, frame)))
		return 0;
	c->args[0] = host;
	c->began = bpf_ktime_get_ns();
	return 0;
}

/* By now, the function has read the name, so it is in memory. */
static __always_inline void host_read(struct lookup_event *e, u64 host)
{
	char last = 0;
	long n = bpf_probe_read_user_str(e->host, sizeof(e->host), (void *)host);

	n = n < 0 ? n : string_len(e->host, n);
	if (n == sizeof(e->host))
		bpf_probe_read_user(&last, 1, (void *)(host + n - 1));
	if (n < 0)
		e->host[0] = 0;
	e->cut = n < 0 || last;
	if (e->cut)
		count_add(&loss.cut, 1);
}

static __noinline int ended(void *ctx, u32 func, s32 result)
{
	u64 now = bpf_ktime_get_ns(), began_at, host;
	struct lookup_event *e;
	struct nested_leave l;
	struct nested_call *c = nested_leaving(func, nested_frame(ctx, true), &l);

	if (!c)
		return 0;
	began_at = c->began;
	host = c->args[0];
	nested_left(&l);
	if ((conf.failed && !result) || !(e = event_new(struct lookup_event)))
		return 0;
	event_begin(e);
	e->ns = now > began_at ? now - began_at : 0;
	e->uid = bpf_get_current_uid_gid();
	e->func = func;
	e->result = result;
	host_read(e, host);
	event_send(e);
	return 0;
}

UFUNC(getaddrinfo_enter, (u64 host))
{
	return began(ctx, LOOKUP_GETADDRINFO, host);
}

UFUNC_END(getaddrinfo, s32 error)
{
	return ended(ctx, LOOKUP_GETADDRINFO, error);
}

UFUNC(gethostbyname_enter, (u64 host))
{
	return began(ctx, LOOKUP_GETHOSTBYNAME, host);
}

UFUNC_END(gethostbyname, u64 found)
{
	return ended(ctx, LOOKUP_GETHOSTBYNAME, !found);
}

UFUNC(gethostbyname2_enter, (u64 host))
{
	return began(ctx, LOOKUP_GETHOSTBYNAME2, host);
}

UFUNC_END(gethostbyname2, u64 found)
{
	return ended(ctx, LOOKUP_GETHOSTBYNAME2, !found);
}
