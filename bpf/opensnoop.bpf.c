// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "opensnoop.h"
#include "lib/event.bpf.h"
#include "lib/kernel.h"
#include "lib/path.bpf.h"
#include "lib/probe.bpf.h"
#include "lib/stack.bpf.h"
#include "lib/task.bpf.h"

const volatile struct conf conf;

enum slots { SLOT_OPEN, SLOT_HANDLE, SLOT_URING, SLOTS };
EVENT_SCRATCH(struct open_event, SLOTS);
PATH_NAMES(open_event, path, paths_len, PATHS_LEN)

static __always_inline bool wanted(int ret, u32 flags)
{
	return !(conf.failed && ret >= 0) && !(conf.flags && !(flags & conf.flags)) &&
	       task_wanted();
}

/* An event with all but its path and result. */
static __always_inline struct open_event *describe(void *ctx, u32 slot, u32 flags, u32 mode)
{
	struct open_event *e = scratch_get(&scratch, slot);
	u64 id = bpf_get_current_pid_tgid();

	if (!e)
		return NULL;
	e->ts = bpf_ktime_get_ns();
	e->pid = id >> 32;
	e->tid = id;
	e->uid = bpf_get_current_uid_gid();
	e->flags = flags;
	e->mode = mode;
	e->stack.kernel = -1;
	e->stack.user = conf.callers ? stack_id(ctx, BPF_F_USER_STACK) : -1;
	e->by_handle = slot == SLOT_HANDLE;
	bpf_get_current_comm(e->comm, sizeof(e->comm));
	return e;
}

/* The path as the caller gave it: N is its length with the NUL, or an error. */
static __always_inline void put_path(struct open_event *e, u32 slot, int dfd, long n)
{
	if (n < 1) {
		e->path[0] = 0; /* not readable: the open failed with EFAULT */
		n = 1;
	}
	e->path_len = e->paths_len = n;
	if (conf.full_path && e->path[0] && e->path[0] != '/')
		path_names(slot, path_base(dfd));
}

static __always_inline int send(struct open_event *e, s32 ret)
{
	u32 len = e->paths_len;

	e->ret = ret;
	if (len <= sizeof(e->path))
		event_output(e, offsetof(struct open_event, path) + len);
	return 0;
}

static __always_inline int report(void *ctx, int dfd, const char *path, u32 flags, u32 mode,
				  s32 ret)
{
	struct open_event *e = wanted(ret, flags) ? describe(ctx, SLOT_OPEN, flags, mode) : NULL;

	if (!e)
		return 0;
	put_path(e, SLOT_OPEN, dfd, bpf_probe_read_user_str(e->path, PATH_MAX, path));
	return send(e, ret);
}

/* open, creat, openat, openat2, and those of 32-bit programs. */
KFUNC_RET(do_sys_openat2, (int dfd, const char *path, struct open_how *how), int ret)
{
	if (conf.failed && ret >= 0) /* the most of them, at once */
		return 0;
	return report(ctx, dfd, path, ARG_READ(how, flags), ARG_READ(how, mode), ret);
}

/* The file has a handle instead of a path: show where it is. */
KFUNC_RET(do_handle_open, (int mount_fd, void *handle, u32 flags), long ret)
{
	struct open_event *e = wanted(ret, flags) ? describe(ctx, SLOT_HANDLE, flags, 0) : NULL;

	if (!e)
		return 0;
	e->path[0] = 0;
	e->path_len = e->paths_len = 1;
	if (ret >= 0)
		path_names(SLOT_HANDLE, path_base(ret));
	return send(e, ret);
}

/*
 * An open by io_uring: its path is gone when the function returns, and before
 * 5.19 its result was not kept, but told by a tracepoint on the way.
 */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 1024);
	__type(key, u32); /* thread */
	__type(value, struct open_event);
} uring_opens SEC(".maps");

#define UNKNOWN -4096 /* no errno */

KFUNC(io_openat2, (struct io_kiocb * req))
{
	struct io_kiocb___5_15 *old = (void *)req;
	struct io_open *o = bpf_core_field_exists(req->cmd) ? (void *)&req->cmd : &old->open;
	struct io_open___7_0 *newer = (void *)o;
	u32 tid = bpf_get_current_pid_tgid(), flags = BPF_CORE_READ(o, how.flags);
	struct open_event *e;
	struct filename *name;

	if (!wanted(-1, flags) ||
	    !(e = describe(ctx, SLOT_URING, flags, BPF_CORE_READ(o, how.mode))))
		return 0;
	if (bpf_core_field_exists(newer->filename.__incomplete_filename))
		name = BPF_CORE_READ(newer, filename.__incomplete_filename);
	else
		name = BPF_CORE_READ(o, filename);
	put_path(e, SLOT_URING, BPF_CORE_READ(o, dfd),
		 bpf_probe_read_kernel_str(e->path, PATH_MAX, BPF_CORE_READ(name, name)));
	e->ret = UNKNOWN;
	map_put(&uring_opens, &tid, e);
	return 0;
}

SEC("?raw_tp/io_uring_complete") int uring_complete(u64 *ctx)
{
	u32 tid = bpf_get_current_pid_tgid();
	struct open_event *e = bpf_map_lookup_elem(&uring_opens, &tid);

	if (e)
		e->ret = ctx[2];
	return 0;
}

KFUNC_RET(io_openat2, (struct io_kiocb * req), int ret)
{
	struct io_kiocb___5_15 *old = (void *)req;
	u32 tid = bpf_get_current_pid_tgid();
	struct open_event *e = bpf_map_lookup_elem(&uring_opens, &tid);
	s32 res;

	if (!e)
		return 0;
	if (bpf_core_field_exists(req->cqe))
		res = BPF_CORE_READ(req, cqe.res);
	else
		res = e->ret != UNKNOWN ? e->ret : (s32)BPF_CORE_READ(old, result);
	/* -EAGAIN: it would block, and will be tried again by a kernel thread */
	if (ret != -11 && !(conf.failed && res >= 0))
		send(e, res);
	bpf_map_delete_elem(&uring_opens, &tid);
	return 0;
}

/* Where neither fentry nor kprobes are: the system calls of 64-bit programs. */
enum { SYSCALL = 1000 };

static __always_inline int enter(int dfd, unsigned long path, u32 flags, u32 mode)
{
	struct call call = { .args = { dfd, path, flags, mode } };

	return task_wanted() ? call_enter(SYSCALL, &call) : 0;
}

static __always_inline int leave(void *ctx, int ret)
{
	struct call call;

	if (!call_leave(SYSCALL, &call))
		return 0;
	return report(ctx, call.args[0], (void *)call.args[1], call.args[2], call.args[3], ret);
}

#define SYSCALL_OPEN(name, dfd, path, flags, mode)                                             \
	SEC("?tp/syscalls/sys_enter_" #name) int name##_enter(struct syscall_trace_enter *ctx) \
	{                                                                                      \
		return enter(dfd, ctx->args[path], flags, mode);                               \
	}                                                                                      \
	SEC("?tp/syscalls/sys_exit_" #name) int name##_exit(struct syscall_trace_exit *ctx)    \
	{                                                                                      \
		return leave(ctx, ctx->ret);                                                   \
	}

#define O_CREAT_WRONLY_TRUNC 01101

SYSCALL_OPEN(open, AT_FDCWD, 0, ctx->args[1], ctx->args[2])
SYSCALL_OPEN(creat, AT_FDCWD, 0, O_CREAT_WRONLY_TRUNC, ctx->args[1])
SYSCALL_OPEN(openat, ctx->args[0], 1, ctx->args[2], ctx->args[3])

SEC("?tp/syscalls/sys_enter_openat2") int openat2_enter(struct syscall_trace_enter *ctx)
{
	struct open_how h = {};

	bpf_probe_read_user(&h, sizeof(h), (void *)ctx->args[2]);
	return enter(ctx->args[0], ctx->args[1], h.flags, h.mode);
}

SEC("?tp/syscalls/sys_exit_openat2") int openat2_exit(struct syscall_trace_exit *ctx)
{
	return leave(ctx, ctx->ret);
}
