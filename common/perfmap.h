/* SPDX-License-Identifier: BSD-2-Clause */
/* What a just-in-time compiler tells about its code: /tmp/perf-PID.map. */
#pragma once
#include "elfsyms.h"

struct perfmap;

/*
 * The symbol that holds an address of the process, read anew when the file has grown. NULL if
 * unknown. *name and *path live until perfmap_free_unused().
 */
const struct sym *perfmap_find(struct perfmap **, uint32_t pid, uint64_t addr, const char **name,
			       const char **path);
/* The process runs another program now, or is forgotten. */
void perfmap_drop(struct perfmap **);
void perfmap_free_unused(void);
