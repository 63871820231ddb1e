// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "opensnoop.h"
#include "lib/event.bpf.h"
#include "lib/kernel.h"
#include "lib/path.bpf.h"
#include "lib/probe.bpf.h"
#include "lib/stack.bpf.h"
#include "lib/task.bpf.h"

const volatile struct conf conf;

enum slots { SLOT_OPEN, SLOTS };
EVENT_SCRATCH(struct open_event, SLOTS);

static __always_inline bool wanted(int ret, u32 flags)
{
	return !(conf.failed && ret >= 0) && !(conf.flags && !(flags & conf.flags)) &&
	       task_wanted();
}

static __always_inline int report(void *ctx, u32 slot, int dfd, const char *path, u32 flags,
				  u32 mode, int ret)
{
	struct open_event *e = scratch_get(&scratch, slot);
	u64 id = bpf_get_current_pid_tgid();
	u32 len;
	long n;

	if (!e)
		return 0;
	e->ts = bpf_ktime_get_ns();
	e->pid = id >> 32;
	e->tid = id;
	e->uid = bpf_get_current_uid_gid();
	e->ret = ret;
	e->flags = flags;
	e->mode = mode;
	e->stack.user = conf.callers ? stack_id(ctx, BPF_F_USER_STACK) : -1;
	bpf_get_current_comm(e->comm, sizeof(e->comm));
	n = bpf_probe_read_user_str(e->path, 4096, path);
	if (n < 1) {
		e->path[0] = 0; /* not readable: the open failed with EFAULT */
		n = 1;
	}
	e->path_len = e->paths_len = len = n & (PATHS_LEN - 1);
	if (conf.full_path && e->path[0] != '/') {
		path_names(e->path, &e->paths_len, PATHS_LEN, path_base(dfd));
		len = e->paths_len;
		if (len > sizeof(e->path))
			return 0; /* can't be */
	}
	event_output(e, offsetof(struct open_event, path) + len);
	return 0;
}

/* open, creat, openat, openat2, and those of 32-bit programs. */
KFUNC_RET(do_sys_openat2, (int dfd, const char *path, struct open_how___uapi *how), int ret)
{
	struct open_how___uapi h = {};

	bpf_probe_read_kernel(&h, sizeof(h), how);
	if (!wanted(ret, h.flags))
		return 0;
	return report(ctx, SLOT_OPEN, dfd, path, h.flags, h.mode, ret);
}

/* Where neither fentry nor kprobes are: the system calls of 64-bit programs. */
enum { SYSCALL = 1000 };

static __always_inline int enter(int dfd, unsigned long path, u32 flags, u32 mode)
{
	struct call call = { { dfd, path, flags, mode } };

	return task_wanted() ? call_enter(SYSCALL, &call) : 0;
}

static __always_inline int leave(void *ctx, int ret)
{
	struct call call;

	if (!call_leave(SYSCALL, &call) || !wanted(ret, call.args[2]))
		return 0;
	return report(ctx, SLOT_OPEN, call.args[0], (void *)call.args[1], call.args[2],
		      call.args[3], ret);
}

#define SYSCALL_OPEN(name, dfd, path, flags, mode)                                                 \
	SEC("?tp/syscalls/sys_enter_" #name) int name##_enter(struct syscall_trace_enter *ctx)     \
	{                                                                                          \
		return enter(dfd, ctx->args[path], flags, mode);                                   \
	}                                                                                          \
	SEC("?tp/syscalls/sys_exit_" #name) int name##_exit(struct syscall_trace_exit *ctx)        \
	{                                                                                          \
		return leave(ctx, ctx->ret);                                                       \
	}

#define O_CREAT_WRONLY_TRUNC 01101

SYSCALL_OPEN(open, AT_FDCWD, 0, ctx->args[1], ctx->args[2])
SYSCALL_OPEN(creat, AT_FDCWD, 0, O_CREAT_WRONLY_TRUNC, ctx->args[1])
SYSCALL_OPEN(openat, ctx->args[0], 1, ctx->args[2], ctx->args[3])

SEC("?tp/syscalls/sys_enter_openat2") int openat2_enter(struct syscall_trace_enter *ctx)
{
	struct open_how___uapi h = {};

	bpf_probe_read_user(&h, sizeof(h), (void *)ctx->args[2]);
	return enter(ctx->args[0], ctx->args[1], h.flags, h.mode);
}

SEC("?tp/syscalls/sys_exit_openat2") int openat2_exit(struct syscall_trace_exit *ctx)
{
	return leave(ctx, ctx->ret);
}
