/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The calls of traced functions that each thread is inside, the innermost last.  So a recursive call and the call
 * that it is part of are two, and each has its own latency.
 *
 *   static __always_inline bool began(void *ctx, u32 func, u64 frame, u32 nargs) { ... nested_enter() ... }
 *   static __always_inline int ended(void *ctx, u32 func, u64 frame, u32 nargs) { ... nested_leave() ... }
 *   NESTED_PROGRAMS(began, ended)
 *	makes the programs that common/kernel/attach_calls.c attaches to the functions.  FUNC is the number of the
 *	function's name.  NARGS is how many arguments it has, or NESTED_REGISTERS, if the context has
 *	registers instead.  began() returns true if the call is to be traced.
 *
 * The frame, together with the function, tells which of a thread's calls returns: it is where the call's stack begins.
 * So a return that was missed does no harm: the next call, or the return of an outer one, finds what is left over,
 * and counts it as lost.
 */
#pragma once
#include "args.bpf.h"
#include "nested.h"
#include "probe_id.bpf.h"
#include "session.h"
#include "task_state.bpf.h"

const volatile u32 nested_limit = NESTED_MOST; /* calls inside one another */
u64 nested_too_deep;

TASK_STATES(nested, nested_threads);

/* The calls further inside, which are rare. */
struct nested_key {
	u32 runner, level;
};
HASH(nested_deep, struct nested_key, struct nested_call, 10240);
static struct nested_call nested_none;

static __always_inline struct nested_call *nested_at(struct nested *t, u32 runner, u32 level)
{
	struct nested_key key = { runner, level };
	u64 at = level;

	if (level >= NESTED_NEAR)
		return bpf_map_lookup_elem(&nested_deep, &key);
	asm volatile(
		""
		: "+r"(at)); /* the verifier must see the comparison, of the register that is added */
	return at < NESTED_NEAR ? &t->calls[at] : NULL;
}

/*
 * Can this call not be alive when another begins?  Two calls of a function can't have the same frame.  A program's
 * stack grows downwards, and what was below the new frame has been left, by longjmp() or an exception.  Frames of
 * programs are above 0.
 */
static __always_inline bool nested_is_over(const struct nested_call *c, u32 func, u64 frame)
{
	if (c->frame == frame)
		return c->func == func;
	return (s64)frame > 0 && (s64)c->frame < (s64)frame;
}

static __always_inline bool nested_is(const struct nested_call *c, u32 func, u64 frame)
{
	return c && c->func == func && c->frame == frame;
}

/* How far back a missed return is noticed. */
#define NESTED_BACK 8

/*
 * What is rarely needed is in global functions: the verifier goes through these once, not again for each path that
 * leads to them.  Such functions can take no pointers before Linux 5.12, and so find the thread's calls themselves.
 */
static __always_inline struct nested_call *nested_level(u32 runner, u32 level)
{
	struct nested *t = task_state_find(nested_threads, runner);

	return t ? nested_at(t, runner, level) : NULL;
}

__noinline int nested_over_at(u32 runner, u32 level, u32 func, u64 frame)
{
	const struct nested_call *c = nested_level(runner, level);

	return !c || nested_is_over(c, func, frame);
}

__noinline int nested_is_at(u32 runner, u32 level, u32 func, u64 frame)
{
	return nested_is(nested_level(runner, level), func, frame);
}

/* A frame may be the address of a context, which is no number to the verifier, and so no argument of a global function. */
static __always_inline u64 nested_number(u64 frame)
{
	u64 number = 0;

	bpf_probe_read_kernel(&number, sizeof(number), &frame);
	return number;
}

/* How many of the DEPTH calls that a thread is inside can be alive when another begins. */
__noinline u32 nested_alive(u32 runner, u32 depth, u32 func, u64 frame)
{
#pragma clang loop unroll(disable)
	for (u32 i = 0; i < NESTED_BACK && depth; i++) {
		if (!nested_over_at(runner, depth - 1, func, frame))
			break;
		count_add(&loss.returns, 1);
		depth--;
	}
	return depth;
}

/* How many of its DEPTH calls a thread is inside when it is in this one, below the innermost; 0: it is not in it. */
__noinline u32 nested_find(u32 runner, u32 depth, u32 func, u64 frame)
{
#pragma clang loop unroll(disable)
	for (u32 i = 0; i < NESTED_BACK && depth > 1; i++) {
		depth--;
		if (nested_is_at(runner, depth - 1, func, frame)) {
			count_add(&loss.returns, i + 1);
			return depth;
		}
	}
	return 0;
}

/*
 * A call begins.  Returns where to keep what is known of it, or NULL if it is too deep.  This and what programs do
 * themselves each need less than 64 bytes of stack: see user_probe.bpf.h.
 */
static __noinline struct nested_call *nested_enter(u32 func, u64 frame)
{
	u32 runner = runner_id(), depth;
	struct nested *t = task_state_begin(nested_threads, runner);
	struct nested_call *c;

	if (!t)
		return NULL;
	depth = t->depth;
	if (depth)
		depth = nested_alive(runner, depth, func, nested_number(frame));
	if (depth >= nested_limit) {
		if (nested_limit == NESTED_MOST)
			count_add(&nested_too_deep, 1);
		return NULL;
	}
	if (depth >= NESTED_NEAR) {
		struct nested_key key = { runner, depth };

		if (!map_put(&nested_deep, &key, &nested_none))
			return NULL;
	}
	t->depth = depth + 1; /* before the call is filled in: an interrupt's calls go above it */
	c = nested_at(t, runner, depth);
	if (c) {
		c->func = func;
		c->frame = frame;
	}
	return c;
}

#if NESTED_ARGS
/*
 * Is a call that begins part of the innermost one, of another function, which hands its first argument on?  Both do the
 * same thing then.  One may also jump to the other as its last step: they have one frame.
 */
static __always_inline bool nested_handed_on(u32 func, u64 frame, u64 arg)
{
	u32 runner = runner_id();
	struct nested *t = task_state_find(nested_threads, runner);
	const struct nested_call *c;

	if (!t || !t->depth)
		return false;
	c = nested_at(t, runner, t->depth - 1);
	return c && c->func != func && c->args[0] == arg && (s64)c->frame >= (s64)frame;
}
#endif

/* What nested_leaving() found. */
struct nested_leave {
	struct nested *t;
	u32 runner, depth;
};

/* A call returns.  What was kept of it, until nested_left() is called, or NULL if we did not see it begin. */
static __always_inline struct nested_call *nested_leaving(u32 func, u64 frame,
							  struct nested_leave *l)
{
	struct nested_call *c;

	l->runner = runner_id();
	l->t = task_state_find(nested_threads, l->runner);
	if (!l->t || !(l->depth = l->t->depth))
		return NULL;
	c = nested_at(l->t, l->runner, l->depth - 1);
	if (!nested_is(c, func, frame)) {
		l->depth = nested_find(l->runner, l->depth, func, nested_number(frame));
		c = l->depth ? nested_at(l->t, l->runner, l->depth - 1) : NULL;
	}
	return c;
}

static __noinline int nested_set_depth(struct nested *t, u32 runner, u32 depth)
{
	if (depth >= NESTED_NEAR) {
		struct nested_key key = { runner, depth };

		bpf_map_delete_elem(&nested_deep, &key);
	}
	t->depth = depth;
	if (!depth)
		task_state_end(nested_threads, runner, t);
	return 0;
}

static __always_inline void nested_left(const struct nested_leave *l)
{
	nested_set_depth(l->t, l->runner, l->depth - 1);
}

/* Where the stack of a call begins: before its return address is pushed, if the CPU does that. */
static __always_inline u64 nested_frame(const void *ctx, bool returns)
{
	const struct pt_regs___x86 *x86 = ctx;

	return KREG(ctx, sp, sp) + (!returns && bpf_core_field_exists(x86->di) ? 8 : 0);
}

static bool (*const session_is_return)(void *ctx) = (void *)SESSION_IS_RETURN;
static u64 *(*const session_cookie)(void *ctx) = (void *)SESSION_COOKIE;

/*
 * `entered` and `returned` are for kprobes and uprobes, `fentered` and `fexited` for trampolines, whose context
 * is on the stack, in the same place when the function begins and when it returns.  Their probe_id() also has
 * the number of arguments.  `both` is for kprobe.session links: their cookies tell calls apart.
 */
#define NESTED_PROGRAMS(began, ended)                                                        \
	SEC("?kprobe") int entered(void *ctx)                                                \
	{                                                                                    \
		began(ctx, probe_id(), nested_frame(ctx, false), NESTED_REGISTERS);          \
		return 0;                                                                    \
	}                                                                                    \
	SEC("?kprobe") int returned(void *ctx)                                               \
	{                                                                                    \
		return ended(ctx, probe_id(), nested_frame(ctx, true), NESTED_REGISTERS);    \
	}                                                                                    \
	SEC("?kprobe") int fentered(void *ctx)                                               \
	{                                                                                    \
		u32 id = probe_id();                                                         \
                                                                                             \
		began(ctx, (id & NESTED_FUNC), (u64)ctx, id >> NESTED_NARGS_SHIFT);          \
		return 0;                                                                    \
	}                                                                                    \
	SEC("?kprobe") int fexited(void *ctx)                                                \
	{                                                                                    \
		u32 id = probe_id();                                                         \
                                                                                             \
		return ended(ctx, id & NESTED_FUNC, (u64)ctx, id >> NESTED_NARGS_SHIFT);     \
	}                                                                                    \
	SEC("?kprobe.multi") int both(void *ctx)                                             \
	{                                                                                    \
		u64 *cookie = session_cookie(ctx);                                           \
		u32 func = bpf_get_attach_cookie(ctx);                                       \
                                                                                             \
		if (session_is_return(ctx))                                                  \
			return ended(ctx, func, *cookie, NESTED_REGISTERS);                  \
		*cookie = bpf_ktime_get_ns() | 1ull << 63;                                   \
		return !began(ctx, func, *cookie, NESTED_REGISTERS); /* 1: not its return */ \
	}
