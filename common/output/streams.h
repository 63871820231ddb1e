/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * stdin, stdout, stderr and a file that may be a FIFO: makes sure that they are open, and that no reader
 * can hang us.
 */
#pragma once
#include <stdbool.h>
#include <stddef.h>

/*
 * Call this first in main().  Opens /dev/null for those that are closed; otherwise the next file
 * opened, such as a BPF map, would get the number.  At exit, if stdio's buffer can't be written to
 * stdout, the tool prints a message and its status is 1.
 */
void streams_init(void);

/*
 * From now on writes to stdout and stderr wait for the reader only until one of these N files is
 * readable: the caller wants to look at it.  Keeps the array.
 */
void streams_watch(const int *fds, size_t n);

/* The tool is ending: watch nothing any more, and give up on a reader that takes nothing for a second.
 */
void streams_last(void);

/*
 * Write to stdout.  Returns how much was written: less than N if one of the watched files is
 * readable, or if nobody reads any more (see below).  Exits on other errors.
 */
size_t stdout_write(const char *p, size_t n);
/* Has the reader gone?  Then nothing more will be written. */
bool stdout_gone(void);
/* Did we give up on a reader that is still there?  stdout_gone() is then true, too. */
bool stdout_stalled(void);
/* Wait until stdout can be written.  False if that won't happen, or if a watched file is readable. */
bool stdout_ready(void);

/* Create or empty a file.  Exits if that fails.  A FIFO that nobody reads yet is opened by the first write. */
struct stream *stream_new(const char *path);
/*
 * Write to it, as stdout_write() does.  Returns how much was written: less than N if one of the watched files
 * is readable, or after an error.
 */
size_t stream_write(struct stream *, const char *p, size_t n);
/* The error number, or 0. */
int stream_error(const struct stream *);
/* Did we give up on the reader? */
bool stream_stalled(const struct stream *);
