/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Opening files that others name. A path can lead to a device or a FIFO by now, and opening one
 * does things: these look first (O_PATH), and open regular files only.
 */
#pragma once
#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

struct want { /* the file that was mapped */
	uint64_t dev, ino;
};

bool same_file(const struct stat *, const struct want *);

/* Open for reading; w may be NULL: any file. *st is of the file opened. -1: not there, not it. */
int open_here(const char *path, const struct want *w, struct stat *st);
/* A path as the process sees it: symbolic links too are resolved below its root. */
int open_there(uint32_t pid, const char *path, const struct want *w, struct stat *st);
/* What the process has mapped there, wherever its path leads by now. */
int open_mapped(uint32_t pid, uint64_t start, uint64_t end, const struct want *w, struct stat *st);
