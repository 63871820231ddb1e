/* SPDX-License-Identifier: BSD-2-Clause */
/* Programs and libraries as something to probe: find the file, its functions, its USDT probes. */
#pragma once
#include "lib/types.h"

/*
 * The path of a library ("c" or "libc.so.6") or program, NULL if there is none;
 * of process PID if it is not 0, and then reachable across mount namespaces.
 * A name with a slash is a path.  To be freed.
 */
char *objfile_find(const char *name, u32 pid);

/*
 * Call f for each function: its file offset, and whether it is an ifunc, which
 * runs only once to choose the function proper.  An address with several names comes several
 * times.  False, with a reason in *why, if the file is not one to probe.
 */
bool objfile_each_func(const char *path, const char **why,
		       void (*f)(const char *name, u64 offset, bool ifunc, void *ctx), void *ctx);

/*
 * Call f for each place of each USDT probe: its file offset, and that of its
 * semaphore, 0 if it has none.
 */
bool objfile_each_usdt(const char *path, const char **why,
		       void (*f)(const char *provider, const char *name, u64 offset, u64 semaphore,
				 void *ctx),
		       void *ctx);
