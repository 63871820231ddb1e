// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "mountsnoop.h"
#include "lib/event.bpf.h"
#include "lib/syscall.bpf.h"
#include "lib/task.bpf.h"

#define FSCONFIG_SET_STRING     1
#define FSCONFIG_SET_PATH       3
#define FSCONFIG_SET_PATH_EMPTY 4

EVENT_SCRATCH(struct mount_event, 1);

/* Put a string of the caller's behind those that are there: NULL is an empty one. */
static __noinline int put_string(u64 user)
{
	struct mount_event *e = scratch_get(&scratch, 0);
	u32 off;
	long n;

	if (!e)
		return 0;
	off = e->len & (STRINGS * STRING_LEN - 1);
	n = bpf_probe_read_user_str(e->text + off, STRING_LEN, (void *)user);
	if (n < 1) {
		e->text[off] = 0;
		n = 1;
	}
	e->len = off + n;
	return 0;
}

static __noinline int report(u32 what, const struct call *call, s32 ret)
{
	struct mount_event *e = scratch_get(&scratch, 0);
	struct task_struct *task = task_current();
	u64 id = bpf_get_current_pid_tgid();
	const u64 *args = call->args;
	u32 len;

	if (!e || !task_wanted())
		return 0;
	e->ts = bpf_ktime_get_ns();
	__builtin_memcpy(e->args, args, sizeof(e->args));
	e->call = what;
	e->ret = ret;
	e->pid = id >> 32;
	e->tid = id;
	e->ppid = task_ppid(task);
	e->mnt_ns = BPF_CORE_READ(task, nsproxy, mnt_ns, ns.inum);
	bpf_get_current_comm(e->comm, sizeof(e->comm));
	BPF_CORE_READ_INTO(&e->pcomm, task, real_parent, comm);
	e->len = 0;
	if (what == CALL_MOUNT) {
		put_string(args[0]);
		put_string(args[1]);
		put_string(args[2]);
		put_string(args[4]);
	} else if (what == CALL_UMOUNT || what == CALL_FSOPEN) {
		put_string(args[0]);
	} else if (what == CALL_FSCONFIG) {
		u32 cmd = args[1];

		put_string(args[2]);
		put_string(cmd == FSCONFIG_SET_STRING || cmd == FSCONFIG_SET_PATH ||
					   cmd == FSCONFIG_SET_PATH_EMPTY
				   ? args[3]
				   : 0);
	} else if (what == CALL_MOVE_MOUNT) {
		put_string(args[1]);
		put_string(args[3]);
	}
	len = e->len;
	if (len <= sizeof(e->text))
		event_output(e, offsetof(struct mount_event, text) + len);
	return 0;
}

#define MOUNT_CALL(name, n, call)               \
	SYSCALL_X64(name, report, call)         \
	SYSCALL_IA32(sys_##name, report, call)  \
	SYSCALL_ARM64(sys_##name, report, call) \
	SYSCALL_TP(name, n, report, call)

MOUNT_CALL(mount, 5, CALL_MOUNT)
MOUNT_CALL(umount, 2, CALL_UMOUNT)
MOUNT_CALL(fsopen, 2, CALL_FSOPEN)
MOUNT_CALL(fsconfig, 5, CALL_FSCONFIG)
MOUNT_CALL(fsmount, 3, CALL_FSMOUNT)
MOUNT_CALL(move_mount, 5, CALL_MOVE_MOUNT)
