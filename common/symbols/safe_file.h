/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Opens and reads files that others can choose or write: what traced processes have mapped, their perf maps
 * and debug files, files in containers, a file of types.
 *
 * - A path can by now lead to a device or a FIFO, and merely opening one can have effects. So we look first
 *   (O_PATH), and open only regular files.
 * - Files are read with pread, not mmap: when the owner truncates one, we get less, and no SIGBUS.
 * - What reading costs is bounded for all files together, in bytes and in time.
 */
#pragma once
#include "lib/types.h"
#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>

/* ---- opening ---- */

struct want { /* the file that was mapped */
	u64 dev, ino;
};

bool same_file(const struct stat *, const struct want *);

/*
 * Open for reading, and fill *st. -1 if it isn't there, isn't a regular file or isn't the file in w
 * (NULL: any file); then st->st_mode is of what is there, or 0.
 */
int safe_open_host(const char *path, const struct want *w, struct stat *st);
/* The same for a path as the process sees it: its symbolic links, too, are resolved below its root. */
int safe_open_in_process(u32 pid, const char *path, const struct want *w, struct stat *st);
/* The file that the process has mapped there, wherever its path now leads. */
int open_mapped(u32 pid, u64 start, u64 end, const struct want *w, struct stat *st);

/*
 * Get a handle on a file that a process has mapped, for open_held() to open later. This never waits
 * for a disk or file server. -1 if that is not possible.
 */
int hold_mapped(u32 pid, u64 start, u64 end, const char *path, const struct want *);
/* Open what hold_mapped() returned; this takes ownership of the descriptor. */
int open_held(int held, const struct want *, struct stat *st);

/*
 * Is the open file still the one that a process mapped at that time (CLOCK_REALTIME ns)? Its inode
 * number may have been reused, even for an older file. The inode's generation decides or, if that is
 * unknown (0), whether the inode has changed since.
 */
bool is_unchanged(int fd, const struct stat *, u64 generation, u64 mapped);

/* ---- reading ---- */

/* An open file, or memory (the vDSO). */
struct src {
	int fd;
	const u8 *mem;
	u64 size;
};

/* False if there are less than n bytes at off, or the budget is used up. */
bool src_read(const struct src *, u64 off, void *buf, size_t n);
/* Read up to n bytes. Returns how many there were: less at the end, or if the budget is used up. */
size_t src_read_some(const struct src *, u64 off, void *buf, size_t n);
/*
 * The n bytes at off and a NUL, which the caller frees. NULL if there are less, they are more than most,
 * or memory or the budget does not suffice.
 */
char *src_copy(const struct src *, u64 off, u64 n, u64 most);

/* ---- the budget ---- */

/*
 * Reading takes time and bytes only from a budget for all files, which is renewed every 30 seconds. A report
 * usually takes less. budget_left() warns once if nothing is left. The time between begin and end counts.
 */
bool budget_left(void);
void budget_begin(void);
void budget_end(void);
/* How many bytes may be read. */
u64 budget_bytes(void);
/* Take so many bytes from the budget, for what is made of a file. False if they are not left. */
bool budget_take(u64 bytes);
/* For a file that was not read because it would take too much. */
void budget_warn(void);
/* For tests: how many bytes may be read until the budget is renewed, which this does. */
void budget_set(u64 bytes);
