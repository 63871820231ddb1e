/* SPDX-License-Identifier: BSD-2-Clause */
/* For tools with bpf/lib/sched.bpf.h or bpf/lib/rq.bpf.h. */
#pragma once

/* For .prepare of the first. */
void sched_prepare(void *skel);
/* For .prepare of a tool with bpf/lib/interrupt.bpf.h. */
void interrupt_prepare(void *skel);
/* Of the second: exits with a sentence if the kernel does not tell where a CPU's queue is. */
void rq_prepare(void);
