// SPDX-License-Identifier: BSD-2-Clause
#include "domain/sched.h"
#include "base/object.h"
#include "kernel/kaddr.h"
#include "kernel/kbtf.h"
#include "lib/types.h"
#include <err.h>

void sched_prepare(void *skel)
{
	struct sched_conf *c = bpf_rodata(((struct skel *)skel)->obj, "sched_conf", sizeof(*c));

	c->state_given = kbtf_tracepoint_args("sched_switch") >= 4;
}

void interrupt_prepare(void *skel)
{
	struct interrupt_conf *c =
		bpf_rodata(((struct skel *)skel)->obj, "interrupt_conf", sizeof(*c));

	c->cpus = kaddr("__per_cpu_offset");
	if (c->cpus)
		c->count = kaddr(kbtf_has_member("pcpu_hot", "preempt_count") ? "pcpu_hot"
									      : "__preempt_count");
}

void rq_prepare(void)
{
	if (!kbtf_has_member("sched_entity", "cfs_rq") || !kbtf_has_member("cfs_rq", "rq"))
		errx(1, "cannot trace run queues: this kernel was built without "
			"CONFIG_FAIR_GROUP_SCHED");
}
