// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Each thread is in one phase at a time, and each change of it closes an interval, which is counted under one cause.  So
 * the sum is the thread's life.
 */
#include "timeledger.h"
#include "lib/interrupt.bpf.h"
#include "lib/kernel_lock.h"
#include "lib/kernel_net.h"
#include "lib/path.bpf.h"
#include "lib/sched.bpf.h"
#include "lib/task_regs.bpf.h"
#include "lib/task_state.bpf.h"
#include "lib/throttled.bpf.h"

#define TASK_UNINTERRUPTIBLE 2
#define TASK_STOPPED         0x0c /* by a signal or a tracer */

#define S_IFMT   0170000
#define S_IFIFO  0010000
#define S_IFCHR  0020000
#define S_IFSOCK 0140000
#define AF_UNIX  1

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)
struct file___private {
	void *private_data;
};
#pragma clang attribute pop

const volatile struct conf conf;

TABLE(times, struct ledger_key, struct ledger_value, 40960);
TASK_STATES(ledger_thread, threads);

/* CLOCK_MONOTONIC; 0: not yet.  User space sets them. */
volatile u64 began, ended;

static __always_inline bool chosen(struct task_struct *t, const bool typed)
{
	if (!conf.command)
		return task_wanted_of(t, typed);
	return conf.command == (typed && !pid_ns.inum ? (u32)t->pid : task_tid_of(t));
}

/* A thread is seen for the first time. */
static __always_inline struct ledger_thread *appeared(struct task_struct *t, u64 now,
						      const bool typed)
{
	struct task_struct___times *times = (void *)t;
	struct ledger_thread *s = task_state_begin(threads, ARG_READ(t, pid));

	if (!s)
		return NULL;
	s->since = now;
	s->user = ARG_READ(times, utime);
	s->kernel = ARG_READ(times, stime);
	s->throttled.queue = 0;
	s->lock = 0;
	__builtin_memset(s->waker, 0, sizeof(s->waker));
	s->waker_pid = s->flags = 0;
	s->phase = RUNS;
	return s;
}

static __always_inline void count(struct ledger_key *key, u64 ns, u64 user, u64 kernel, u64 now)
{
	struct ledger_value zero = {}, *v = table_get(&times, key, &zero);

	if (!v)
		return;
	count_add(&v->ns, ns);
	count_add(&v->count, 1);
	if (user)
		count_add(&v->user, user);
	if (kernel)
		count_add(&v->kernel, kernel);
	v->last = now;
}

static __always_inline void key_begin(struct ledger_key *key, struct task_struct *t,
				      const bool typed)
{
	__builtin_memset(key, 0, sizeof(*key));
	key->pid = typed && !pid_ns.inum ? (u32)t->tgid : task_pid_of(t);
	key->tid = typed && !pid_ns.inum ? (u32)t->pid : task_tid_of(t);
	key->syscall = NO_SYSCALL;
	task_comm_key_of(t, key->comm, typed);
}

/* Start a new interval; returns how long the last one was within tracing. */
static __always_inline u64 interval(struct ledger_thread *s, u64 now)
{
	u64 from = s->since > began ? s->since : began;

	s->since = now;
	return began && now > from ? now - from : 0;
}

static __always_inline void ran(struct task_struct *t, struct ledger_thread *s, u64 now,
				const bool typed)
{
	struct task_struct___times *times = (void *)t;
	u64 user = ARG_READ(times, utime), kernel = ARG_READ(times, stime);
	u64 more_user = user - s->user, more_kernel = kernel - s->kernel, ns = interval(s, now);
	struct ledger_key key;

	s->user = user;
	s->kernel = kernel;
	if (!ns)
		return;
	key_begin(&key, t, typed);
	count(&key, ns, more_user, more_kernel, now);
}

static __always_inline void queued(struct task_struct *t, struct ledger_thread *s, u64 now,
				   const bool typed)
{
	u64 ns = interval(s, now), throttled;
	struct ledger_key key;

	if (!ns)
		return;
	key_begin(&key, t, typed);
	throttled = throttled_ns(&s->throttled, ns);
	if (throttled) {
		key.cause = CAUSE_THROTTLED;
		count(&key, throttled, 0, 0, now);
	}
	if (ns > throttled) {
		key.cause = CAUSE_QUEUE;
		count(&key, ns - throttled, 0, 0, now);
	}
}

static __always_inline void slept(struct task_struct *t, struct ledger_thread *s, u64 now,
				  bool pending, const bool typed)
{
	u64 ns = interval(s, now);
	struct ledger_key key;

	if (!ns)
		return;
	key_begin(&key, t, typed);
	key.cause = s->cause;
	key.syscall = s->syscall;
	key.state = s->cause == CAUSE_OTHER ? s->state : 0;
	key.file = s->file;
	key.flags = s->flags & LEDGER_COMPAT;
	if (pending) {
		key.flags |= LEDGER_PENDING;
	} else if (s->cause >= CAUSE_LOCK && s->cause != CAUSE_TIMER) {
		key.flags |= s->flags & LEDGER_INTERRUPT;
		key.waker_pid = s->waker_pid;
		__builtin_memcpy(key.waker, s->waker, sizeof(key.waker));
	}
	count(&key, ns, 0, 0, now);
}

static __always_inline u8 kind_of_file(struct file *file)
{
	struct file___private *f = (void *)file;
	struct socket *sock;
	u16 type;

	if (!file)
		return FILE_NONE;
	type = BPF_CORE_READ(file, f_inode, i_mode) & S_IFMT;
	if (type == S_IFIFO)
		return FILE_PIPE;
	if (type == S_IFCHR)
		return FILE_DEVICE;
	if (type != S_IFSOCK)
		return FILE_OTHER;
	sock = BPF_CORE_READ(f, private_data);
	return BPF_CORE_READ(sock, sk, __sk_common.skc_family) == AF_UNIX ? FILE_UNIX : FILE_SOCKET;
}

/* By the system call alone. */
static __always_inline u8 cause_of_call(struct task_struct *t, struct ledger_thread *s, void *regs)
{
	switch (conf.waits[s->syscall & (LEDGER_SYSCALLS - 1)]) {
	case WAITS_FILE:
		s->file = kind_of_file(task_file_of(t, regs_first(regs)));
		return s->file == FILE_PIPE || s->file == FILE_UNIX ? CAUSE_PROCESS
		       : s->file == FILE_SOCKET                     ? CAUSE_NETWORK
								    : CAUSE_OTHER;
	case WAITS_FUTEX:
		return CAUSE_FUTEX;
	case WAITS_TIMER:
		return CAUSE_TIMER;
	case WAITS_POLL:
		return CAUSE_POLL;
	case WAITS_PROCESS:
		return CAUSE_PROCESS;
	case WAITS_LOCK:
		return CAUSE_LOCK;
	case WAITS_DISK:
		return CAUSE_DISK;
	}
	return CAUSE_OTHER;
}

/* Why does it sleep?  REGS: with which it entered the kernel. */
static __always_inline void falls_asleep(struct task_struct *t, struct ledger_thread *s, u32 state,
					 void *regs, const bool typed)
{
	u32 flags = ARG_READ((struct task_struct___sched *)t, flags);
	struct task_struct___iowait *io = (void *)t;
	bool iowait = BPF_CORE_READ_BITFIELD_PROBED(io, in_iowait);
	u64 call;

	s->phase = SLEEPS;
	s->state = state & (TASK_STATE_NOLOAD | 0xff);
	s->syscall = NO_SYSCALL;
	s->file = FILE_NONE;
	s->flags &= ~LEDGER_COMPAT;
	if (!(flags & PF_KTHREAD)) {
		call = regs_syscall(regs);
		if ((s32)call >= 0)
			s->syscall = call;
	}
	if (s->syscall != NO_SYSCALL && syscall_is_compat_of(t))
		s->flags |= LEDGER_COMPAT;
	if (state & TASK_STOPPED)
		s->cause = CAUSE_STOPPED;
	else if (s->lock)
		s->cause = CAUSE_LOCK;
	else if (flags & PF_KTHREAD)
		s->cause = iowait ? CAUSE_DISK : CAUSE_OTHER;
	else if (flags & PF_MEMALLOC)
		s->cause = CAUSE_MEMORY;
	else if (s->syscall == NO_SYSCALL)
		s->cause = iowait || state & TASK_UNINTERRUPTIBLE ? CAUSE_MEMORY : CAUSE_OTHER;
	else if (s->syscall < LEDGER_SYSCALLS && !(s->flags & LEDGER_COMPAT))
		s->cause = cause_of_call(t, s, regs);
	else
		s->cause = CAUSE_OTHER;
	if (s->cause == CAUSE_OTHER && iowait)
		s->cause = CAUSE_DISK;
}

static __always_inline void waits_for_cpu(struct task_struct *t, struct ledger_thread *s)
{
	s->phase = QUEUED;
	throttled_begin(&s->throttled, t);
}

static __always_inline void stops(u64 *ctx, u64 now, const bool typed)
{
	struct task_struct *t = SWITCH_PREV;
	u32 tid = ARG_READ(t, pid), state;
	struct ledger_thread *s;

	if (!tid)
		return;
	s = task_state_find(threads, tid);
	state = switch_state(ctx, typed);
	if (!s && !(state & TASK_DEAD) && chosen(t, typed))
		s = appeared(t, now, typed);
	if (!s)
		return;
	ran(t, s, now, typed);
	if (state & TASK_DEAD)
		task_state_end(threads, tid, s);
	else if (state)
		falls_asleep(t, s, state, task_regs(), typed);
	else
		waits_for_cpu(t, s);
}

TRACEPOINT(sched_switch, switched)
{
	u64 now = bpf_ktime_get_ns();
	struct task_struct *t = SWITCH_NEXT;
	struct ledger_thread *s;
	u32 tid;

	if (ended)
		return 0;
	stops(ctx, now, typed);
	tid = ARG_READ(t, pid);
	if (!tid)
		return 0;
	s = task_state_find(threads, tid);
	if (!s) {
		if (chosen(t, typed))
			appeared(t, now, typed);
		return 0;
	}
	if (s->phase == QUEUED)
		queued(t, s, now, typed);
	else if (s->phase == SLEEPS)
		slept(t, s, now, false, typed);
	s->phase = RUNS;
	return 0;
}

/* In the task that wakes T up; sched_wakeup can come on another CPU, in an unrelated task. */
TRACEPOINT(sched_waking, waking)
{
	struct task_struct *t = (void *)ctx[0];
	struct ledger_thread *s;

	if (ended)
		return 0;
	s = task_state_find(threads, ARG_READ(t, pid));
	if (!s)
		return 0;
	if (!(u32)bpf_get_current_pid_tgid() || in_interrupt()) {
		s->flags |= LEDGER_INTERRUPT;
		s->waker_pid = 0;
		__builtin_memset(s->waker, 0, sizeof(s->waker));
		return 0;
	}
	s->flags &= ~LEDGER_INTERRUPT;
	s->waker_pid = task_pid();
	process_comm_key(s->waker, typed);
	return 0;
}

TRACEPOINT(sched_wakeup, waked)
{
	struct task_struct *t = (void *)ctx[0];
	u64 now = bpf_ktime_get_ns();
	struct ledger_thread *s;

	if (ended)
		return 0;
	s = task_state_find(threads, ARG_READ(t, pid));
	if (!s || s->phase != SLEEPS)
		return 0;
	slept(t, s, now, false, typed);
	waits_for_cpu(t, s);
	return 0;
}

/* In the task that starts T. */
TRACEPOINT(sched_wakeup_new, born)
{
	struct task_struct *t = (void *)ctx[0];
	struct ledger_thread *s;
	bool wanted;

	if (ended)
		return 0;
	if (conf.command)
		wanted = task_state_find(threads, (u32)bpf_get_current_pid_tgid());
	else
		wanted = task_wanted_of(t, typed);
	if (!wanted)
		return 0;
	s = appeared(t, bpf_ktime_get_ns(), typed);
	if (s)
		waits_for_cpu(t, s);
	return 0;
}

/* A thread that is not the first one of its process gets that one's ID when it executes a program. */
TRACEPOINT_IN_TASKS(sched_process_exec, executed)
{
	u32 tid = bpf_get_current_pid_tgid(), old = ctx[1];
	struct ledger_thread *s, *now;

	if (old == tid || ended)
		return 0;
	s = task_state_find(threads, old);
	if (!s)
		return 0;
	if (!task_state_find(threads, tid)) {
		now = task_state_begin(threads, tid);
		if (now)
			__builtin_memcpy(&now->since, &s->since,
					 sizeof(*s) - offsetof(struct ledger_thread, since));
	}
	task_state_end(threads, old, s);
	return 0;
}

TRACEPOINT_IN_TASKS(contention_begin, lock_began)
{
	struct ledger_thread *s;

	if (ctx[1] & CONTENTION_SPINS || ended)
		return 0;
	s = task_state_find(threads, (u32)bpf_get_current_pid_tgid());
	if (s)
		s->lock = ctx[0];
	return 0;
}

TRACEPOINT_IN_TASKS(contention_end, lock_ended)
{
	struct ledger_thread *s = task_state_find(threads, (u32)bpf_get_current_pid_tgid());

	if (s && s->lock == ctx[0])
		s->lock = 0;
	return 0;
}

/* Run for each thread when tracing begins, and when it has ended. */
SEC("iter/task") int edge(u64 *ctx)
{
	struct task_struct *t = (void *)ctx[1];
	const bool typed = true;
	struct ledger_thread *s;
	u32 state;
	u64 now;

	if (!t || !t->pid)
		return 0;
	s = task_state_find(threads, t->pid);
	if (!ended) {
		state = task_state(t, typed);
		if (s || state & TASK_DEAD || !chosen(t, typed))
			return 0;
		s = appeared(t, bpf_ktime_get_ns(), typed);
		if (!s || ((struct task_struct___sched *)t)->on_cpu)
			return 0;
		if (state)
			falls_asleep(t, s, state, task_regs_of(t), typed);
		else
			waits_for_cpu(t, s);
		return 0;
	}
	if (!s)
		return 0;
	now = ended;
	if (s->phase == RUNS)
		ran(t, s, now, typed);
	else if (s->phase == QUEUED)
		queued(t, s, now, typed);
	else
		slept(t, s, now, true, typed);
	task_state_end(threads, (u32)t->pid, s);
	return 0;
}
