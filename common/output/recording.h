/* SPDX-License-Identifier: BSD-2-Clause */
/* Saves records to a file, and prints saved ones without BPF.  Golden tests use it. */
#pragma once
#include "lib/types.h"

/* --record FILE, --replay FILE */
void replay_record_to(const char *path);
void replay_from(const char *path);

extern struct stream *replay_saved; /* NULL: not asked for */
extern const char *replay_path;     /* NULL: likewise */
void replay_write(const void *rec, size_t size);

/* With --record, save a record.  SIZE is its length in the ring buffer or table. */
static inline void replay_save(const void *rec, size_t size)
{
	if (replay_saved)
		replay_write(rec, size);
}

/* At the tool's end: how many records were lost because nobody reads the file. */
u64 replay_lost(void);

/* With --replay, print the saved records and return true. */
bool replay_run(void);
