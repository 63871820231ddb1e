/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Safely opens files that others name. A path can by now lead to a device or a FIFO, and merely opening
 * one can have effects. So these functions look first (O_PATH), and open only regular files.
 */
#pragma once
#include "lib/types.h"
#include <stdbool.h>
#include <sys/stat.h>

struct want { /* the file that was mapped */
	u64 dev, ino;
};

bool same_file(const struct stat *, const struct want *);

/* Open for reading, and fill *st. -1 if it isn't there or isn't the file in w (NULL: any file). */
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
