// SPDX-License-Identifier: BSD-2-Clause
#include "domain/sched.h"
#include "base/object.h"
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

	s64 queue = kbtf_percpu_offset("runqueues"), count = kbtf_percpu_offset("__preempt_count");
	int member = kbtf_offset("pcpu_hot", "preempt_count"); /* x86, 6.2 to 6.14 */

	if (member >= 0 && (count = kbtf_percpu_offset("pcpu_hot")) >= 0)
		count += member;
	c->count = queue >= 0 && count >= 0 ? count - queue : 0;
}

void rq_prepare(void)
{
	if (!kbtf_has_member("sched_entity", "cfs_rq") || !kbtf_has_member("cfs_rq", "rq"))
		errx(1, "cannot trace run queues: this kernel was built without "
			"CONFIG_FAIR_GROUP_SCHED");
}
