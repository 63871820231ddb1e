/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Opening files that others name. A path can lead to a device or a FIFO by now, and opening one
 * does things: these look first (O_PATH), and open regular files only.
 */
#pragma once
#include "lib/types.h"
#include <stdbool.h>
#include <sys/stat.h>

struct want { /* the file that was mapped */
	u64 dev, ino;
};

bool same_file(const struct stat *, const struct want *);

/* Open for reading; w may be NULL: any file. *st is of the file opened. -1: not there, not it. */
int safe_open_host(const char *path, const struct want *w, struct stat *st);
/* A path as the process sees it: symbolic links too are resolved below its root. */
int safe_open_in_process(u32 pid, const char *path, const struct want *w, struct stat *st);
/* What the process has mapped there, wherever its path leads by now. */
int open_mapped(u32 pid, u64 start, u64 end, const struct want *w, struct stat *st);

/*
 * Take hold of what a process has mapped, to be opened later by open_held(): this waits for no disk
 * and no file server. -1 if it can't be had so.
 */
int hold_mapped(u32 pid, u64 start, u64 end, const char *path, const struct want *);
/* Takes the descriptor over. */
int open_held(int held, const struct want *, struct stat *st);

/*
 * Is the open file still what a process mapped at that time (CLOCK_REALTIME ns)? Its inode can be
 * another file's by now, and that may be older: what tells is the inode's generation, 0 if
 * unknown, or else that nothing has changed the inode.
 */
bool is_unchanged(int fd, const struct stat *, u64 generation, u64 mapped);
