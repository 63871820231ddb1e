// SPDX-License-Identifier: BSD-2-Clause
#include "domain/sched.h"
#include "base/object.h"
#include "kernel/kbtf.h"
#include "lib/types.h"

void sched_prepare(void *skel)
{
	struct sched_conf *c = bpf_rodata(((struct skel *)skel)->obj, "sched_conf", sizeof(*c));

	c->state_given = kbtf_tracepoint_args("sched_switch") >= 4;
}
