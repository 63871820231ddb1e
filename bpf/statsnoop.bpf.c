// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "statsnoop.h"
#include "lib/event.bpf.h"
#include "lib/kernel_names.h"
#include "lib/syscall.bpf.h"
#include "lib/task.bpf.h"

const volatile struct conf conf;

enum slots { SLOT_CALL, SLOT_URING, SLOTS };
EVENT_SCRATCH(struct stat_event, SLOTS);

/* An event with everything but the path. */
static __always_inline struct stat_event *describe(u32 slot, u32 call, s32 ret)
{
	struct stat_event *e;

	if ((conf.failed && ret >= 0) || !task_wanted() || !(e = scratch_get(&scratch, slot)))
		return NULL;
	event_begin(e);
	e->ret = ret;
	e->call = call;
	return e;
}

/* N is the path's length with its NUL, or an error if the call failed with EFAULT. */
static __always_inline int send(struct stat_event *e, long n)
{
	if (n < 1) {
		e->path[0] = 0;
		n = 1;
	}
	event_output_to(e, path, n);
	return 0;
}

static __noinline int report(u32 what, const struct call *call, s32 ret)
{
	u64 path = what < CALL_BELOW_DIR ? call->args[0] : call->args[1];
	struct stat_event *e = describe(SLOT_CALL, what, ret);

	return e ? send(e, bpf_probe_read_user_str(e->path, sizeof(e->path), (void *)path)) : 0;
}

SYSCALL_X64(newstat, report, CALL_NEWSTAT)
SYSCALL_X64(newlstat, report, CALL_NEWLSTAT)
SYSCALL_TP(newstat, 2, report, CALL_NEWSTAT)
SYSCALL_TP(newlstat, 2, report, CALL_NEWLSTAT)
SYSCALL_64(newfstatat, 4, report, CALL_NEWFSTATAT)
SYSCALL_64(statfs, 2, report, CALL_STATFS)
SYSCALL(statx, 5, report, CALL_STATX)

SYSCALL_IA32(compat_sys_newstat, report, CALL_NEWSTAT)
SYSCALL_IA32(compat_sys_newlstat, report, CALL_NEWLSTAT)
SYSCALL_IA32(compat_sys_ia32_stat64, report, CALL_STAT64)
SYSCALL_IA32(compat_sys_ia32_lstat64, report, CALL_LSTAT64)
SYSCALL_IA32(compat_sys_ia32_fstatat64, report, CALL_FSTATAT64)
SYSCALL_IA32(compat_sys_statfs, report, CALL_STATFS)
SYSCALL_IA32(compat_sys_statfs64, report, CALL_STATFS64)

SYSCALL_ARM64(compat_sys_newstat, report, CALL_NEWSTAT)
SYSCALL_ARM64(compat_sys_newlstat, report, CALL_NEWLSTAT)
SYSCALL_ARM64(sys_stat64, report, CALL_STAT64)
SYSCALL_ARM64(sys_lstat64, report, CALL_LSTAT64)
SYSCALL_ARM64(sys_fstatat64, report, CALL_FSTATAT64)
SYSCALL_ARM64(compat_sys_statfs, report, CALL_STATFS)
SYSCALL_ARM64(compat_sys_aarch32_statfs64, report, CALL_STATFS64)

/*
 * A statx by io_uring always runs in one of its workers, which makes no system calls.
 * The path is a struct filename; before 5.18, it is still in the caller's memory.
 */
KFUNC_RET(do_statx, (int dfd, void *path), int ret)
{
	struct filename *name = path;
	struct stat_event *e;
	long n;

	if (!task_is_io_worker() || !(e = describe(SLOT_URING, CALL_URING_STATX, ret)))
		return 0;
	n = bpf_probe_read_user_str(e->path, sizeof(e->path), path);
	if (n < 0)
		n = bpf_probe_read_kernel_str(e->path, sizeof(e->path), BPF_CORE_READ(name, name));
	return send(e, n);
}
