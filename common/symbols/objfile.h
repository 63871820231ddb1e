/* SPDX-License-Identifier: BSD-2-Clause */
/* Programs and libraries to probe: find the file, its functions and its USDT probes. */
#pragma once
#include "lib/types.h"

struct objfile {
	int fd;         /* /proc/self/fd/N is this file even if its path is not any more */
	char *shown;    /* its path, as who uses it sees it */
	bool irregular; /* none was found, but something that is not a regular file */
};

/*
 * Find a library ("c" or "libc.so.6") or program; a name with a slash is a path.  If PID is not 0,
 * it is the file of that name that the process has mapped, even if the name now leads elsewhere, or
 * else the one below the process's root.  False if there is none.
 */
bool objfile_find(struct objfile *, const char *name, u32 pid);
void objfile_close(struct objfile *);

/*
 * Call f for each function of the file, and of its separate debug file, with its offset in the
 * file and whether it is an ifunc, which runs only once, to choose the actual function.  An address
 * with several names comes several times.  False, with a reason in *why, if the file can't be probed.
 */
bool objfile_each_func(const struct objfile *, u32 pid, const char **why,
		       void (*f)(const char *name, u64 offset, bool ifunc, void *ctx), void *ctx);

/*
 * Call f for each place of each USDT probe, with its file offset and that of its
 * semaphore (0 if it has none).
 */
bool objfile_each_usdt(const struct objfile *, const char **why,
		       void (*f)(const char *provider, const char *name, u64 offset, u64 semaphore,
				 void *ctx),
		       void *ctx);
