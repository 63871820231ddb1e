// SPDX-License-Identifier: BSD-2-Clause
#include "output/recording.h"
#include "base/run.h"
#include "output/out.h"
#include "output/print.h"
#include "output/table.h"
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

FILE *replay_saved;
const char *replay_path;

void replay_record_to(const char *path)
{
	replay_saved = fopen(path, "we");
	if (!replay_saved)
		err(1, "%s", path);
}

void replay_from(const char *path)
{
	replay_path = path;
}

void replay_write(const void *rec, size_t size)
{
	u32 len = size;

	if (fwrite(&len, sizeof(len), 1, replay_saved) != 1 ||
	    fwrite(rec, len, 1, replay_saved) != 1 || fflush(replay_saved))
		err(1, "cannot record");
}

/* A record, in memory of exactly its size, *SIZE; NULL at the end of the file. */
static void *next(FILE *f, u32 *size)
{
	size_t most = run.tool->map ? run.tool->rec_size : run.tool->rec_max;
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

/* Print all entries of a table as one report, with those that the tool keeps. */
static void replay_table(char *recs, size_t n)
{
	const struct tool *tool = run.tool;
	size_t size = tool->rec_size, kept = 0;

	for (size_t i = 0; i < n; i++) {
		char *rec = recs + i * size;

		if (!tool->keep || tool->keep(rec))
			memmove(recs + kept++ * size, rec, size);
	}
	if (tool->one_record && n)
		kept = 1;
	records_print(recs, kept);
	tool->table->replayed(recs, kept);
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
	if (!run.tool->map || run.tool->report == REPORT_ROWS)
		records_head(false);
	while ((rec = next(f, &size))) {
		if (!run.tool->map) {
			record_print(rec, size);
		} else {
			recs = reallocarray(recs, n + 1, size);
			if (!recs)
				err(1, NULL);
			memcpy(recs + n++ * size, rec, size);
		}
		free(rec);
	}
	fclose(f);
	if (run.tool->table)
		replay_table(recs, n);
	free(recs);
	out_flush(); /* before the tool's final output */
	return true;
}
