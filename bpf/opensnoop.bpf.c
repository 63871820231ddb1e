// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "opensnoop.h"
#include "lib/event.bpf.h"
#include "lib/path.bpf.h"
#include "lib/stack_event.bpf.h"
#include "lib/syscall.bpf.h"
#include "lib/task.bpf.h"
#include "lib/uring.bpf.h"

#define O_ACCMODE 3
#define O_PATH    010000000

const volatile struct conf conf;

enum slots { SLOT_OPEN, SLOT_HANDLE, SLOT_URING, SLOTS };
EVENT_SCRATCH(struct open_event, SLOTS);
EVENT_STACKS(SLOTS);
PATH_NAMES(open_event, path, paths_len, PATHS_LEN)

/* O_RDONLY has no bit, and O_PATH means that the file is not opened for reading. */
static __always_inline bool flags_wanted(u32 flags)
{
	if (!conf.flags && !conf.reading)
		return true;
	return flags & conf.flags || (conf.reading && !(flags & (O_ACCMODE | O_PATH)));
}

/* An event with everything but the path; NULL if the user did not ask for it. */
static __always_inline struct open_event *describe(u32 slot, u32 flags, u32 mode, s32 ret)
{
	struct open_event *e;

	if ((conf.failed && ret >= 0) || !flags_wanted(flags) || !task_wanted() ||
	    !(e = scratch_get(&scratch, slot)))
		return NULL;
	event_begin(e);
	e->uid = conf.uid ? bpf_get_current_uid_gid() : 0;
	e->flags = flags;
	e->mode = mode;
	e->ret = ret;
	e->by_handle = slot == SLOT_HANDLE;
	e->direct = false;
	return e;
}

/* Add the path as the caller gave it, with N as for string_len(). */
static __always_inline void put_path(struct open_event *e, u32 slot, int dfd, long n)
{
	e->path_len = e->paths_len = string_len(e->path, n);
	if (conf.full_path && e->path[0] && e->path[0] != '/')
		path_names(slot, path_base(dfd));
}

static __always_inline int send(void *ctx, u32 slot, struct open_event *e)
{
	if (conf.callers)
		event_stack(ctx, slot, e->ts);
	return event_output_to(e, path, e->paths_len);
}

static __always_inline int report(void *ctx, int dfd, u64 path, u32 flags, u32 mode, s32 ret)
{
	struct open_event *e = describe(SLOT_OPEN, flags, mode, ret);

	if (!e)
		return 0;
	put_path(e, SLOT_OPEN, dfd, bpf_probe_read_user_str(e->path, PATH_MAX, (void *)path));
	return send(ctx, SLOT_OPEN, e);
}

/* open, creat, openat and openat2, also of 32-bit programs. */
KFUNC_RET(do_sys_openat2, (int dfd, u64 path, struct open_how *how), int ret)
{
	if (conf.failed && ret >= 0) /* reject most opens at once */
		return 0;
	return report(ctx, dfd, path, ARG_READ(how, flags), ARG_READ(how, mode), ret);
}

/* The file is given by a handle instead of a path, so show where it is. */
KFUNC_RET(do_handle_open, (int mount_fd, void *handle, u32 flags), long ret)
{
	struct open_event *e = describe(SLOT_HANDLE, flags, 0, ret);

	if (!e)
		return 0;
	e->path_len = e->paths_len = string_len(e->path, 0);
	if (ret >= 0)
		path_names(SLOT_HANDLE, path_base(ret));
	return send(ctx, SLOT_HANDLE, e);
}

/* Opens by io_uring that have not returned yet, by thread. */
SPARSE_HASH(uring_opens, u32, struct open_event, 1024);

KFUNC(io_openat2, (struct io_kiocb * req))
{
	struct uring_open o = uring_open(req);
	struct open_event *e = describe(SLOT_URING, o.flags, o.mode, URING_UNTOLD);
	u32 tid = bpf_get_current_pid_tgid();

	if (!e)
		return 0;
	e->direct = o.direct;
	put_path(e, SLOT_URING, o.dfd, bpf_probe_read_kernel_str(e->path, PATH_MAX, o.path));
	map_put(&uring_opens, &tid, e);
	return 0;
}

/* Loaded only before 5.19, where the request does not keep the result. */
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
	u32 tid = bpf_get_current_pid_tgid();
	struct open_event *e = bpf_map_lookup_elem(&uring_opens, &tid);

	if (!e)
		return 0;
	e->ret = uring_result(req, e->ret);
	if (ret != -EAGAIN && !(conf.failed && e->ret >= 0))
		send(ctx, SLOT_URING, e);
	bpf_map_delete_elem(&uring_opens, &tid);
	return 0;
}

/* If there is neither fentry nor kprobes: the system calls of 64-bit programs. */
#define O_CREAT_WRONLY_TRUNC 01101
#define ARG(n)               call.args[n]

static __always_inline int report_how(void *ctx, int dfd, u64 path, u64 how, s32 ret)
{
	struct open_how h = {};

	bpf_probe_read_user(&h, sizeof(h), (void *)how);
	return report(ctx, dfd, path, h.flags, h.mode, ret);
}

SYSCALL_TP_DO(open, 3, report(ctx, AT_FDCWD, ARG(0), ARG(1), ARG(2), ctx->ret))
SYSCALL_TP_DO(creat, 2, report(ctx, AT_FDCWD, ARG(0), O_CREAT_WRONLY_TRUNC, ARG(1), ctx->ret))
SYSCALL_TP_DO(openat, 4, report(ctx, ARG(0), ARG(1), ARG(2), ARG(3), ctx->ret))
SYSCALL_TP_DO(openat2, 3, report_how(ctx, ARG(0), ARG(1), ARG(2), ctx->ret))
