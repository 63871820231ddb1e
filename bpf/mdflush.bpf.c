// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "mdflush.h"
#include "lib/event.bpf.h"
#include "lib/kernel_block.h"
#include "lib/probe.bpf.h"
#include "lib/task.bpf.h"

/* A stand-in for md_flush_request(), which is mostly in a module, whose types 5.10 lacks. */
KFUNC(md_flush, (void *mddev, struct bio *bio))
{
	struct bio___5_11 *old = (void *)bio;
	struct flush_event *e;
	struct gendisk *disk;

	if (!task_wanted() || !(e = event_new(struct flush_event)))
		return 0;
	if (bpf_core_field_exists(old->bi_disk))
		disk = BPF_CORE_READ(old, bi_disk);
	else
		disk = BPF_CORE_READ(bio, bi_bdev, bd_disk);
	e->ts = bpf_ktime_get_ns();
	e->pid = task_pid();
	bpf_get_current_comm(e->comm, sizeof(e->comm));
	disk_name(e->disk, disk);
	event_send(e);
	return 0;
}
