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
 * Call f with each copy of a program or library that can be used on this machine, once each: the one
 * that objfile_find() finds, that of each running container (a process with another mount namespace
 * or root), and those that processes have mapped even though another file has replaced them.  f
 * takes over the objfile; PID is a process that sees it below its root, 0 for our own.  Returns how
 * many processes could not be looked at for want of permission.
 */
u32 objfile_each_copy(const char *name, void (*f)(struct objfile, u32 pid, void *ctx), void *ctx);

/*
 * Call f with each file of which a process has mapped code, once each; f takes over the objfile.  Returns how many files
 * could not be opened, or -1, with errno, if the process's mappings can't be read.
 */
int objfile_each_mapped(u32 pid, void (*f)(struct objfile, void *ctx), void *ctx);

/*
 * Call f for each library that the file is linked with, such as "libc.so.6", until f returns false.
 * The loader looks for these in libraries' directories.
 */
void objfile_each_needed(const struct objfile *, bool (*f)(const char *name, void *ctx), void *ctx);

/*
 * Call f for each function of the file, and of its separate debug file, with its offset in the
 * file and whether it is an ifunc, which runs only once, to choose the actual function.  An address
 * with several names comes several times.  False, with a reason in *why, if the file can't be probed.
 */
bool objfile_each_func(const struct objfile *, u32 pid, const char **why,
		       void (*f)(const char *name, u64 offset, bool ifunc, void *ctx), void *ctx);

/* A place of a USDT probe.  The strings are valid until f returns. */
struct objfile_usdt {
	const char *provider, *name;
	const char *args; /* "-4@%edi 8@-8(%rbp)", as sdt.h notes them */
	u64 offset;       /* in the file */
	u64 semaphore;    /* the same of its semaphore, or 0 if it has none */
	u64 addr, moved;  /* as in the symbol table; how far prelink(8) moved the file */
	u64 semaphore_addr;
};

/* Call f for each place of each USDT probe.  False as for objfile_each_func(). */
bool objfile_each_usdt(const struct objfile *, const char **why,
		       void (*f)(const struct objfile_usdt *, void *ctx), void *ctx);

/* Was it made by Go?  The stacks of its functions move. */
bool objfile_is_go(const struct objfile *);
/* The address of a variable, as in the symbol table; false if the file has no such symbol. */
bool objfile_variable(const struct objfile *, const char *name, u64 *addr);
/* Has it the symbols of all functions, not only of those that it exports? */
bool objfile_has_symbols(const struct objfile *, u32 pid);
