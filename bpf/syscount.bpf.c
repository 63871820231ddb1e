// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "syscount.h"
#include "lib/map.bpf.h"
#include "lib/task_other.bpf.h"
#include "lib/task_slot.bpf.h"
#include "lib/tracepoint.bpf.h"

const volatile struct conf conf;

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct pt_regs___arm64_number {
	s32 syscallno;
};

#pragma clang attribute pop

#define ENOSYS    38
#define MAX_ERRNO 4095

/* Counters that no CPU shares.  Their additions are atomic, because a program can be preempted. */
PERCPU_ARRAY(by_number, struct call_count, CALLS);
SPARSE_TABLE(groups, struct call_key, typeof(((struct calls *)0)->v), 65536);
static typeof(((struct calls *)0)->v) none;

/* The call that a thread is in. */
struct in_call {
	u32 tid, busy; /* busy: the call + 1 */
	u64 since;
};
TASK_SLOTS_OF(struct in_call, in_calls);

static __always_inline u32 call_of(u64 number, bool compat)
{
	if (number >= SYSCALL_NUMBERS)
		return CALL_OTHER;
	return compat ? number + SYSCALL_NUMBERS : number;
}

/* The call that ends here, from its registers. */
static __always_inline u32 call_ending(void *regs, s64 ret, const bool typed)
{
	struct pt_regs___x86 *x86 = regs;
	struct pt_regs___arm64_number *arm64 = regs;
	bool is_x86 = bpf_core_field_exists(x86->orig_ax);
	bool compat = syscall_is_compat_typed(typed);
	s32 number = is_x86 ? ARG_READ(x86, orig_ax) : ARG_READ(arm64, syscallno);

	/* A return from a signal handler has restored registers that are in no call. */
	if (number == -1 && ret != -ENOSYS)
		number = compat ? 173 : is_x86 ? 15 : 139;
	return call_of((u32)number, compat);
}

/* The current thread, at less than runner_id() costs. */
static __always_inline u32 thread_id(const bool typed)
{
	if (!typed || !bpf_core_enum_value_exists(enum bpf_func_id, BPF_FUNC_get_current_task_btf))
		return bpf_get_current_pid_tgid();
	return ((const struct task_struct *)bpf_get_current_task_btf())->pid;
}

static __always_inline bool call_wanted(u32 call)
{
	return !conf.one || call == conf.call64 || call == conf.call32;
}

static __always_inline void count(u32 call, s64 ret, u64 ns, const bool typed)
{
	bool failed = (u64)ret >= (u64)-MAX_ERRNO;
	typeof(&none) v;
	struct call_count *n;
	struct call_key key = { .call = call };

	if (conf.failed && !failed)
		return;
	if (conf.error && ret != -(s64)conf.error)
		return;
	if (!conf.by_process && !conf.by_error && !conf.by_cgroup) {
		n = bpf_map_lookup_elem(&by_number, &call);
		if (!n)
			return;
	} else {
		if (conf.by_process) {
			key.call = 0;
			key.pid = task_pid();
			if (!pid_shared(key.pid))
				key.id = bpf_get_current_pid_tgid() >> 32;
		}
		if (conf.by_error && failed)
			key.error = -ret;
		if (conf.by_cgroup)
			key.cgroup = bpf_get_current_cgroup_id();
		v = table_get(&groups, &key, &none);
		if (!v)
			return;
		/* Each time, because a process can execute another program. */
		if (conf.by_process && key.id)
			process_comm_key(v->comm, typed);
		n = &v->n;
	}
	count_add(&n->count, 1);
	if (conf.latency && ns)
		count_add(&n->ns, ns);
}

/* Calls that don't return leave their slot when the thread ends. */
TRACEPOINT_IN_TASKS(sys_enter, entered)
{
	u32 call = call_of(ctx[1], syscall_is_compat_typed(typed));
	struct in_call *in;

	if (!call_wanted(call) || !task_wanted())
		return 0;
	in = task_slot_take_of(in_calls, thread_id(typed));
	in->busy = call + 1;
	in->since = bpf_ktime_get_ns();
	return 0;
}

TRACEPOINT_IN_TASKS(sys_exit, left)
{
	void *regs = (void *)ctx[0];
	s64 ret = ctx[1];
	struct in_call *in;
	u64 ns = 0;
	u32 call;

	if (conf.latency) {
		in = task_slot_of(in_calls, thread_id(typed));
		if (!in)
			return 0;
		call = in->busy - 1;
		in->busy = 0;
		ns = bpf_ktime_get_ns() - in->since;
	} else {
		call = call_ending(regs, ret, typed);
		if (!call_wanted(call) || !task_wanted())
			return 0;
	}
	count(call, ret, ns, typed);
	return 0;
}

TRACEPOINT_IN_TASKS(sched_process_exit, ended)
{
	struct in_call *in = task_slot_mine(in_calls);

	if (in)
		in->busy = 0;
	return 0;
}

/* If another thread than the first executes a program, it gets the first one's ID, and returns under it. */
TRACEPOINT_IN_TASKS(sched_process_exec, executed)
{
	u32 tid = runner_id(), old = ctx[1];
	struct in_call *from = &in_calls[old & (TASK_SLOTS - 1)], *to;

	if (old == tid || from->tid != old || !from->busy)
		return 0;
	to = task_slot_take(in_calls);
	to->busy = from->busy;
	to->since = from->since;
	from->busy = 0;
	return 0;
}
