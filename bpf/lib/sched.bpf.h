/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The scheduler's events.  At TRACEPOINT(sched_switch, ...) the current task is the one that stops
 * running; at sched_wakeup and sched_wakeup_new it can be any.
 */
#pragma once
#include "kernel_sched.h"
#include "runner.bpf.h"
#include "task_other.bpf.h"

#define TASK_DEAD 0x80 /* it won't run again */

/* A task's state: 0 if it runs or could, else bits such as 1 (interruptible) and 2 (uninterruptible). */
static __always_inline u32 task_state(struct task_struct *t, const bool typed)
{
	struct task_struct___5_14 *now = (void *)t;
	struct task_struct___5_13 *old = (void *)t;

	if (bpf_core_field_exists(now->__state))
		return ARG_READ(now, __state);
	return ARG_READ(old, state);
}

const volatile struct sched_conf sched_conf;

/* The arguments of sched_switch. */
#define SWITCH_PREV ((struct task_struct *)ctx[1])
#define SWITCH_NEXT ((struct task_struct *)ctx[2])
/* Can the task that stops running go on at once?  If it was preempted, it can in whatever state it is. */
#define SWITCH_PREEMPTS (ctx[0] & 1 || !task_state(SWITCH_PREV, typed))

/* The state of the task that stops running; 0 if it can go on at once. */
static __always_inline u32 switch_state(u64 *ctx, const bool typed)
{
	if (ctx[0] & 1)
		return 0;
	/* Another CPU that wakes it up already may have changed its own field by now. */
	return sched_conf.state_given ? ctx[3] : task_state(SWITCH_PREV, typed);
}

/* Like runner_id(), for a task that runs on this CPU or is about to. */
static __always_inline u32 runner_id_of(struct task_struct *t, const bool typed)
{
	u32 tid = ARG_READ(t, pid);

	return tid ?: RUNNER_CPU | bpf_get_smp_processor_id();
}
