// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "shmsnoop.h"
#include "lib/event.bpf.h"
#include "lib/syscall.bpf.h"
#include "lib/task.bpf.h"

const volatile struct conf conf;

/* Calls of ipc(2). */
#define IPC_SHMAT  21
#define IPC_SHMDT  22
#define IPC_SHMGET 23
#define IPC_SHMCTL 24

static __always_inline int send(u32 what, u64 id, u64 addr, u64 size, u64 flags, s64 ret)
{
	struct shm_event *e;

	if ((conf.failed && (u64)ret < -4095ull) || !task_wanted() ||
	    !(e = event_new(struct shm_event)))
		return 0;
	event_begin(e);
	e->call = what;
	e->id = id;
	e->addr = addr;
	e->size = size;
	e->flags = flags;
	e->ret = ret;
	e->pad = 0;
	event_send(e);
	return 0;
}

static __noinline int report(u32 what, const struct call *call, s64 ret)
{
	const u64 *a = call->args;

	switch (what) {
	case SHM_GET:
		return send(SHM_GET, a[0], 0, a[1], a[2], ret);
	case SHM_AT:
		return send(SHM_AT, a[0], a[1], 0, a[2], ret);
	case SHM_DT:
		return send(SHM_DT, 0, a[0], 0, 0, ret);
	case SHM_CTL:
		return send(SHM_CTL, a[0], a[2], 0, a[1], ret);
	}
	return 0;
}

/* ipc(call, first, second, third, ptr): one system call for all, of old 32-bit programs. */
static __noinline int report_ipc(u32 what, const struct call *call, s64 ret)
{
	const u64 *a = call->args;
	u32 address = 0;

	switch ((u16)a[0]) {
	case IPC_SHMGET:
		return send(SHM_GET, a[1], 0, a[2], a[3], ret);
	case IPC_SHMAT:
		/* The address is where the third argument says. */
		if (!ret && !bpf_probe_read_user(&address, sizeof(address), (void *)a[3]))
			ret = address;
		return send(SHM_AT, a[1], a[4], 0, a[2], ret);
	case IPC_SHMDT:
		return send(SHM_DT, 0, a[4], 0, 0, ret);
	case IPC_SHMCTL:
		return send(SHM_CTL, a[1], a[4], 0, a[2], ret);
	}
	return 0;
}

SYSCALL_64(shmget, 3, report, SHM_GET)
SYSCALL_64(shmat, 3, report, SHM_AT)
SYSCALL_64(shmdt, 1, report, SHM_DT)
SYSCALL_64(shmctl, 3, report, SHM_CTL)

SYSCALL_IA32(sys_shmget, report, SHM_GET)
SYSCALL_IA32(compat_sys_shmat, report, SHM_AT)
SYSCALL_IA32(sys_shmdt, report, SHM_DT)
SYSCALL_IA32(compat_sys_shmctl, report, SHM_CTL)
SYSCALL_IA32(compat_sys_ipc, report_ipc, SHM_IPC)

SYSCALL_ARM64(compat_sys_shmat, report, SHM_AT)
SYSCALL_ARM64(compat_sys_old_shmctl, report, SHM_CTL)
