// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "ucalls.h"
#include "lib/lang.bpf.h"
#include "lib/runner.bpf.h"
#include "lib/task.bpf.h"
#include "lib/tracepoint.bpf.h"

const volatile struct conf conf;

TABLE(methods, struct lang_method, struct call_counts, 10240);
TABLE(syscalls, u64, struct call_counts, 2048);
static struct call_counts none;

/* A thread.  Names are read here: they are too long for the stack. */
struct thread {
	struct lang_method method;
	u32 depth; /* methods that it is in */
	u32 call;  /* the system call that it is in, + 1 */
	u64 call_began;
};
LRU_HASH(threads, u32, struct thread, 8192);
static struct thread new_thread;

/* The methods that it is in. */
struct level {
	u32 runner, depth;
};
struct began {
	u64 method, ns;
};
SPARSE_HASH(began, struct level, struct began, 65536);

static __always_inline int count_method(struct thread *t, u64 class, s64 class_len, u64 name,
					s64 name_len, u64 ns)
{
	struct call_counts *c;

	lang_method_read(&t->method, class, class_len, name, name_len);
	c = table_get(&methods, &t->method, &none);
	if (!c)
		return 0;
	count_add(&c->count, 1);
	/* A constant 0 would become an operation that 5.10 lacks. */
	if (!__builtin_constant_p(ns))
		count_add(&c->ns, ns);
	return 0;
}

static __always_inline int method_begins(u64 class, s64 class_len, u64 name, s64 name_len)
{
	u32 runner = runner_id();
	struct level at = { .runner = runner };
	struct began b;
	struct thread *t;

	if (!task_wanted() || !(t = map_get(&threads, &runner, &new_thread)))
		return 0;
	if (!conf.latency)
		return count_method(t, class, class_len, name, name_len, 0);
	at.depth = t->depth++;
	b.method = name;
	b.ns = bpf_ktime_get_ns();
	map_put(&began, &at, &b);
	return 0;
}

#define BACK 8 /* how many missed returns are noticed at once */

/* When this method began, or 0 if nobody saw it. */
static __noinline u64 method_began(struct thread *t, u32 runner, u64 method)
{
	struct level at = { .runner = runner, .depth = t->depth };

#pragma clang loop unroll(disable)
	for (u32 i = 0; i < BACK && at.depth; i++) {
		const struct began *b;
		u64 ns;

		at.depth--;
		b = bpf_map_lookup_elem(&began, &at);
		if (!b || b->method != method)
			continue;
		ns = b->ns;
		bpf_map_delete_elem(&began, &at);
		count_add(&loss.returns, i);
		t->depth = at.depth;
		return ns;
	}
	return 0;
}

static __always_inline int method_ends(u64 class, s64 class_len, u64 name, s64 name_len)
{
	u64 now = bpf_ktime_get_ns(), since = now;
	u32 runner = runner_id();
	struct thread *t;

	if (!task_wanted() || !(t = map_get(&threads, &runner, &new_thread)))
		return 0;
	if (conf.latency && !(since = method_began(t, runner, name)))
		return 0;
	return count_method(t, class, class_len, name, name_len, now > since ? now - since : 0);
}

LANG_METHODS(conf.lang, method_begins, method_ends)

static __always_inline int count_syscall(u32 call, u64 ns)
{
	struct call_counts *c;
	u64 key = call;

	c = table_get(&syscalls, &key, &none);
	if (!c)
		return 0;
	count_add(&c->count, 1);
	if (!__builtin_constant_p(ns))
		count_add(&c->ns, ns);
	return 0;
}

TRACEPOINT_IN_TASKS(sys_enter, syscall_begins)
{
	u32 runner = runner_id(), call = ctx[1];
	struct thread *t;

	if (!task_wanted())
		return 0;
	if (call >= SYSCALL_NUMBERS)
		call = SYSCALL_OTHER;
	else if (syscall_is_compat_typed(typed))
		call += SYSCALL_NUMBERS;
	if (!conf.latency)
		return count_syscall(call, 0);
	t = map_get(&threads, &runner, &new_thread);
	if (!t)
		return 0;
	t->call = call + 1;
	t->call_began = bpf_ktime_get_ns();
	return 0;
}

TRACEPOINT_IN_TASKS(sys_exit, syscall_ends)
{
	u64 now = bpf_ktime_get_ns();
	u32 runner = runner_id(), call;
	struct thread *t = bpf_map_lookup_elem(&threads, &runner);

	if (!t || !t->call)
		return 0;
	call = t->call - 1;
	t->call = 0;
	return count_syscall(call, now > t->call_began ? now - t->call_began : 0);
}
