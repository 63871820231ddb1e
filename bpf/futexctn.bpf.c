// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "futexctn.h"
#include "lib/alone.bpf.h"
#include "lib/stack_key.bpf.h"
#include "lib/syscall.bpf.h"

const volatile struct conf conf;

TABLE(waits, struct futex_key, struct futex_value, 10240);
static struct futex_value no_waits;

/* Operations of futex(2) that wait; the bits above FUTEX_CMD are flags. */
#define FUTEX_CMD 0x7f
enum {
	FUTEX_WAIT = 0,
	FUTEX_LOCK_PI = 6,
	FUTEX_WAIT_BITSET = 9,
	FUTEX_WAIT_REQUEUE_PI = 11,
	FUTEX_LOCK_PI2 = 13,
};

#define ETIMEDOUT             110
#define EINTR                 4
#define ERESTARTSYS           512
#define ERESTART_RESTARTBLOCK 516

/* futex_waitv(2) waits for several; the result tells which of them was woken. */
struct waitv {
	u64 val, lock;
	u32 flags, reserved;
};
#define WAITV_MAX 128

static __noinline int begin(u64 lock, u64 locks)
{
	struct call call = { .args = { lock, locks }, .began = bpf_ktime_get_ns() };

	if ((conf.lock && !locks && lock != conf.lock) || !task_wanted())
		return 0;
	return call_enter(CALL_SYSCALL, &call);
}

static __always_inline int begin_op(u64 lock, u32 op)
{
	switch (op & FUTEX_CMD) {
	case FUTEX_WAIT:
	case FUTEX_LOCK_PI:
	case FUTEX_WAIT_BITSET:
	case FUTEX_WAIT_REQUEUE_PI:
	case FUTEX_LOCK_PI2:
		return begin(lock, 0);
	}
	return 0;
}

/* Has the thread slept?  Other errors are found before. */
static __always_inline bool has_waited(s64 ret)
{
	return ret >= 0 || ret == -ETIMEDOUT || ret == -EINTR ||
	       (ret <= -ERESTARTSYS && ret >= -ERESTART_RESTARTBLOCK);
}

static __noinline int end(void *ctx, s64 ret)
{
	u64 now = bpf_ktime_get_ns(), ns;
	struct futex_key key = {};
	struct futex_value *v;
	struct waitv waitv = {};
	struct call call;

	if (!call_leave(CALL_SYSCALL, &call) || !has_waited(ret))
		return 0;
	ns = now > call.began ? now - call.began : 0;
	key.lock = call.args[0];
	if (call.args[1]) {
		struct waitv *all = (void *)call.args[1];

		bpf_probe_read_user(&waitv, sizeof(waitv),
				    &all[ret >= 0 && ret < WAITV_MAX ? ret : 0]);
		key.lock = waitv.lock;
		if (conf.lock && key.lock != conf.lock)
			return 0;
	}
	key.who.pid = task_pid();
	key.who.tid = task_ids();
	task_comm_key(key.who.comm);
	if (conf.summary)
		key.who.stack.kernel = key.who.stack.user = -1;
	else
		stack_key_stacks(ctx, &key.who);
	v = stack_table_get(&waits, &key, &no_waits);
	if (!v)
		return 0;
	hist_add_exact(&v->hist, ns / conf.unit, ns);
	count_add(&v->count, 1);
	if ((ns <= v->max_ns && ns >= v->min_ns && v->min_ns) || !alone_begin(&v->busy))
		return 0;
	if (ns > v->max_ns)
		v->max_ns = ns;
	if (ns < v->min_ns || !v->min_ns)
		v->min_ns = ns ?: 1;
	alone_end(&v->busy);
	return 0;
}

/* A function of a system call.  DO says how it begins, by the registers that hold its arguments. */
#define FUTEX_FUNC(f, do)             \
	KFUNC(f, (void *regs))        \
	{                             \
		return do;            \
	}                             \
	KFUNC_END_RET(f, long ret)    \
	{                             \
		return end(ctx, ret); \
	}
#define ARG(type, field) ARG_READ((struct type *)regs, field)
#define FUTEX_OP(f, type, a0, a1, pointer) \
	FUTEX_FUNC(f, begin_op((pointer)ARG(type, a0), ARG(type, a1)))
#define FUTEX_CALLS(prefix, type, a0, a1, pointer)                        \
	FUTEX_OP(prefix##futex, type, a0, a1, pointer)                    \
	FUTEX_FUNC(prefix##futex_waitv, begin(0, (pointer)ARG(type, a0))) \
	FUTEX_FUNC(prefix##futex_wait, begin((pointer)ARG(type, a0), 0))

FUTEX_CALLS(__x64_sys_, pt_regs___x86_syscall, di, si, u64)
FUTEX_CALLS(__arm64_sys_, pt_regs___arm64_syscall, regs[0], regs[1], u64)
FUTEX_CALLS(__ia32_sys_, pt_regs___x86_syscall, bx, cx, u32)
FUTEX_OP(__ia32_sys_futex_time32, pt_regs___x86_syscall, bx, cx, u32)
FUTEX_OP(__arm64_sys_futex_time32, pt_regs___arm64_syscall, regs[0], regs[1], u64)

#define FUTEX_POINT(name, do)                                                                  \
	SEC("?tp/syscalls/sys_enter_" #name) int name##_enter(struct syscall_trace_enter *ctx) \
	{                                                                                      \
		return do;                                                                     \
	}                                                                                      \
	SEC("?tp/syscalls/sys_exit_" #name) int name##_exit(struct syscall_trace_exit *ctx)    \
	{                                                                                      \
		return end(ctx, ctx->ret);                                                     \
	}

FUTEX_POINT(futex, begin_op(ctx->args[0], ctx->args[1]))
FUTEX_POINT(futex_waitv, begin(0, ctx->args[0]))
FUTEX_POINT(futex_wait, begin(ctx->args[0], 0))
