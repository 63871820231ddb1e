// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "klockstat.h"
#include "lib/alone.bpf.h"
#include "lib/kernel_lock.h"
#include "lib/probe.bpf.h"
#include "lib/stack.bpf.h"
#include "lib/task_other.bpf.h"

const volatile struct conf conf;

TABLE(times, struct lock_key, struct lock_value, 20480);
static struct lock_value no_times;

enum kind { MUTEX, READ, WRITE };

/* A call that has not returned yet; for a lock that the user did not ask for, lock is 0. */
struct attempt {
	u64 lock, since;
	u32 func;
	s32 stack;
	u32 owner, owner_reads;
	char owner_comm[COMM_LEN];
};

struct hold {
	u64 lock, since; /* lock 0: this place is free */
	s32 stack;
	u32 pad;
};

/*
 * What a thread waits for, and what it holds.  While it waits for one lock it can take others: when it goes to
 * sleep, it first starts the disk requests that it has gathered.
 */
#define ATTEMPTS 4
#define HOLDS    16
struct thread {
	u32 n, next; /* attempts; the hold to forget if there are too many */
	u32 at, pad; /* for forget_bounds() */
	struct attempt attempts[ATTEMPTS];
	struct hold holds[HOLDS];
};
HASH(threads, u32, struct thread, 16384);
static struct thread no_locks;

/*
 * An index that the verifier knows nothing of.  It goes through what follows a search once for each index that
 * can have been found; for an unknown one, it does so once.
 */
static __always_inline u32 forget_bounds(struct thread *t, u32 index)
{
	t->at = index;
	return *(volatile u32 *)&t->at;
}

static __noinline int count(struct lock_key *key, u64 lock, u64 ns)
{
	struct lock_value *v;
	u64 ids;

	if (conf.per_thread) {
		ids = task_ids();
		key->tid = ids;
		key->stack = -1;
		task_comm_key(key->comm);
	}
	v = table_get(&times, key, &no_times);
	if (!v)
		return 0;
	count_add(&v->count, 1);
	count_add(&v->ns, ns);
	if (ns <= v->max_ns || !alone_begin(&v->busy))
		return 0;
	if (ns > v->max_ns) {
		v->max_ns = ns;
		v->max_lock = lock;
		v->max_tid = task_ids();
		bpf_get_current_comm(v->max_comm, sizeof(v->max_comm));
	}
	alone_end(&v->busy);
	return 0;
}

/* Who has the lock that the current thread is about to wait for. */
static __always_inline void find_owner(struct attempt *a, u64 lock, enum kind kind)
{
	struct rw_semaphore *sem = (void *)lock;
	struct mutex *mutex = (void *)lock;
	struct task_struct *t;
	u64 owner, held;

	if (kind == MUTEX) {
		held = owner = BPF_CORE_READ(mutex, owner.counter);
	} else {
		held = BPF_CORE_READ(sem, count.counter);
		owner = BPF_CORE_READ(sem, owner.counter);
		/* A reader waits also for writers that wait. */
		held &= kind == READ ? LOCK_FLAGS : RWSEM_WRITER_LOCKED | RWSEM_READERS;
		a->owner_reads = owner & RWSEM_READER_OWNED;
	}
	t = (void *)(owner & ~LOCK_FLAGS);
	if (!(held & ~(kind == MUTEX ? LOCK_FLAGS : 0)) || !t) {
		a->owner_reads = 0;
		return;
	}
	a->owner = task_tid_of(t);
	task_comm_key_of(t, a->owner_comm, false);
}

static __noinline int begin(void *ctx, u64 lock, u32 func, enum kind kind)
{
	u32 id = runner_id(), n;
	struct attempt *a;
	struct thread *t;

	if (!task_wanted())
		return 0;
	t = map_get(&threads, &id, &no_locks);
	if (!t)
		return 0;
	if (t->n >= ATTEMPTS) { /* a return was missed */
		for (u32 i = 0; i + 1 < ATTEMPTS; i++)
			t->attempts[i] = t->attempts[i + 1];
		t->n = ATTEMPTS - 1;
		count_add(&loss.returns, 1);
	}
	n = t->n++;
	if (n >= ATTEMPTS)
		return 0;
	a = &t->attempts[n];
	a->func = func;
	a->lock = conf.lock && conf.lock != lock ? 0 : lock;
	if (!a->lock)
		return 0;
	a->stack = conf.per_thread ? -1 : stack_id(ctx, 0);
	a->owner = a->owner_reads = 0;
	__builtin_memset(a->owner_comm, 0, sizeof(a->owner_comm));
	if (conf.owner)
		find_owner(a, lock, kind);
	a->since = bpf_ktime_get_ns();
	return 0;
}

static __always_inline void hold(struct thread *t, u64 lock, s32 stack, u64 now)
{
	u32 at = HOLDS;

	/* A lock that another thread released, as some locks of file systems are, can still be there. */
	for (u32 i = 0; i < HOLDS; i++) {
		if (t->holds[i].lock == lock) {
			at = i;
			break;
		}
		if (!t->holds[i].lock && at == HOLDS)
			at = i;
	}
	if (at == HOLDS) {
		at = t->next++ % HOLDS;
		count_add(&loss.entries, 1);
	}
	at = forget_bounds(t, at);
	if (at >= HOLDS)
		return;
	t->holds[at].lock = lock;
	t->holds[at].stack = stack;
	t->holds[at].since = now;
}

/* The call of FUNC is over; did it take the lock? */
static __noinline int end(u32 func, bool took)
{
	u64 now = bpf_ktime_get_ns();
	u32 id = runner_id(), n = ATTEMPTS;
	struct lock_key key = {};
	struct attempt *a;
	struct thread *t;

	t = bpf_map_lookup_elem(&threads, &id);
	if (!t)
		return 0;
	/* The last call of this function; of those after it we have missed the returns. */
	for (u32 i = 0; i < ATTEMPTS; i++)
		if (i < t->n && t->attempts[i].func == func)
			n = i;
	n = forget_bounds(t, n);
	if (n >= ATTEMPTS)
		return 0;
	a = &t->attempts[n];
	if (t->n > n + 1)
		count_add(&loss.returns, t->n - n - 1);
	t->n = n;
	if (!a->lock || !took)
		return 0;
	hold(t, a->lock, a->stack, now);
	key.stack = a->stack;
	key.owner = a->owner;
	key.owner_reads = a->owner_reads;
	__builtin_memcpy(key.owner_comm, a->owner_comm, sizeof(key.owner_comm));
	return count(&key, a->lock, now > a->since ? now - a->since : 0);
}

static __noinline int unlock(u64 lock)
{
	u64 now = bpf_ktime_get_ns(), since;
	struct lock_key key = { .held = true };
	u32 id = runner_id(), at = HOLDS;
	struct thread *t;

	if (conf.lock && conf.lock != lock)
		return 0;
	t = bpf_map_lookup_elem(&threads, &id);
	if (!t)
		return 0;
	for (u32 i = 0; i < HOLDS; i++)
		if (t->holds[i].lock == lock) {
			at = i;
			break;
		}
	at = forget_bounds(t, at);
	if (at >= HOLDS)
		return 0;
	key.stack = t->holds[at].stack;
	since = t->holds[at].since;
	t->holds[at].lock = 0;
	return count(&key, lock, now > since ? now - since : 0);
}

/* A function that always takes the lock; one whose result is 0 if it did; one that tries, and returns 1 then. */
#define LOCKS(f, kind)                                 \
	enum { f##_id = __COUNTER__ };                 \
	KFUNC(f, (u64 lock))                           \
	{                                              \
		return begin(ctx, lock, f##_id, kind); \
	}
#define LOCK(f, kind)                     \
	LOCKS(f, kind)                    \
	KFUNC_END(f)                      \
	{                                 \
		return end(f##_id, true); \
	}
#define LOCK_OR_FAIL(f, kind)             \
	LOCKS(f, kind)                    \
	KFUNC_END_RET(f, s32 ret)         \
	{                                 \
		return end(f##_id, !ret); \
	}
#define TRYLOCK(f, kind)                 \
	LOCKS(f, kind)                   \
	KFUNC_END_RET(f, s32 ret)        \
	{                                \
		return end(f##_id, ret); \
	}
#define UNLOCK(f)                    \
	KFUNC(f, (u64 lock))         \
	{                            \
		return unlock(lock); \
	}

LOCK(mutex_lock, MUTEX)
LOCK_OR_FAIL(mutex_lock_interruptible, MUTEX)
LOCK_OR_FAIL(mutex_lock_killable, MUTEX)
TRYLOCK(mutex_trylock, MUTEX)
UNLOCK(mutex_unlock)
LOCK(down_read, READ)
LOCK_OR_FAIL(down_read_interruptible, READ)
LOCK_OR_FAIL(down_read_killable, READ)
TRYLOCK(down_read_trylock, READ)
UNLOCK(up_read)
LOCK(down_write, WRITE)
LOCK_OR_FAIL(down_write_killable, WRITE)
TRYLOCK(down_write_trylock, WRITE)
UNLOCK(up_write)

/* Kernels that check the order of locks have these instead. */
LOCK(mutex_lock_nested, MUTEX)
LOCK_OR_FAIL(mutex_lock_interruptible_nested, MUTEX)
LOCK_OR_FAIL(mutex_lock_killable_nested, MUTEX)
LOCK(down_read_nested, READ)
LOCK(down_write_nested, WRITE)
LOCK_OR_FAIL(down_write_killable_nested, WRITE)

/* The thread's task is freed: after its end, it has taken no lock. */
TRACEPOINT(sched_process_free, freed)
{
	struct task_struct *t = (void *)ctx[0];
	u32 id = ARG_READ(t, pid);

	bpf_map_delete_elem(&threads, &id);
	return 0;
}

/*
 * What a CPU waits for without sleeping.  An interrupt, and in it one that can't be masked, can begin to wait while
 * what it interrupted does.
 */
#define SPINS 4
struct spins {
	u32 n, busy; /* counting, for which the kernel can take locks of its own */
	struct spin {
		u64 lock, since;
		s32 stack;
		u32 pad;
	} at[SPINS];
};
PERCPU_ARRAY(spins, struct spins, 1);

TRACEPOINT_IN_TASKS(contention_begin, contention_begin)
{
	u64 lock = ctx[0];
	u32 flags = ctx[1], zero = 0, n;
	struct spins *s;

	if (!(flags & CONTENTION_SPINS) || flags & CONTENTION_MUTEX ||
	    (conf.lock && conf.lock != lock) || !task_wanted())
		return 0;
	s = bpf_map_lookup_elem(&spins, &zero);
	if (!s)
		return 0;
	if (s->busy) {
		count_add(&loss.returns, 1); /* its end will not be looked for */
		return 0;
	}
	n = s->n;
	if (n >= SPINS) { /* ends were missed */
		count_add(&loss.returns, n);
		n = 0;
	}
	s->at[n].lock = lock;
	s->at[n].stack = conf.per_thread ? -1 : stack_id(program_ctx, 0);
	s->at[n].since = bpf_ktime_get_ns();
	s->n = n + 1;
	return 0;
}

/* Of a lock of any kind. */
TRACEPOINT_IN_TASKS(contention_end, contention_end)
{
	u64 now = bpf_ktime_get_ns(), lock = ctx[0], since;
	struct lock_key key = {};
	u32 zero = 0, at = SPINS;
	struct spins *s = bpf_map_lookup_elem(&spins, &zero);

	if (!s || !s->n)
		return 0;
	for (u32 i = 0; i < SPINS; i++)
		if (i < s->n && s->at[i].lock == lock)
			at = i;
	if (at >= SPINS)
		return 0;
	if (s->n > at + 1)
		count_add(&loss.returns, s->n - at - 1);
	s->n = at;
	key.stack = s->at[at].stack;
	since = s->at[at].since;
	s->busy = 1;
	count(&key, lock, now > since ? now - since : 0);
	s->busy = 0;
	return 0;
}
