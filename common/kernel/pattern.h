/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Probes that the user chooses, in the syntax of BCC's general-purpose tools:
 *
 *	vfs_read  vfs_*  p::vfs_read	functions of the kernel
 *	c:malloc  /bin/sh:main  p:c:mal*	functions of a library or program
 *	t:sched:sched_*			tracepoints
 *	u:c:setjmp  u:/bin/x:provider:name	USDT probes
 *
 * `*`, `?` and `[...]` are wildcards, or the whole pattern is a regular expression that
 * must match from the start.
 */
#pragma once
#include "lib/types.h"
#include <regex.h>

struct place {
	u32 id;        /* index of its name */
	u64 at;        /* kernel: an address, or 0 if only the name is known; user: offset in the
			* file; tracepoint: its number */
	u64 semaphore; /* USDT: offset in the file, or 0 */
};

struct pattern {
	enum { KERNEL_FUNC, USER_FUNC, TRACEPOINT, USDT } kind;
	const char *text;  /* as the user wrote it */
	char *file;        /* USER_FUNC, USDT: a path that leads to it here, once expanded */
	const char *shown; /* the same path, as the user knows it */
	bool go;           /* the file is a Go program */
	bool wildcard;     /* may match many */
	bool is_regex;
	regex_t regex;
	char *library, *provider, *name; /* provider: "" is any */

	/* What it matches: names, and their places, sorted by ID. */
	char **names;
	size_t n_names;
	struct place *places;
	size_t n_places;
};

/* Parse an argument.  Exits on usage errors. */
void pattern_parse(struct pattern *, const char *text, bool regex);
/* Find what the pattern matches.  PID is as in objfile_find().  Exits if nothing matches. */
void pattern_expand(struct pattern *, u32 pid);
/* The same.  If it names one function of the kernel, this does not search through all of them. */
void pattern_find(struct pattern *, u32 pid);
/* Is it the only place of its name? */
bool pattern_only_place(const struct pattern *, const struct place *);
