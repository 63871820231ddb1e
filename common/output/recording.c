// SPDX-License-Identifier: BSD-2-Clause
#include "output/recording.h"
#include "base/run.h"
#include "base/str.h"
#include "output/out.h"
#include "output/print.h"
#include "output/streams.h"
#include "output/table.h"
#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct stream *replay_saved;
const char *replay_path;

/* Whole records, of which the first DONE bytes are written; and how many came after we gave up. */
static struct str unsaved;
static size_t done;
static u64 lost;

void replay_record_to(const char *path)
{
	replay_saved = stream_new(path);
}

void replay_from(const char *path)
{
	replay_path = path;
}

static void save(void)
{
	done += stream_write(replay_saved, unsaved.p + done, unsaved.len - done);
	if (done == unsaved.len)
		done = unsaved.len = 0;
	errno = stream_error(replay_saved);
	if (errno)
		err(1, "cannot record");
}

void replay_write(const void *rec, size_t size)
{
	u32 len = size;

	if (stream_stalled(replay_saved)) {
		lost++;
		return;
	}
	str_put(&unsaved, &len, sizeof(len));
	str_put(&unsaved, rec, size);
	save();
}

u64 replay_lost(void)
{
	u32 len;

	if (!replay_saved)
		return 0;
	save();
	for (size_t at = 0; at < unsaved.len; at += sizeof(len) + len) {
		memcpy(&len, unsaved.p + at, sizeof(len));
		lost += at + sizeof(len) + len > done;
	}
	return lost;
}

/* A record, in memory of exactly its size, *SIZE; NULL at the end of the file. */
static void *next(FILE *f, u32 *size)
{
	size_t most = run.tool->table ? run.tool->rec_size : run.tool->rec_max;
	size_t n = fread(size, 1, sizeof(*size), f);
	char *rec;

	if (!n)
		return NULL;
	if (n != sizeof(*size) || *size < run.tool->rec_size || *size > most)
		record_damaged();
	rec = malloc(*size);
	if (!rec)
		err(1, NULL);
	if (fread(rec, *size, 1, f) != 1)
		record_damaged();
	return rec;
}

bool replay_run(void)
{
	char *rec, *recs = NULL;
	size_t n = 0;
	u32 size;
	FILE *f;

	if (!replay_path)
		return false;
	f = fopen(replay_path, "re");
	if (!f)
		err(1, "%s", replay_path);
	time_wall_is_mono();
	if (!run.tool->table || run.tool->report == REPORT_ROWS)
		records_head(false);
	while ((rec = next(f, &size))) {
		if (!run.tool->table) {
			record_print((struct rec){ rec, size });
		} else {
			recs = reallocarray(recs, n + 1, size);
			if (!recs)
				err(1, NULL);
			memcpy(recs + n++ * size, rec, size);
		}
		free(rec);
	}
	fclose(f);
	run.last = true; /* it is one report */
	if (run.tool->table)
		run.tool->table->replayed(recs, n);
	free(recs);
	out_flush(); /* before the tool's final output */
	return true;
}
