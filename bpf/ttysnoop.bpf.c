// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "ttysnoop.h"
#include "lib/event.bpf.h"
#include "lib/iov.bpf.h"
#include "lib/kernel_tty.h"
#include "lib/probe.bpf.h"
#include "lib/task.bpf.h"

const volatile struct conf conf;

enum slots { SLOT_TTY, SLOT_CONSOLE, SLOTS };
EVENT_SCRATCH(struct tty_event, SLOTS);
PIECES_IOV(tty_event)

/* Where the data of the writes that have not returned begins: the kernel moves the iterator. */
HASH(writes, u32, struct iov_at, 4096);

/* PTYs of all containers have the same numbers: only their file systems differ. */
static __always_inline bool same_devpts(struct tty_struct *tty)
{
	struct dentry *dentry;

	if (!conf.devpts)
		return true;
	dentry = BPF_CORE_READ(tty, driver_data);
	return BPF_CORE_READ(dentry, d_sb, s_dev) == conf.devpts;
}

/* By any name: /dev/tty is the same terminal as /dev/pts/1. */
static __always_inline bool tty_wanted(struct kiocb *iocb)
{
	struct file___private *file = (void *)BPF_CORE_READ(iocb, ki_filp);
	struct tty_file_private *private = BPF_CORE_READ(file, private_data);
	struct tty_struct *tty = BPF_CORE_READ(private, tty);
	u32 minor;

	if ((u32)BPF_CORE_READ(tty, driver, major) != conf.major)
		return false;
	minor = BPF_CORE_READ(tty, driver, minor_start) + BPF_CORE_READ(tty, index);
	return minor == conf.minor && same_devpts(tty);
}

static __always_inline int entered(struct kiocb *iocb, struct iov_iter *from)
{
	u32 id = runner_id();
	struct iov_at at;

	if (!tty_wanted(iocb) || !task_wanted())
		return 0;
	iov_begin(&at, from);
	map_put(&writes, &id, &at);
	return 0;
}

/* Part of the data may have been written, as to a terminal that is stopped. */
static __always_inline int left(u32 slot, s64 ret)
{
	u32 id = runner_id();
	const struct iov_at *found = bpf_map_lookup_elem(&writes, &id);
	struct tty_event *e;
	struct iov_at at;

	if (!found)
		return 0;
	at = *found;
	bpf_map_delete_elem(&writes, &id);
	if (ret <= 0 || !(e = scratch_get(&scratch, slot)))
		return 0;
	event_begin(e);
	e->uid = bpf_get_current_uid_gid();
	e->bytes = ret;
	pieces_begin(&e->pieces, slot);
	e->pieces.head_len = 0;
	if (conf.limit && ret > conf.limit)
		ret = conf.limit;
	return pieces_send_iov(e, &at, (u64)ret);
}

KFUNC(tty_write, (struct kiocb * iocb, struct iov_iter *from))
{
	return entered(iocb, from);
}

KFUNC_RET(tty_write, (), s64 ret)
{
	return left(SLOT_TTY, ret);
}

/* /dev/console */
KFUNC(redirected_tty_write, (struct kiocb * iocb, struct iov_iter *from))
{
	return entered(iocb, from);
}

KFUNC_RET(redirected_tty_write, (), s64 ret)
{
	return left(SLOT_CONSOLE, ret);
}
