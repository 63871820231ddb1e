// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "sofdsnoop.h"
#include "lib/event.bpf.h"
#include "lib/kernel_names.h"
#include "lib/path.bpf.h"
#include "lib/syscall.bpf.h"
#include "lib/task.bpf.h"

#define S_IFMT   0170000
#define S_IFSOCK 0140000

#define SOL_SOCKET      1
#define SCM_RIGHTS      1
#define SCM_MAX_FD      253
#define MSG_CMSG_COMPAT 0x80000000
#define MAX_MESSAGES    8 /* control messages in a message, including one with descriptors */

EVENT_SCRATCH(struct fd_event, FD_ACTIONS);
PATH_NAMES(fd_event, names, len, NAMES_LEN)

struct cmsghdr {
	u64 len;
	s32 level, type;
};

static __always_inline void put_socket(struct fd_event *e)
{
	struct file *file;
	struct inode *inode;

	e->sock_fd = task_is_io_worker() ? -1 : syscall_first_arg();
	file = task_file(e->sock_fd);
	inode = BPF_CORE_READ(file, f_inode);
	e->sock_ino = BPF_CORE_READ(inode, i_ino);
	if ((BPF_CORE_READ(inode, i_mode) & S_IFMT) != S_IFSOCK)
		e->sock_fd = -1; /* io_uring, or an unknown system call */
}

static __always_inline void put_file(struct fd_event *e, u32 slot, struct file *file)
{
	struct path path = BPF_CORE_READ(file, f_path);
	struct dentry *dentry = path.dentry;
	struct dentry___names *more = (void *)dentry;
	bool unreachable;

	e->ino = BPF_CORE_READ(file, f_inode, i_ino);
	bpf_probe_read_kernel_str(e->fs, sizeof(e->fs), BPF_CORE_READ(dentry, d_sb, s_type, name));
	e->deleted = !BPF_CORE_READ(more, d_hash.pprev);
	e->len = 0;
	unreachable = path_names(slot, path) == PATH_UNREACHABLE;
	e->is_path = e->len > (unreachable ? PATH_MARK_BYTES : 0); /* more than the mark */
	if (!e->is_path) /* the root, or a file in no directory */
		e->len = read_name(e->names, PATH_NAME, BPF_CORE_READ(dentry, d_name.name));
}

/*
 * AT: a descriptor, in kernel memory or, when received, in the caller's.  It is global, so that the
 * verifier looks at it once, not for each descriptor.
 */
__noinline int send_fd(u32 action, u64 at)
{
	struct fd_event *e = scratch_get(&scratch, action & 1);
	struct file *file;
	s32 fd = -1;

	if (!e)
		return 0;
	if (action == FD_RECV)
		bpf_probe_read_user(&fd, sizeof(fd), (void *)at);
	else
		bpf_probe_read_kernel(&fd, sizeof(fd), (void *)at);
	file = task_file(fd);
	event_begin(e);
	e->action = action;
	e->fd = fd;
	put_socket(e);
	put_file(e, action & 1, file);
	event_output_to(e, names, e->len);
	return 0;
}

/* DATA: COUNT descriptors.  Also global. */
__noinline int send_fds(u32 action, u64 data, u64 count)
{
	for (u32 i = 0; i < SCM_MAX_FD && i < count; i++, data += sizeof(s32))
		send_fd(action, data);
	return 0;
}

/* All control messages have been checked and copied to the kernel, in the 64-bit layout. */
KFUNC_RET(__scm_send, (void *sock, void *arg), int ret)
{
	struct msghdr *msg = arg;
	void *p = BPF_CORE_READ(msg, msg_control), *end = p + BPF_CORE_READ(msg, msg_controllen);

	if (ret || !task_wanted())
		return 0;
	for (int i = 0; i < MAX_MESSAGES && p + sizeof(struct cmsghdr) <= end; i++) {
		struct cmsghdr cmsg = {};

		bpf_probe_read_kernel(&cmsg, sizeof(cmsg), p);
		if (cmsg.len < sizeof(cmsg))
			return 0;
		if (cmsg.level == SOL_SOCKET && cmsg.type == SCM_RIGHTS)
			send_fds(FD_SEND, (u64)p + sizeof(cmsg),
				 (cmsg.len - sizeof(cmsg)) / sizeof(s32));
		p += (cmsg.len + 7) & ~7ULL;
	}
	return 0;
}

/* Where the kernel will write the receiver's descriptors, kept until it has. */
struct receiving {
	struct msghdr *msg;
	void *control;
};
HASH(receiving, u32, struct receiving, 10240);

KFUNC(scm_detach_fds, (void *arg))
{
	struct msghdr *msg = arg;
	u32 tid = bpf_get_current_pid_tgid();
	struct receiving r = { msg, BPF_CORE_READ(msg, msg_control) };

	if (task_wanted())
		map_put(&receiving, &tid, &r);
	return 0;
}

KFUNC_END(scm_detach_fds)
{
	u32 tid = bpf_get_current_pid_tgid();
	struct receiving *p = bpf_map_lookup_elem(&receiving, &tid), r;
	struct cmsghdr cmsg = {};
	u64 head = sizeof(cmsg);
	struct msghdr *msg;

	if (!p)
		return 0;
	r = *p;
	msg = r.msg;
	bpf_map_delete_elem(&receiving, &tid);
	if (BPF_CORE_READ(msg, msg_control) == r.control)
		return 0; /* the receiver had no room for any */
	bpf_probe_read_user(&cmsg, sizeof(cmsg), r.control);
	if (BPF_CORE_READ(msg, msg_flags) & MSG_CMSG_COMPAT) {
		cmsg.len = (u32)cmsg.len;
		head = 12;
	}
	if (cmsg.len > head)
		send_fds(FD_RECV, (u64)r.control + head, (cmsg.len - head) / sizeof(s32));
	return 0;
}
