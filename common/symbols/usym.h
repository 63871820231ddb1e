/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once
#include "lib/types.h"
#include <stdbool.h>
#include <stddef.h>

/*
 * Symbols of user-space addresses, across mount namespaces and for processes that have ended.
 *
 * A file's symbols are used only if its inode is that of the file that was mapped. If another file has
 * its name by now, module and module_offset are all there is. Names come as the linker wrote them:
 * C++ and Rust names stay mangled (see demangle.h). All pids are those of the tool's own
 * PID namespace.
 *
 * None of these functions ends the program, and none trusts what it reads: processes choose
 * their ELF files, mapped names and perf maps. Names can hold any byte but NUL.
 */

struct usym {
	const char *name;   /* NULL if unknown */
	const char *module; /* path as mapped, "[vdso]", "[anon]", "/tmp/perf-PID.map" */
	u64 offset;         /* of the address from the symbol's start, bytes */
	u64 module_offset;  /* virtual address as in the file's symbol table; file offset
				   if it can't be read as ELF; no file: from mapping's start */
	bool jit;           /* the name is of code that was generated at run time */
};

/*
 * Collect every process's mappings from now on, so that one that starts and ends before its
 * addresses are looked up can still be resolved. Costs 68 KB of locked memory per CPU, and half a
 * KB for each process seen (the last 32,768 that have ended are remembered). Returns a
 * file descriptor to poll for reading (owned by usym; never closed), or -1 with errno where the
 * kernel refuses: everything else still works for processes that are alive. CPUs that come
 * online later are not seen.
 */
int usym_watch(void);

/*
 * Take in what was collected. Call it when usym_watch()'s descriptor is readable, and before
 * resolving. Without a watch, call it between batches, too, because it frees what is no longer needed.
 * Strings in struct usym live until the next call.
 */
void usym_drain(void);

/* How many records about mappings the kernel had to drop since usym_watch(). */
u64 usym_lost(void);

/*
 * Remember this process's mappings now, unless they are known. Call it when a process is first seen,
 * because later it may be gone. Cheap if they are known.
 */
void usym_note(u32 pid);

/*
 * The same, from a caller that saw the process run: when, as which user, and with a token that differs
 * between the programs that a process runs one after another (0: unknown). A token's earliest time counts.
 */
void usym_met(u32 pid, u32 token, u64 time, u32 user);

/* When an address was seen: at some moment from..to, CLOCK_MONOTONIC ns; token as in usym_met(). */
struct usym_time {
	u64 from, to;
	u32 token;
};

/*
 * What was at an address of a process at that time. It stays the same whatever the process does later;
 * free it with usym_place_put().
 */
struct usym_place {
	struct dso *dso;
	u32 pid;
	u64 addr, start, end, off, since, seen, program;
};

/*
 * False, with *out untouched, if no mapping is known to have held the address, or if several may
 * have. To name the caller that a return address belongs to, ask for the address less 1.
 */
bool usym_place(u32 pid, u64 addr, const struct usym_time *, struct usym_place *out);
void usym_place_put(const struct usym_place *);
void usym_name(const struct usym_place *, struct usym *out);

/* Read the file that the place is in, and have its debug file fetched if it needs one. */
void usym_expect(const struct usym_place *);

/* Both steps for now, or for the moment when the process ended. False as for usym_place(). */
bool usym_find(u32 pid, u64 addr, struct usym *out);
