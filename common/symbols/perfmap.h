/* SPDX-License-Identifier: BSD-2-Clause */
/* The symbols of just-in-time compiled code, from /tmp/perf-PID.map. */
#pragma once
#include "symbols/elfsyms.h"
#include <stdint.h>

struct perfmap;

#define NO_USER UINT64_MAX

struct perfmap_name {
	const char *name, *path; /* both live until perfmap_free_unused() */
	u64 offset;              /* from the function's start */
};

/*
 * Find the function at an address of the process; if there are several, the one written last. Reads
 * the file again when it has grown. owner: for a process that has ended, its user, or NO_USER if
 * unknown. False if no function is known there.
 */
bool perfmap_find(struct perfmap **, u32 pid, u64 owner, u64 addr, struct perfmap_name *out);
/* Call this when the process executes another program, or is forgotten. */
void perfmap_drop(struct perfmap **);
void perfmap_free_unused(void);
