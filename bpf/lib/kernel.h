/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The kernel types and fields that the tools depend on; the kernel_*.h files have
 * those of single families of tools.  Only names and types matter here, not layout:
 * libbpf relocates each access against the running kernel's BTF.  A ___suffix names
 * another version of the same type; its comment says which kernels have it.
 */
#pragma once
#include "types.h"
#include <linux/bpf.h>

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#define AF_INET  2
#define AF_INET6 10

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

/* Registers at a kprobe; one object serves every little-endian 64-bit CPU. */
struct pt_regs___x86 {
	unsigned long di, si, dx, cx, r8, r9, ax, ip, sp, bp, orig_ax;
};
struct pt_regs___arm64 {
	u64 regs[31], sp, pc;
};

/* tracepoint:syscalls:* */
struct syscall_trace_enter {
	int nr;
	unsigned long args[];
};
struct syscall_trace_exit {
	int nr;
	long ret;
};

struct thread_info {
	unsigned long flags;
	u32 status; /* x86 only */
};
struct task_struct___compat {
	struct thread_info thread_info;
};

struct qstr {
	u32 len;
	const unsigned char *name;
};
struct file_system_type {
	const char *name;
};
struct super_block {
	u32 s_dev;
	struct file_system_type *s_type;
};
struct inode {
	unsigned short i_mode;
	unsigned long i_ino;
	u32 i_rdev;
	s64 i_size;
	struct super_block *i_sb;
};
struct dentry {
	struct dentry *d_parent;
	struct qstr d_name;
	struct inode *d_inode;
	struct super_block *d_sb;
};
struct vfsmount {
	struct dentry *mnt_root;
};
struct vfsmount___5_12 { /* until 6.1 */
	void *mnt_userns;
};
struct vfsmount___6_2 {
	void *mnt_idmap;
};
struct mount {
	struct mount *mnt_parent;
	struct dentry *mnt_mountpoint;
	struct vfsmount mnt;
};
struct path {
	struct vfsmount *mnt;
	struct dentry *dentry;
};
struct file {
	struct path f_path;
	struct inode *f_inode;
	unsigned int f_flags;
};
struct fdtable {
	unsigned int max_fds;
	struct file **fd;
};
struct files_struct {
	struct fdtable *fdt;
};
struct fs_struct {
	struct path root, pwd;
};

struct filename {
	const char *name;
};

struct open_how {
	u64 flags, mode;
};

struct ns_common {
	unsigned int inum;
};
struct mnt_namespace {
	struct ns_common ns;
};
struct net;
struct nsproxy {
	struct mnt_namespace *mnt_ns;
	struct net *net_ns;
};

struct pid_namespace {
	struct ns_common ns;
};
struct upid {
	int nr;
	struct pid_namespace *ns;
};
struct pid {
	unsigned int level;
	struct upid numbers[1]; /* one per namespace, from the initial one on */
};

struct mm_struct {
	unsigned long arg_start, arg_end, task_size;
};
struct task_struct {
	int pid, tgid;
	char comm[COMM_LEN];
	struct task_struct *real_parent, *group_leader;
	struct pid *thread_pid;
	struct mm_struct *mm;
	struct fs_struct *fs;
	struct files_struct *files;
	struct nsproxy *nsproxy;
};

#pragma clang attribute pop

/* A dual license, so that the kernel lets the programs use its GPL helpers. */
char LICENSE[] SEC("license") = "Dual BSD/GPL";
