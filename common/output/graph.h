/* SPDX-License-Identifier: BSD-2-Clause */
/* --flamegraph FILE: a flame graph, and the file that it is written to when the tool ends. */
#pragma once
#include "lib/types.h"

/* What a tool that never graphs must not link: so this is for a pointer that the option sets. */
struct graph {
	/* The option's argument. */
	void (*to)(const char *path);
	/* Before tracing, so that a typo doesn't show only after an hour of profiling. */
	void (*open)(void);
	/* One stack, root first: see flame_add(). */
	void (*add)(const char *const *frames, size_t n, u64 count);
	void (*write)(const char *unit);
};
extern const struct graph graph_file;

/* A name in a folded line, where a ';' separates names. */
void folded_name(const char *s);
