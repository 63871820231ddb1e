/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Debug files from the servers in DEBUGINFOD_URLS. libdebuginfod fetches and keeps them, in a process of its own that
 * has none of the tool's privileges: the tool itself can make no connections once it traces. Nothing here waits.
 */
#pragma once
#include "lib/types.h"
#include <stdbool.h>
#include <stddef.h>

#define DEBUG_ID 32 /* bytes of a build ID; longer ones are not asked for */

/* Before privileges are dropped. Without DEBUGINFOD_URLS it does nothing. */
void debuginfod_start(void);
/* Readable when there are answers, or -1: nothing can be fetched. */
int debuginfod_fd(void);

/* Ask for a file. False if it can't be asked for. */
bool debuginfod_ask(const u8 *id, size_t n);
/* How many have been asked for, and not been answered. */
size_t debuginfod_open(void);

struct debuginfod_answer {
	u8 id[DEBUG_ID];
	size_t n;
	int fd; /* open for reading, or -1: there is no such file */
};
/* The next answer. The caller closes its fd. False if there is none yet. */
bool debuginfod_next(struct debuginfod_answer *);
