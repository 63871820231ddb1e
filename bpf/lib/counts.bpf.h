/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Machine-wide counters.  COUNTS(value_type, get) defines the map "counts", which has one value per CPU, and get(),
 * which returns this CPU's value, or NULL in a task that the user didn't ask for.
 */
#pragma once
#include "map.bpf.h"
#include "task.bpf.h"

#define COUNTS(value_type, get)                                                    \
	PERCPU_ARRAY(counts, value_type, 1);                                       \
	static __always_inline value_type *get(void)                               \
	{                                                                          \
		u32 zero = 0;                                                      \
                                                                                   \
		return task_wanted() ? bpf_map_lookup_elem(&counts, &zero) : NULL; \
	}
