// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "execsnoop.h"
#include "lib/kernel_exec.h"
#include "lib/path.bpf.h"
#include "lib/pieces.bpf.h"
#include "lib/syscall.bpf.h"
#include "lib/task.bpf.h"

const volatile struct conf conf;

EVENT_SCRATCH(struct exec_event, SLOTS);
PATH_NAMES(exec_event, pieces.text, pieces.head_len, HEAD_LEN)
PIECES(exec_event)

/* Fill in everything but the text. */
static __always_inline struct exec_event *exec_new(u32 slot, s32 ret)
{
	struct exec_event *e = scratch_get(&scratch, slot);
	struct task_struct *task = task_current();
	struct task_struct *parent = BPF_CORE_READ(task, real_parent);

	if (!e)
		return NULL;
	event_begin(e);
	e->cgroup = conf.where ? bpf_get_current_cgroup_id() : 0;
	e->mntns = conf.where ? BPF_CORE_READ(task, nsproxy, mnt_ns, ns.inum) : 0;
	e->ppid = task_pid_of(parent);
	e->uid = bpf_get_current_uid_gid();
	e->ret = ret;
	e->dfd = AT_FDCWD;
	BPF_CORE_READ_INTO(&e->pcomm, parent, comm);
	e->script = false;
	pieces_begin(&e->pieces, slot);
	return e;
}

/* Add the file, with N as for string_len(), and the working directory. */
static __always_inline void put_head(struct exec_event *e, u32 slot, long n)
{
	e->file_len = e->pieces.head_len = string_len(e->pieces.text, n);
	if (conf.where)
		path_names(slot, path_base(AT_FDCWD));
}

/* The exec failed: the arguments are where the caller put them. */
static __noinline int failed(u32 slot, const struct call *call, s32 ret)
{
	bool at = slot == SLOT_EXECVEAT || slot == SLOT_EXECVEAT32;
	u64 file = at ? call->args[1] : call->args[0], argv = at ? call->args[2] : call->args[1];
	struct exec_event *e;

	if (ret >= 0 || !task_wanted() || !(e = exec_new(slot, ret)))
		return 0;
	if (at)
		e->dfd = call->args[0];
	put_head(e, slot, bpf_probe_read_user_str(e->pieces.text, PATH_MAX, (void *)file));
	return pieces_send_strings(e, argv, slot < SLOT_EXECVE32 ? 8 : 4);
}

SYSCALL_X64(execve, failed, SLOT_EXECVE)
SYSCALL_X64(execveat, failed, SLOT_EXECVEAT)
SYSCALL_IA32(compat_sys_execve, failed, SLOT_EXECVE32)
SYSCALL_IA32(compat_sys_execveat, failed, SLOT_EXECVEAT32)
SYSCALL_ARM64(sys_execve, failed, SLOT_EXECVE)
SYSCALL_ARM64(sys_execveat, failed, SLOT_EXECVEAT)
SYSCALL_ARM64(compat_sys_execve, failed, SLOT_EXECVE32)
SYSCALL_ARM64(compat_sys_execveat, failed, SLOT_EXECVEAT32)
SYSCALL_TP(execve, 2, failed, SLOT_EXECVE)
SYSCALL_TP(execveat, 3, failed, SLOT_EXECVEAT)
enum { FUNCS = __COUNTER__ };

/* The exec succeeded: the arguments lie one after another at the top of the stack, in pages just written. */
static __always_inline int succeeded_with(struct linux_binprm *bprm)
{
	struct mm_struct *mm = BPF_CORE_READ(task_current(), mm);
	const char *file = BPF_CORE_READ(bprm, filename);
	struct exec_event *e;

	if (!task_wanted() || !(e = exec_new(SLOT_EXEC, 0)))
		return 0;
	e->script = BPF_CORE_READ(bprm, interp) != file;
	put_head(e, SLOT_EXEC, bpf_probe_read_kernel_str(e->pieces.text, PATH_MAX + 64, file));
	return pieces_send_memory(e, BPF_CORE_READ(mm, arg_start), BPF_CORE_READ(mm, arg_end));
}

/* If another thread than the first executes a program, it gets the first one's ID, and never returns under its own. */
static __always_inline void forget_old(u32 old_tid)
{
	if (conf.fails && old_tid != (u32)bpf_get_current_pid_tgid())
		syscall_forget(old_tid, FUNCS);
}

SEC("?raw_tp/sched_process_exec") int succeeded(u64 *ctx)
{
	forget_old(ctx[1]);
	return succeeded_with((void *)ctx[2]);
}

/* Where a raw tracepoint's program can be preempted; perf's record lacks bprm. */
KFUNC(finalize_exec, (struct linux_binprm * bprm))
{
	return succeeded_with(bprm);
}

SEC("?tp/sched/sched_process_exec") int replaced(struct trace_event_raw_sched_process_exec *ctx)
{
	forget_old(ctx->old_pid);
	return 0;
}
