/* SPDX-License-Identifier: BSD-2-Clause */
/* For tools with bpf/lib/sched.bpf.h. */
#pragma once

/* For .prepare. */
void sched_prepare(void *skel);
