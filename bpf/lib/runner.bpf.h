/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Who runs here, as a key for data kept from a function's entry to its return. */
#pragma once
#include "types.h"

#define RUNNER_CPU (1u << 31) /* above all thread IDs */

/*
 * The ID of the current thread.  The idle tasks of all CPUs are thread 0, so for them, and for
 * interrupts while a CPU is idle, it is the CPU's number with RUNNER_CPU.
 *
 * An interrupt while a thread runs counts as part of that thread: if both call the same function,
 * the interrupt's is a nested call (see call_enter()).
 */
static __always_inline u32 runner_id(void)
{
	u32 tid = bpf_get_current_pid_tgid();

	return tid ?: RUNNER_CPU | bpf_get_smp_processor_id();
}
