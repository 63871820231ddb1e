/* SPDX-License-Identifier: BSD-2-Clause */
/* stdin, stdout and stderr: there is always something behind them, and no reader can hang us. */
#pragma once
#include <stdbool.h>
#include <stddef.h>

/*
 * The first thing main() does.  Opens /dev/null for those that are closed: else the next file
 * opened, a BPF map perhaps, would take the number.  At exit, text in stdio's buffer that can't be
 * written to stdout is status 1 and a sentence.
 */
void streams_init(void);

/*
 * From now on writes to stdout and stderr wait for the reader only until one of these N files is
 * readable: the caller wants to look at it.  Keeps the array.
 */
void streams_watch(const int *fds, size_t n);

/* The tool is ending: nothing is watched, and a reader that takes nothing for a second is given up.
 */
void streams_last(void);

/*
 * Write to stdout.  Returns how much was written: less than N if one of the watched files is
 * readable, or if nobody reads any more (see below).  Exits on other errors.
 */
size_t stdout_write(const char *p, size_t n);
/* The reader has gone: nothing will be written any more. */
bool stdout_gone(void);
/* The reader is there, but was given up; stdout_gone(), too. */
bool stdout_stalled(void);
/* Wait until stdout takes something.  False if it won't, or for what ends stdout_write(). */
bool stdout_ready(void);
