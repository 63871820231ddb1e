/* SPDX-License-Identifier: BSD-2-Clause */
/* What a just-in-time compiler tells about its code: /tmp/perf-PID.map. */
#pragma once
#include "symbols/elfsyms.h"
#include <stdint.h>

struct perfmap;

#define NO_USER UINT64_MAX

struct perfmap_name {
	const char *name, *path; /* both live until perfmap_free_unused() */
	u64 offset;              /* from where the function starts */
};

/*
 * Who holds an address of the process; of several the one that was written last. The file is read
 * anew when it has grown. owner: the user of the process, NO_USER if unknown, once it has ended.
 * False if nobody is known to hold it.
 */
bool perfmap_find(struct perfmap **, u32 pid, u64 owner, u64 addr, struct perfmap_name *out);
/* The process runs another program now, or is forgotten. */
void perfmap_drop(struct perfmap **);
void perfmap_free_unused(void);
