// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "fileslower.h"
#include "lib/event.bpf.h"
#include "lib/rw.bpf.h"
#include "lib/task.bpf.h"
#include "lib/task_slot.bpf.h"

const volatile struct conf conf;

struct start {
	u32 tid;
	bool busy;
	u64 ns;
};
TASK_SLOTS_OF(struct start, starts);

EVENT_SCRATCH(struct slow_event, RW_CALLS);

static __always_inline int rw_begin(const bool typed, struct file *file)
{
	struct start *s;

	if (!conf.all && (file_mode(typed, file) & S_IFMT) != S_IFREG)
		return 0;
	if (!task_wanted())
		return 0;
	s = task_slot_take(starts);
	s->busy = true;
	s->ns = bpf_ktime_get_ns();
	return 0;
}

static __always_inline int rw_done(const bool typed, struct file *file, long ret, enum rw_call call)
{
	struct start *s = task_slot_mine(starts);
	u64 now = bpf_ktime_get_ns(), ns;
	struct slow_event *e;

	if (!s)
		return 0;
	s->busy = false;
	ns = now - s->ns;
	if (ns < conf.min_ns || !(e = scratch_get(&scratch, call)))
		return 0;
	event_begin(e);
	e->ns = ns;
	e->ret = ret;
	e->ino = BPF_CORE_READ(file, f_inode, i_ino);
	e->mode = file_mode(typed, file);
	e->write = call >= RW_WRITE;
	event_output_to(e, name,
			read_name(e->name, sizeof(e->name),
				  BPF_CORE_READ(file, f_path.dentry, d_name.name)));
	return 0;
}

#define BEGIN(function)                       \
	KFUNC(function, (struct file * file)) \
	{                                     \
		return rw_begin(typed, file); \
	}

BEGIN(vfs_read)
BEGIN(vfs_readv)
BEGIN(vfs_write)
BEGIN(vfs_writev)
