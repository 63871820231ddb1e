/* SPDX-License-Identifier: BSD-2-Clause */
/* --flamegraph FILE: a flame graph, and the file that it is written to when the tool ends; --compare FILE. */
#pragma once
#include "output/flame.h"

/* What a tool that never graphs must not link: so this is for a pointer that the option sets. */
struct graph {
	/* The option's argument. */
	void (*to)(const char *path);
	/* The same of --compare: what the graph is compared with is added with add_before(). */
	void (*compare)(const char *path);
	/* Before tracing, so that a typo doesn't show only after an hour of profiling. */
	void (*open)(void);
	/* One stack, root first: see flame_add(). */
	void (*add)(const struct flame_frame *frames, size_t n, u64 count);
	void (*add_before)(const struct flame_frame *frames, size_t n, u64 count);
	/* With --compare: how the stacks differ, as text or JSON. */
	void (*differences)(const char *unit, bool folded);
	/* The file, if there is one. */
	void (*write)(const char *unit);
};
extern const struct graph graph_file;

/* A name, or a field of SIZE bytes, in a folded line, where a ';' separates names. */
void folded_name(const char *s, size_t size);
