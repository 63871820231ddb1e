// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "execsnoop.h"
#include "lib/event.bpf.h"
#include "lib/kernel_exec.h"
#include "lib/path.bpf.h"
#include "lib/probe.bpf.h"
#include "lib/task.bpf.h"

const volatile struct conf conf;

/* An event under construction, and how far it is: kept here, out of the verifier's sight. */
struct exec {
	struct exec_event e;
	/* The next pointer to an argument, and what is left to read of one; of arguments that lie
	 * side by side, the next and their end. */
	u64 arg, rest;
};
EVENT_SCRATCH(struct exec, SLOTS);
PATH_NAMES(exec, e.text, e.head_len, HEAD_LEN)

/* All but the text. */
static __always_inline struct exec *exec_new(u32 slot, s32 ret)
{
	struct exec *x = scratch_get(&scratch, slot);
	struct task_struct *task = task_current();
	u64 id = bpf_get_current_pid_tgid();
	struct task_struct *parent = BPF_CORE_READ(task, real_parent);
	struct exec_event *e = &x->e;

	if (!x)
		return NULL;
	e->ts = bpf_ktime_get_ns();
	e->cgroup = conf.where ? bpf_get_current_cgroup_id() : 0;
	e->mntns = conf.where ? BPF_CORE_READ(task, nsproxy, mnt_ns, ns.inum) : 0;
	e->pid = id >> 32;
	e->tid = id;
	e->ppid = BPF_CORE_READ(parent, tgid);
	e->uid = bpf_get_current_uid_gid();
	e->cpu = bpf_get_smp_processor_id();
	e->ret = ret;
	e->dfd = AT_FDCWD;
	bpf_get_current_comm(e->comm, sizeof(e->comm));
	BPF_CORE_READ_INTO(&e->pcomm, parent, comm);
	e->slot = slot;
	e->first = true;
	e->last = e->script = e->cut = false;
	return x;
}

/* N is the length of the file's name with its NUL, or an error. */
static __always_inline void put_head(struct exec_event *e, long n)
{
	if (n < 1) {
		e->text[0] = 0; /* not readable: the call failed with EFAULT */
		n = 1;
	}
	e->file_len = e->head_len = n;
	if (conf.where)
		path_names(e->slot, path_base(AT_FDCWD));
	e->len = e->head_len;
}

/* In a register that clang can't copy: the one that is compared is the one that is used. */
static __always_inline u64 exec_len(const struct exec_event *e)
{
	u64 len = e->len;

	asm volatile("" : "+r"(len));
	return len;
}

static __always_inline bool send_piece(struct exec_event *e)
{
	u64 len = exec_len(e);

	if (len > sizeof(e->text) ||
	    bpf_ringbuf_output(&events, e, offsetof(struct exec_event, text) + len, 0))
		return false;
	e->first = false;
	e->len = 0;
	return true;
}

static __always_inline int send_last(struct exec_event *e)
{
	e->last = true;
	if (!send_piece(e))
		count_add(&loss.events, 1);
	return 0;
}

/* The rest is missing.  Where there is no room for this piece, there may be for a shorter one. */
static __always_inline int send_cut(struct exec_event *e)
{
	e->cut = e->last = true;
	if (!send_piece(e)) {
		e->len = e->first ? e->head_len : 0;
		if (!send_piece(e)) {
			count_add(&loss.events, 1);
			return 0;
		}
	}
	count_add(&loss.cut, 1);
	return 0;
}

/*
 * Loops of many rounds call a global function for a few rounds at a time: the verifier looks
 * at it once.
 */
#define ROUNDS 16
enum step { STEP_MORE, STEP_DONE, STEP_CUT };

#define READ_LEN 8192 /* of an argument at a time */
#define READS    1024

/* Read a few arguments.  SIZE is that of a pointer. */
__noinline int read_args(u32 slot, u32 size)
{
	struct exec *x = scratch_get(&scratch, slot);

	if (!x)
		return STEP_CUT;
	for (int i = 0; i < ROUNDS; i++) {
		u64 off;
		long n;

		if (!x->rest) {
			if (bpf_probe_read_user(&x->rest, size == 4 ? 4 : 8, (void *)x->arg))
				return STEP_CUT;
			if (!x->rest)
				return STEP_DONE;
			x->arg += size;
		}
		off = exec_len(&x->e);
		if (off > sizeof(x->e.text) - READ_LEN) {
			if (!send_piece(&x->e))
				return STEP_CUT;
			off = 0;
		}
		n = bpf_probe_read_user_str(x->e.text + off, READ_LEN, (void *)x->rest);
		if (n < 0)
			return STEP_CUT;
		if (!n) { /* an empty string, before about 6.13: the NUL is not copied */
			x->e.text[off] = 0;
			n = 1;
		}
		if (n == READ_LEN) { /* there is more, or only the NUL: read that again */
			x->rest += --n;
		} else {
			x->rest = 0;
		}
		x->e.len = off + n;
	}
	return STEP_MORE;
}

/* The program could not be executed: its arguments are where the caller put them. */
static __always_inline int failed(u32 slot, int dfd, const char *file, u64 argv, u32 size, int ret)
{
	int step = STEP_MORE;
	struct exec *x;

	if (ret >= 0 || !task_wanted() || !(x = exec_new(slot, ret)))
		return 0;
	x->e.dfd = dfd;
	put_head(&x->e, bpf_probe_read_user_str(x->e.text, PATH_MAX, file));
	x->arg = argv;
	x->rest = 0;
	if (!argv)
		return send_last(&x->e);
	for (int i = 0; step == STEP_MORE && i < READS / ROUNDS; i++)
		step = read_args(slot, size);
	return step == STEP_DONE ? send_last(&x->e) : send_cut(&x->e);
}

#define FAILED(name, slot, size, type, dfd, file, argv)                     \
	KFUNC_RET(name, (struct type * regs), int ret)                      \
	{                                                                   \
		return failed(slot, dfd, (void *)BPF_CORE_READ(regs, file), \
			      BPF_CORE_READ(regs, argv), size, ret);        \
	}

#define X86    pt_regs___x86_call
#define ARM64  pt_regs___arm64_call
#define DFD(r) BPF_CORE_READ(regs, r)

FAILED(__x64_sys_execve, SLOT_EXECVE, 8, X86, AT_FDCWD, di, si)
FAILED(__x64_sys_execveat, SLOT_EXECVEAT, 8, X86, DFD(di), si, dx)
FAILED(__ia32_compat_sys_execve, SLOT_EXECVE32, 4, X86, AT_FDCWD, bx, cx)
FAILED(__ia32_compat_sys_execveat, SLOT_EXECVEAT32, 4, X86, DFD(bx), cx, dx)
FAILED(__arm64_sys_execve, SLOT_EXECVE, 8, ARM64, AT_FDCWD, regs[0], regs[1])
FAILED(__arm64_sys_execveat, SLOT_EXECVEAT, 8, ARM64, DFD(regs[0]), regs[1], regs[2])
FAILED(__arm64_compat_sys_execve, SLOT_EXECVE32, 4, ARM64, AT_FDCWD, regs[0], regs[1])
FAILED(__arm64_compat_sys_execveat, SLOT_EXECVEAT32, 4, ARM64, DFD(regs[0]), regs[1], regs[2])

/* Where neither fentry nor kprobes are: the system calls of 64-bit programs. */
enum { TP_EXECVE = __COUNTER__, TP_EXECVEAT = __COUNTER__, FUNCS = __COUNTER__ };

#define SYSCALL_EXEC(name, func, slot, dfd, file)                                              \
	SEC("?tp/syscalls/sys_enter_" #name) int name##_enter(struct syscall_trace_enter *ctx) \
	{                                                                                      \
		struct call call = { .args = { dfd, ctx->args[file], ctx->args[file + 1] } };  \
		return call_enter(func, &call);                                                \
	}                                                                                      \
	SEC("?tp/syscalls/sys_exit_" #name) int name##_exit(struct syscall_trace_exit *ctx)    \
	{                                                                                      \
		struct call call;                                                              \
		if (!call_leave(func, &call))                                                  \
			return 0;                                                              \
		return failed(slot, call.args[0], (void *)call.args[1], call.args[2], 8,       \
			      ctx->ret);                                                       \
	}

SYSCALL_EXEC(execve, TP_EXECVE, SLOT_EXECVE, AT_FDCWD, 0)
SYSCALL_EXEC(execveat, TP_EXECVEAT, SLOT_EXECVEAT, ctx->args[0], 1)

/* The kernel lets arguments and environment have 6 MB: three quarters of the usual stack. */
#define PIECES ((6 << 20) / PIECE_LEN + 1)

/* Read a few pieces, and send all but the last. */
__noinline int read_pieces(u32 slot)
{
	struct exec *x = scratch_get(&scratch, slot);

	if (!x)
		return STEP_CUT;
	for (int i = 0; i < ROUNDS; i++) {
		u64 off = exec_len(&x->e);
		u64 n = x->rest - x->arg;

		if (n > PIECE_LEN)
			n = PIECE_LEN;
		if (off > HEAD_LEN + 256 || bpf_probe_read_user(x->e.text + off, n, (void *)x->arg))
			return STEP_CUT;
		x->e.len = off + n;
		x->arg += n;
		if (x->arg == x->rest)
			return STEP_DONE;
		if (!send_piece(&x->e))
			return STEP_CUT;
	}
	return STEP_MORE;
}

/*
 * The program has replaced another: its arguments lie side by side at the top of
 * its stack, in pages just written.
 */
SEC("?raw_tp/sched_process_exec") int succeeded(u64 *ctx)
{
	struct mm_struct *mm = BPF_CORE_READ(task_current(), mm);
	struct linux_binprm *bprm = (void *)ctx[2];
	const char *file = BPF_CORE_READ(bprm, filename);
	u32 tid = bpf_get_current_pid_tgid(), old_tid = ctx[1];
	int step = STEP_MORE;
	struct exec *x;

	/* The call of a thread returns under the ID of its process: forget how it began. */
	for (u32 func = 0; conf.fails && old_tid != tid && func < FUNCS; func++)
		call_forget(func, old_tid);
	if (!task_wanted() || !(x = exec_new(SLOT_EXEC, 0)))
		return 0;
	x->e.script = BPF_CORE_READ(bprm, interp) != file;
	put_head(&x->e, bpf_probe_read_kernel_str(x->e.text, PATH_MAX + 64, file));
	x->arg = BPF_CORE_READ(mm, arg_start);
	x->rest = BPF_CORE_READ(mm, arg_end);
	for (int i = 0; step == STEP_MORE && i < PIECES / ROUNDS + 1; i++)
		step = read_pieces(SLOT_EXEC);
	return step == STEP_DONE ? send_last(&x->e) : send_cut(&x->e);
}
