/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Counters of the whole machine.  COUNTS(value_type, get): the map "counts" has one of these for each CPU, and
 * get() is that of this CPU, or NULL in a task that the user didn't ask for.
 */
#pragma once
#include "task.bpf.h"

#define COUNTS(value_type, get)                                                    \
	struct {                                                                   \
		__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);                           \
		__uint(max_entries, 1);                                            \
		__type(key, u32);                                                  \
		__type(value, value_type);                                         \
	} counts SEC(".maps");                                                     \
	static __always_inline value_type *get(void)                               \
	{                                                                          \
		u32 zero = 0;                                                      \
                                                                                   \
		return task_wanted() ? bpf_map_lookup_elem(&counts, &zero) : NULL; \
	}
