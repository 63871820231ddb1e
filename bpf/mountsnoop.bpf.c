// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "mountsnoop.h"
#include "lib/event.bpf.h"
#include "lib/syscall.bpf.h"
#include "lib/task.bpf.h"

#define FSCONFIG_SET_STRING     1
#define FSCONFIG_SET_PATH       3
#define FSCONFIG_SET_PATH_EMPTY 4

EVENT_SCRATCH(struct mount_event, 1);

/* Append a string from the caller's memory; NULL counts as an empty one. */
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

struct mount_attr {
	u64 set, clr, propagation, userns_fd;
};

/* A call's attributes replace arguments that are addresses; an int argument leaves room for another. */
static __always_inline void put_attr(struct mount_event *e, u64 user)
{
	struct mount_attr a = {};

	bpf_probe_read_user(&a, sizeof(a), (void *)user);
	e->args[0] = (u32)e->args[0] | a.userns_fd << 32;
	e->args[1] = a.set;
	e->args[2] = (u32)e->args[2] | a.propagation << 32;
	e->args[3] = a.clr;
}

static __noinline int report(u32 what, const struct call *call, s32 ret)
{
	struct mount_event *e = scratch_get(&scratch, 0);
	struct task_struct *task = task_current();
	const u64 *args = call->args;

	if (!e || !task_wanted())
		return 0;
	event_begin(e);
	__builtin_memcpy(e->args, args, sizeof(e->args));
	e->call = what;
	e->ret = ret;
	e->ppid = task_ppid(task);
	e->mnt_ns = BPF_CORE_READ(task, nsproxy, mnt_ns, ns.inum);
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
	} else if (what >= CALL_OPEN_TREE) {
		put_string(args[1]);
		if (what >= CALL_MOUNT_SETATTR)
			put_attr(e, args[3]);
	}
	event_output_to(e, text, e->len);
	return 0;
}

SYSCALL(mount, 5, report, CALL_MOUNT)
SYSCALL(umount, 2, report, CALL_UMOUNT)
SYSCALL(fsopen, 2, report, CALL_FSOPEN)
SYSCALL(fsconfig, 5, report, CALL_FSCONFIG)
SYSCALL(fsmount, 3, report, CALL_FSMOUNT)
SYSCALL(move_mount, 5, report, CALL_MOVE_MOUNT)
SYSCALL(open_tree, 3, report, CALL_OPEN_TREE)
SYSCALL(fspick, 3, report, CALL_FSPICK)
SYSCALL(mount_setattr, 5, report, CALL_MOUNT_SETATTR)
SYSCALL(open_tree_attr, 5, report, CALL_OPEN_TREE_ATTR)
