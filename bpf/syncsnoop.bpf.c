// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "syncsnoop.h"
#include "lib/event.bpf.h"
#include "lib/kernel_names.h"
#include "lib/probe.bpf.h"
#include "lib/task.bpf.h"

static __noinline int report(u32 call)
{
	struct sync_event *e;

	if (!task_wanted() || !(e = event_new(struct sync_event)))
		return 0;
	event_begin(e);
	e->call = call;
	event_send(e);
	return 0;
}

/* The entry functions of system calls, for 64-bit and 32-bit programs. */
#define SYNC(function, call)         \
	KFUNC(function, ())          \
	{                            \
		return report(call); \
	}

SYNC(ksys_sync, CALL_SYNC) /* both call this, and BTF may lack __x64_sys_sync */
SYNC(__x64_sys_fsync, CALL_FSYNC)
SYNC(__x64_sys_fdatasync, CALL_FDATASYNC)
SYNC(__x64_sys_msync, CALL_MSYNC)
SYNC(__x64_sys_sync_file_range, CALL_SYNC_FILE_RANGE)
SYNC(__x64_sys_syncfs, CALL_SYNCFS)

SYNC(__ia32_sys_fsync, CALL_FSYNC)
SYNC(__ia32_sys_fdatasync, CALL_FDATASYNC)
SYNC(__ia32_sys_msync, CALL_MSYNC)
SYNC(__ia32_sys_ia32_sync_file_range, CALL_SYNC_FILE_RANGE)
SYNC(__ia32_sys_syncfs, CALL_SYNCFS)

SYNC(__arm64_sys_fsync, CALL_FSYNC)
SYNC(__arm64_sys_fdatasync, CALL_FDATASYNC)
SYNC(__arm64_sys_msync, CALL_MSYNC)
SYNC(__arm64_sys_sync_file_range, CALL_SYNC_FILE_RANGE)
SYNC(__arm64_sys_syncfs, CALL_SYNCFS)
SYNC(__arm64_compat_sys_aarch32_sync_file_range2, CALL_SYNC_FILE_RANGE)

#define SYNC_TP(name, call)                                      \
	SEC("?tp/syscalls/sys_enter_" #name) int name(void *ctx) \
	{                                                        \
		return report(call);                             \
	}

SYNC_TP(sync, CALL_SYNC)
SYNC_TP(fsync, CALL_FSYNC)
SYNC_TP(fdatasync, CALL_FDATASYNC)
SYNC_TP(msync, CALL_MSYNC)
SYNC_TP(sync_file_range, CALL_SYNC_FILE_RANGE)
SYNC_TP(syncfs, CALL_SYNCFS)

/* These can be called twice: the first call must not wait, and fails. */
#define SYNC_URING(function, call)                             \
	KFUNC(function, ())                                    \
	{                                                      \
		return task_is_io_worker() ? report(call) : 0; \
	}

SYNC_URING(io_fsync, CALL_URING_FSYNC)
SYNC_URING(io_sync_file_range, CALL_URING_RANGE)
