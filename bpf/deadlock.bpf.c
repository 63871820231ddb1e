// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "deadlock.h"
#include "lib/event.bpf.h"
#include "lib/kernel_record.h"
#include "lib/probe.bpf.h"
#include "lib/stack_key.bpf.h"
#include "lib/task.bpf.h"
#include "lib/user_probe.bpf.h"
#include "lib/user_walk.bpf.h"

/* A thread, and the locks that it holds.  Stacks are keys of `walks`, 0: none. */
struct thread {
	u32 n, program;
	struct {
		u64 lock, stack;
	} held[LOCKS_HELD];
	u64 making; /* where it makes a thread */
	u64 made;   /* where it was made */
	u32 maker, pad;
	char maker_comm[COMM_LEN];
};
SPARSE_HASH(threads, u32, struct thread, 65536); /* --threads */
static struct thread no_thread;
u64 held_too_many; /* locks, by a thread at a time */

#define EEXIST 17

/* The pairs of locks that user space has been told. */
struct order {
	u64 held, taken;
	u32 pid, program;
};
SPARSE_HASH(orders, struct order, u32, 65536); /* --edges */

static __always_inline struct thread *thread_here(void)
{
	u32 tid = bpf_get_current_pid_tgid();

	return map_get(&threads, &tid, &no_thread);
}

static __noinline u32 program_here(void)
{
	return stack_meet(task_pid());
}

/* The key of the current stack; AT_ENTRY: of a function that begins, without itself. */
static __always_inline u64 stack_here(void *ctx, const bool at_entry)
{
	u32 pid = task_pid(), program = program_here();

	return at_entry ? user_walk_caller(ctx, pid, program, ORDER_FRAMES)
			: user_walk(ctx, pid, program, ORDER_FRAMES);
}

static __noinline void stack_copy(struct order_stack *to, u64 stack)
{
	struct user_walk *w = bpf_map_lookup_elem(&walks, &stack);

	to->pad = 0;
	if (w && !bpf_probe_read_kernel(to->addrs, sizeof(to->addrs), w->addrs)) {
		to->n = w->n < ORDER_FRAMES ? w->n : ORDER_FRAMES;
		return;
	}
	to->n = 0;
	__builtin_memset(to->addrs, 0, sizeof(to->addrs));
}

/* Lock I of those that the thread holds comes before LOCK. */
static __noinline int order(struct thread *t, u32 i, u64 lock, u64 stack)
{
	struct order key = { .taken = lock, .pid = task_pid(), .program = t->program };
	struct lock_order *e;
	u32 one = 1;
	int error;

	if (i >= LOCKS_HELD)
		return 0;
	key.held = t->held[i].lock;
	if (bpf_map_lookup_elem(&orders, &key) || !(e = event_new(struct lock_order)))
		return 0; /* without room for the event, the next time counts */
	error = bpf_map_update_elem(&orders, &key, &one, BPF_NOEXIST);
	if (error) {
		if (error != -EEXIST) /* else another thread was first */
			count_add(&loss.entries, 1);
		event_drop(e);
		return 0;
	}
	event_begin(e);
	e->held = key.held;
	e->taken = lock;
	e->program = key.program;
	e->maker = t->maker;
	__builtin_memcpy(e->maker_comm, t->maker_comm, COMM_LEN);
	stack_copy(&e->held_at, t->held[i].stack);
	stack_copy(&e->taken_at, stack);
	stack_copy(&e->made_at, t->made);
	event_send(e);
	return 0;
}

static __always_inline bool holds(const struct thread *t, u64 lock)
{
#pragma clang loop unroll(disable)
	for (u32 i = 0; i < LOCKS_HELD && i < t->n; i++)
		if (t->held[i].lock == lock)
			return true;
	return false;
}

/* The thread takes the lock, and may have to wait for it, or it has taken it without. */
static __noinline int take(u64 lock, u64 stack, bool waits)
{
	struct thread *t = thread_here();
	u32 program = program_here(), n;

	if (!t)
		return 0;
	if (t->program != program) { /* after an exec it holds none */
		t->program = program;
		t->n = 0;
	}
	/* One that it has already, a recursive one, it does not wait for. */
	if (waits && !holds(t, lock))
#pragma clang loop unroll(disable)
		for (u32 i = 0; i < LOCKS_HELD && i < t->n; i++)
			order(t, i, lock, stack);
	n = t->n;
	if (n >= LOCKS_HELD) {
		count_add(&held_too_many, 1);
		return 0;
	}
	t->held[n].lock = lock;
	t->held[n].stack = stack;
	t->n = n + 1;
	return 0;
}

UFUNC(locking, (u64 lock))
{
	if (task_wanted())
		take(lock, stack_here(ctx, true), true);
	return 0;
}

#define EOWNERDEAD 130 /* the thread that held it has ended */

UFUNC_RET(trying, (u64 lock), int ret)
{
	if ((!ret || ret == EOWNERDEAD) && task_wanted())
		take(lock, stack_here(ctx, false), false);
	return 0;
}

UFUNC(unlocking, (u64 lock))
{
	u32 tid = bpf_get_current_pid_tgid(), last;
	struct thread *t = bpf_map_lookup_elem(&threads, &tid);

	if (!t || !t->n)
		return 0;
	last = t->n - 1;
#pragma clang loop unroll(disable)
	for (u32 i = 0; i < LOCKS_HELD && i <= last; i++)
		if (t->held[i].lock == lock) {
			t->n = last;
			asm volatile("" : "+r"(last)); /* what is checked is what is used */
			t->held[i] = t->held[last & (LOCKS_HELD - 1)];
			break;
		}
	return 0;
}

UFUNC(making, (void *thread))
{
	struct thread *t;

	(void)thread;
	if (task_wanted() && (t = thread_here()))
		t->making = stack_here(ctx, true);
	return 0;
}

/* The current thread has made thread TID. */
static __noinline int made(u32 tid)
{
	u32 maker = bpf_get_current_pid_tgid();
	struct thread *t = bpf_map_lookup_elem(&threads, &maker), *child;

	if (!t || !t->making)
		return 0;
	child = map_get(&threads, &tid, &no_thread);
	if (child) {
		child->maker = task_ids();
		child->made = t->making;
		bpf_get_current_comm(child->maker_comm, COMM_LEN);
	}
	t->making = 0;
	return 0;
}

SEC("?raw_tp/task_newtask") int new_thread(u64 *ctx)
{
	return made(BPF_CORE_READ((struct task_struct *)ctx[0], pid));
}

SEC("?tp/task/task_newtask") int new_thread_perf(struct trace_event_raw_task_newtask *r)
{
	return made(r->pid);
}

static __always_inline int gone(void)
{
	u32 tid = bpf_get_current_pid_tgid();

	bpf_map_delete_elem(&threads, &tid);
	return 0;
}

SEC("?raw_tp/sched_process_exit") int end_of_thread(void *ctx)
{
	return gone();
}

SEC("?tp/sched/sched_process_exit") int end_of_thread_perf(void *ctx)
{
	return gone();
}
