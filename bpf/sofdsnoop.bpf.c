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
#define MAX_MESSAGES    8 /* control messages of one message, among them one with descriptors */
#define TS_COMPAT       2
#define THREAD_SIZE     16384

EVENT_SCRATCH(struct fd_event, FD_ACTIONS);
PATH_NAMES(fd_event, names, len, NAMES_LEN)

struct cmsghdr {
	u64 len;
	s32 level, type;
};

struct pt_regs___any {
};

/* The registers of the system call at work. */
static __always_inline void *call_regs(void)
{
	struct task_struct___stack *task = (void *)bpf_get_current_task();

	if (bpf_core_enum_value_exists(enum bpf_func_id, BPF_FUNC_task_pt_regs))
		return (void *)bpf_task_pt_regs(bpf_get_current_task_btf());
	/* until 5.14 */
	return BPF_CORE_READ(task, stack) + THREAD_SIZE - bpf_core_type_size(struct pt_regs___any);
}

/* The first argument of the system call at work: of those that send and receive, the socket. */
static __always_inline s32 call_fd(void)
{
	struct task_struct___stack *task = (void *)bpf_get_current_task();
	struct pt_regs___x86_syscall *x86 = call_regs();
	struct pt_regs___arm64_syscall *arm64 = (void *)x86;

	if (!bpf_core_field_exists(x86->di))
		return BPF_CORE_READ(arm64, regs[0]);
	if (BPF_CORE_READ(task, thread_info.status) & TS_COMPAT)
		return BPF_CORE_READ(x86, bx);
	return BPF_CORE_READ(x86, di);
}

static __always_inline struct file *fd_file(s32 fd)
{
	struct fdtable *fdt = BPF_CORE_READ(task_current(), files, fdt);
	struct file *file = NULL;

	if (fd >= 0 && (u32)fd < BPF_CORE_READ(fdt, max_fds))
		bpf_probe_read_kernel(&file, sizeof(file), BPF_CORE_READ(fdt, fd) + fd);
	return file;
}

static __always_inline void put_socket(struct fd_event *e)
{
	struct file *file;
	struct inode *inode;

	e->sock_fd = task_is_io_worker() ? -1 : call_fd();
	file = fd_file(e->sock_fd);
	inode = BPF_CORE_READ(file, f_inode);
	e->sock_ino = BPF_CORE_READ(inode, i_ino);
	if ((BPF_CORE_READ(inode, i_mode) & S_IFMT) != S_IFSOCK)
		e->sock_fd = -1; /* io_uring, or a way to call that is not known */
}

static __always_inline void put_file(struct fd_event *e, u32 slot, struct file *file)
{
	struct path path = BPF_CORE_READ(file, f_path);
	struct dentry *dentry = path.dentry;
	struct dentry___names *more = (void *)dentry;

	e->ino = BPF_CORE_READ(file, f_inode, i_ino);
	bpf_probe_read_kernel_str(e->fs, sizeof(e->fs), BPF_CORE_READ(dentry, d_sb, s_type, name));
	e->deleted = !BPF_CORE_READ(more, d_hash.pprev);
	e->len = 0;
	path_names(slot, path);
	e->is_path = e->len > 0;
	if (!e->is_path) { /* the root, or what is in no directory */
		long n = bpf_probe_read_kernel_str(e->names, PATH_NAME,
						   BPF_CORE_READ(dentry, d_name.name));

		if (n > 0)
			e->len = n;
	}
}

/* A global function: the verifier looks at it once, not for each descriptor. */
__noinline int send_fd(u32 action, s32 fd)
{
	struct fd_event *e = scratch_get(&scratch, action & 1);
	u64 id = bpf_get_current_pid_tgid();
	struct file *file = fd_file(fd);
	u32 len;

	if (!e)
		return 0;
	e->ts = bpf_ktime_get_ns();
	e->pid = id >> 32;
	e->tid = id;
	e->action = action;
	e->fd = fd;
	bpf_get_current_comm(e->comm, sizeof(e->comm));
	put_socket(e);
	put_file(e, action & 1, file);
	len = e->len;
	if (len <= sizeof(e->names))
		event_output(e, offsetof(struct fd_event, names) + len);
	return 0;
}

/* DATA: COUNT descriptors, in the kernel or with USER in the caller's memory. */
static __always_inline void send_fds(u32 action, void *data, u64 count, bool user)
{
	for (u32 i = 0; i < SCM_MAX_FD && i < count; i++) {
		s32 fd = -1;

		if (user)
			bpf_probe_read_user(&fd, sizeof(fd), data + i * sizeof(fd));
		else
			bpf_probe_read_kernel(&fd, sizeof(fd), data + i * sizeof(fd));
		send_fd(action, fd);
	}
}

/* All control messages were checked and are in the kernel, as 64-bit programs make them. */
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
			send_fds(FD_SEND, p + sizeof(cmsg), (cmsg.len - sizeof(cmsg)) / sizeof(s32),
				 false);
		p += (cmsg.len + 7) & ~7ULL;
	}
	return 0;
}

/* Where the kernel writes the descriptors that the receiver gets, until it has. */
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

static __always_inline int received(void)
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
		return 0; /* there was no room for any */
	bpf_probe_read_user(&cmsg, sizeof(cmsg), r.control);
	if (BPF_CORE_READ(msg, msg_flags) & MSG_CMSG_COMPAT) {
		cmsg.len = (u32)cmsg.len;
		head = 12;
	}
	if (cmsg.len > head)
		send_fds(FD_RECV, r.control + head, (cmsg.len - head) / sizeof(s32), true);
	return 0;
}

SEC("?fexit/scm_detach_fds") int scm_detach_fds_fexit(void *ctx)
{
	return received();
}

SEC("?kretprobe/scm_detach_fds") int scm_detach_fds_kretprobe(void *ctx)
{
	return received();
}
