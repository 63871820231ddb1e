// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "killsnoop.h"
#include "lib/event.bpf.h"
#include "lib/syscall.bpf.h"
#include "lib/task.bpf.h"
#include "lib/tracepoint.bpf.h"

const volatile struct conf conf;

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct kernel_siginfo {
	int si_code;
};

#pragma clang attribute pop

#define SEND_SIG_NOINFO 0 /* in place of a struct kernel_siginfo: from a process, */
#define SEND_SIG_PRIV   1 /* from the kernel */
#define SI_USER         0
#define SI_KERNEL       0x80
#define SI_QUEUE        -1
#define SI_SIGIO        -5 /* down to this, the kernel's: SI_TIMER, SI_MESGQ, SI_ASYNCIO */

/* Whom the call that a thread is in has sent a signal. */
struct target {
	u32 pid, n;
	char comm[COMM_LEN];
};
LRU_HASH(targets, u32, struct target, 1024);

static __always_inline bool signal_wanted(s32 sig)
{
	if (!conf.signals && !conf.null_signal)
		return true;
	return sig ? sig > 0 && sig <= 64 && conf.signals >> (sig & 63) & 1 : conf.null_signal;
}

/* ---- system calls ---- */

static __noinline int report(u32 by, const struct call *call, s32 ret)
{
	u32 me = bpf_get_current_pid_tgid();
	struct target *found = bpf_map_lookup_elem(&targets, &me), target = {};
	s32 sig = by == BY_TGKILL || by == BY_TGSIGQUEUE ? call->args[2] : call->args[1];
	s32 first = call->args[0];
	struct signal_event *e;

	if (found) {
		target = *found;
		bpf_map_delete_elem(&targets, &me);
	}
	if (by == BY_PIDFD)
		first = 0;
	/* The target's PID in our namespace, not in the caller's.  There may be none, or many. */
	if (target.n == 1 && (first > 0 || by == BY_PIDFD))
		first = target.pid;
	else
		target.comm[0] = 0;
	if ((conf.failed && ret >= 0) || !signal_wanted(sig) ||
	    (conf.target && conf.target != first) || !task_wanted() ||
	    !(e = event_new(struct signal_event)))
		return 0;
	event_begin(e);
	e->by = by;
	e->sig = sig;
	e->target = first;
	e->thread = by == BY_TKILL                           ? call->args[0]
		    : by == BY_TGKILL || by == BY_TGSIGQUEUE ? call->args[1]
							     : 0;
	e->ret = ret;
	e->code = 0;
	__builtin_memcpy(e->tcomm, target.comm, sizeof(e->tcomm));
	event_send(e);
	return 0;
}

SYSCALL(kill, 2, report, BY_KILL)
SYSCALL(tkill, 2, report, BY_TKILL)
SYSCALL(tgkill, 3, report, BY_TGKILL)
SYSCALL(pidfd_send_signal, 4, report, BY_PIDFD)
SYSCALL_64(rt_sigqueueinfo, 3, report, BY_SIGQUEUE)
SYSCALL_64(rt_tgsigqueueinfo, 4, report, BY_TGSIGQUEUE)
SYSCALL_IA32(compat_sys_rt_sigqueueinfo, report, BY_SIGQUEUE)
SYSCALL_IA32(compat_sys_rt_tgsigqueueinfo, report, BY_TGSIGQUEUE)
SYSCALL_ARM64(compat_sys_rt_sigqueueinfo, report, BY_SIGQUEUE)
SYSCALL_ARM64(compat_sys_rt_tgsigqueueinfo, report, BY_TGSIGQUEUE)

/* ---- signals ---- */

static __always_inline void note_target(struct task_struct *task)
{
	u32 me = bpf_get_current_pid_tgid();
	struct target *known = bpf_map_lookup_elem(&targets, &me), new = {};

	if (known) {
		known->n++;
		return;
	}
	new.n = 1;
	new.pid = task_pid_of(task);
	BPF_CORE_READ_INTO(&new.comm, task, comm);
	bpf_map_update_elem(&targets, &me, &new, BPF_ANY);
}

TRACEPOINT(signal_generate, generated)
{
	s32 sig = ctx[0], result = ctx[4], code;
	struct kernel_siginfo *info = (void *)ctx[1];
	struct task_struct *task = (void *)ctx[2];
	u64 how = ctx[1];
	bool by_kernel, to_group = (s32)ctx[3];
	struct signal_event *e;
	s32 target;

	code = how == SEND_SIG_NOINFO ? SI_USER
	       : how == SEND_SIG_PRIV ? SI_KERNEL
				      : BPF_CORE_READ(info, si_code);
	by_kernel = code > SI_USER || (code < SI_QUEUE && code >= SI_SIGIO);
	if (!signal_wanted(sig) || !task_wanted())
		return 0;
	if (conf.calls) {
		if (!by_kernel)
			note_target(task);
		return 0;
	}
	if (conf.failed && !result)
		return 0;
	target = task_pid_of(task);
	if ((conf.target && conf.target != target) || !(e = event_new(struct signal_event)))
		return 0;
	event_begin(e);
	e->by = by_kernel ? BY_KERNEL : BY_PROCESS;
	e->sig = sig;
	e->target = target;
	e->thread = 0;
	if (!to_group)
		e->thread = pid_ns.inum ? tid_inside(task) : (u32)BPF_CORE_READ(task, pid);
	e->ret = result;
	e->code = code;
	BPF_CORE_READ_INTO(&e->tcomm, task, comm);
	event_send(e);
	return 0;
}
