/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The current task: who it is, and whether the user asked for it. */
#pragma once
#include "kernel.h"
#include "pid.bpf.h"

const volatile struct task_filter task_filter;

/* These maps are created only when the option is given. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, u8);
} filter_ids SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_CGROUP_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, u32);
} filter_cgroup SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__type(key, u64);
	__type(value, u64);
} cgroupmap SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__type(key, u64);
	__type(value, u32);
} mntnsmap SEC(".maps");

/* The cgroup of each traced process, which may have ended by the time its row is printed. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 16384);
	__type(key, u32);
	__type(value, u64);
} task_cgroups SEC(".maps");

static __always_inline struct task_struct *task_current(void)
{
	return (void *)bpf_get_current_task();
}

#define X86_TS_COMPAT   2
#define ARM64_TIF_32BIT 22

/* Was the task's system call made by a 32-bit program? */
static __always_inline bool syscall_is_compat_of(struct task_struct *t)
{
	struct task_struct___compat *task = (void *)t;

	if (bpf_core_field_exists(task->thread_info.status))
		return BPF_CORE_READ(task, thread_info.status) & X86_TS_COMPAT;
	return BPF_CORE_READ(task, thread_info.flags) & 1UL << ARM64_TIF_32BIT;
}

/* Was that of the current task? */
static __always_inline bool syscall_is_compat(void)
{
	return syscall_is_compat_of(task_current());
}

/* The same where the kernel's types are known, at a fraction of the cost. */
static __always_inline bool syscall_is_compat_typed(const bool typed)
{
	const struct task_struct___compat *task;

	if (!typed || !bpf_core_enum_value_exists(enum bpf_func_id, BPF_FUNC_get_current_task_btf))
		return syscall_is_compat(); /* before 5.11 there is no such helper */
	task = (const void *)bpf_get_current_task_btf();
	if (bpf_core_field_exists(task->thread_info.status))
		return task->thread_info.status & X86_TS_COMPAT;
	return task->thread_info.flags & 1UL << ARM64_TIF_32BIT;
}

/* The process ID of a task's parent. */
static __always_inline u32 task_ppid(struct task_struct *t)
{
	return task_pid_of(BPF_CORE_READ(t, real_parent));
}

/* The current task's name as a map key: the bytes after its end are zeroed, which 6.1 doesn't do itself. */
static __always_inline void task_comm_key(char comm[COMM_LEN])
{
	__builtin_memset(comm, 0, COMM_LEN);
	bpf_get_current_comm(comm, COMM_LEN);
}

/* Zero the bytes of a name's word that follow its end.  *ENDED: the name ended before, or ends in this word. */
static __always_inline u64 comm_word(u64 word, bool *ended)
{
	u64 ends = (word - 0x0101010101010101) & ~word & 0x8080808080808080;

	if (*ended)
		return 0;
	*ended = ends;
	return word & ((ends & -ends) - 1);
}

/* The same at a quarter of the cost, where the kernel's types are known. */
static __always_inline void task_comm_key_typed(char comm[COMM_LEN], const bool typed)
{
	const struct task_struct *t;
	const u64 *words;
	bool ended = false;

	if (!typed ||
	    !bpf_core_enum_value_exists(enum bpf_func_id, BPF_FUNC_get_current_task_btf)) {
		task_comm_key(comm); /* before 5.11 there is no such helper */
		return;
	}
	t = bpf_get_current_task_btf();
	words = (const void *)t->comm;
	((u64 *)comm)[0] = comm_word(words[0], &ended);
	((u64 *)comm)[1] = comm_word(words[1], &ended);
}

static __always_inline bool comm_wanted(const volatile struct task_filter *f,
					const char comm[COMM_LEN])
{
	for (u32 i = 0; i + f->comm_len < COMM_LEN; i++) {
		u32 j = 0;

		while (j < f->comm_len && comm[(i + j) & (COMM_LEN - 1)] == f->comm[j])
			j++;
		if (j == f->comm_len)
			return true;
	}
	return false;
}

static __always_inline void task_note_cgroup(void)
{
	u32 pid = task_pid();
	u64 id = bpf_get_current_cgroup_id(), *known = bpf_map_lookup_elem(&task_cgroups, &pid);

	if (pid_shared(pid))
		return;
	if (!known || *known != id)
		bpf_map_update_elem(&task_cgroups, &pid, &id, BPF_ANY);
}

/* Did the user ask for some tasks only? */
static __always_inline bool task_filter_set(void)
{
	return task_filter.set;
}

/*
 * Did the user ask for the current task?  Filters that are not in use cost
 * nothing: the verifier drops branches that constant data rules out.
 */
static __always_inline bool task_wanted(void)
{
	const volatile struct task_filter *f = &task_filter;

	if (f->pid || f->tid || f->pids || f->tids) {
		u64 id = task_ids();
		u32 key = f->tids ? (u32)id : id >> 32;

		if (f->pid && f->pid != id >> 32)
			return false;
		if (f->tid && f->tid != (u32)id)
			return false;
		if ((f->pids || f->tids) && !bpf_map_lookup_elem(&filter_ids, &key))
			return false;
	}
	if (f->has_uid && f->uid != (u32)bpf_get_current_uid_gid())
		return false;
	if (f->comm_len) {
		char comm[COMM_LEN];

		bpf_get_current_comm(comm, sizeof(comm));
		if (!comm_wanted(f, comm))
			return false;
	}
	if (f->ppid && f->ppid != task_ppid(task_current()))
		return false;
	if (f->cgroup && bpf_current_task_under_cgroup(&filter_cgroup, 0) != 1)
		return false;
	if (f->cgroupmap) {
		u64 id = bpf_get_current_cgroup_id();

		if (!bpf_map_lookup_elem(&cgroupmap, &id))
			return false;
	}
	if (f->mntnsmap) {
		u64 id = BPF_CORE_READ(task_current(), nsproxy, mnt_ns, ns.inum);

		if (!bpf_map_lookup_elem(&mntnsmap, &id))
			return false;
	}
	if (f->note_cgroup)
		task_note_cgroup();
	return true;
}
