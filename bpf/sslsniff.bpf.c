// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "sslsniff.h"
#include "lib/event.bpf.h"
#include "lib/nested.bpf.h"
#include "lib/task.bpf.h"
#include "lib/user_probe.bpf.h"

const volatile struct conf conf;

/* A handshake takes none of the others' arguments, so it is always a call of its own. */
static __noinline int began(void *ctx, u32 call, u64 connection)
{
	u64 frame = nested_frame(ctx, false);
	struct nested_call *c;

	if (!task_wanted() ||
	    (call != TLS_HANDSHAKE && nested_handed_on(call, frame, connection)) ||
	    !(c = nested_enter(call, frame)))
		return 0;
	c->args[0] = connection;
	c->args[1] = KREG1(ctx);
	c->args[2] = KREG3(ctx);
	c->began = bpf_ktime_get_ns();
	return 0;
}

/* Send an event with room for SIZE bytes of data.  The call has gone through them, so they are in memory. */
static __always_inline int send(const struct nested_call *c, u64 now, u64 bytes, const u32 size)
{
	struct tls_event *e =
		bpf_ringbuf_reserve(&events, offsetof(struct tls_event, data) + size, 0);
	u64 n = bytes < conf.most ? bytes : conf.most;

	if (!e) {
		count_add(&loss.events, 1);
		return 0;
	}
	event_begin(e);
	e->ns = now > c->began ? now - c->began : 0;
	e->uid = bpf_get_current_uid_gid();
	e->call = c->func;
	e->bytes = c->func == TLS_HANDSHAKE ? 0 : bytes;
	e->pad = 0;
	if (c->func == TLS_HANDSHAKE)
		n = 0;
	asm volatile("" : "+r"(n)); /* the verifier must see the comparison */
	if (n > size)
		n = size;
	if (n && bpf_probe_read_user(e->data, n, (void *)c->args[1])) {
		count_add(&loss.cut, 1);
		n = 0;
	}
	e->taken = n;
	event_send(e);
	return 0;
}

/* WANTED: how much of the data is to be sent. */
static __noinline int send_small(const struct nested_call *c, u64 now, u64 bytes, u64 wanted)
{
	return !c ? 0 : wanted <= 256 ? send(c, now, bytes, 256) : send(c, now, bytes, 2048);
}

static __noinline int send_large(const struct nested_call *c, u64 now, u64 bytes, u64 wanted)
{
	if (!c)
		return 0;
	if (wanted <= 8192)
		return send(c, now, bytes, 8192);
	if (wanted <= 16384)
		return send(c, now, bytes, 16384);
	return send(c, now, bytes, DATA_MOST);
}

/* RESULT: of the functions whose name ends in _ex, 1 if all is well; of others, how many bytes, or an error. */
static __noinline int ended(void *ctx, u32 call, s64 result)
{
	u64 now = bpf_ktime_get_ns(), bytes = result, wanted;
	struct nested_leave l;
	struct nested_call *c = nested_leaving(call, nested_frame(ctx, true), &l);

	if (!c)
		return 0;
	if (result > 0 && (call == TLS_READ_EX || call == TLS_WRITE_EX) &&
	    bpf_probe_read_user(&bytes, sizeof(bytes), (void *)c->args[2]))
		bytes = 0;
	wanted = bytes < conf.most ? bytes : conf.most;
	if (result > 0 && wanted <= 2048)
		send_small(c, now, bytes, wanted);
	else if (result > 0)
		send_large(c, now, bytes, wanted);
	nested_left(&l);
	return 0;
}

#define CALL(name, call, type)                       \
	UFUNC(name##_enter, (u64 connection))        \
	{                                            \
		return began(ctx, call, connection); \
	}                                            \
	UFUNC_END(name, type result)                 \
	{                                            \
		return ended(ctx, call, result);     \
	}

CALL(reading, TLS_READ, s32)
CALL(writing, TLS_WRITE, s32)
CALL(reading_ex, TLS_READ_EX, s32)
CALL(writing_ex, TLS_WRITE_EX, s32)
CALL(reading_long, TLS_READ, s64) /* GnuTLS returns an ssize_t */
CALL(writing_long, TLS_WRITE, s64)
CALL(shaking_hands, TLS_HANDSHAKE, s32)
