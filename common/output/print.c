// SPDX-License-Identifier: BSD-2-Clause
#include "output/print.h"
#include "base/run.h"
#include "output/hist.h"
#include "output/recording.h"
#include <err.h>
#include <string.h>

static struct out *outs[2]; /* of .cols and .alt_cols */
/* The tool's own function that prints a row as text; NULL: outs print it. */
static void (*own_row)(const void *rec);

void records_init(void)
{
	outs[0] = out_new(run.tool->cols, run.json, given);
	if (run.tool->alt_cols)
		outs[1] = out_new(run.tool->alt_cols, run.json, given);
	if (!run.json && (!run.tool->row_if || *run.tool->row_if))
		own_row = run.tool->row;
}

struct out *records_out(bool alt)
{
	return outs[alt];
}

void records_head(bool alt)
{
	if (!own_row)
		out_head(outs[alt]);
}

bool record_is_alt(const void *rec)
{
	return outs[1] && run.tool->is_alt(rec);
}

static void print(const void *rec, u64 when)
{
	if (own_row)
		own_row(rec);
	else
		out_rec(outs[record_is_alt(rec)], rec, when);
}

void record_row(const void *rec)
{
	print(rec, time_mono());
}

void record_damaged(void)
{
	out_flush();
	if (replay_path)
		errx(1, "%s: damaged, or not recorded by this tool", replay_path);
	errx(1, "a BPF program sent an event with wrong lengths; this should not happen");
}

static u32 number_at(const void *rec, u16 off)
{
	u32 n;

	memcpy(&n, (const char *)rec + off, sizeof(n));
	return n;
}

/* Do all lengths in the event stay within it, and does each string end? */
static bool is_sound(const void *rec, size_t size)
{
	const struct tool *tool = run.tool;
	const struct rec_tail *tail = &tool->tail;
	const char *text = (const char *)rec + tool->rec_size;
	size_t n, part;

	if (size < tool->rec_size || size > tool->rec_max)
		return false;
	if (tool->rec_size == tool->rec_max)
		return true;
	n = tail->len ? number_at(rec, tail->len) : size - tool->rec_size;
	part = tail->part ? number_at(rec, tail->part) : n;
	if (n > size - tool->rec_size || part > n || (tail->part && !part))
		return false;
	if (tail->bytes)
		return true;
	return (!part || !text[part - 1]) && (n ? !text[n - 1] : tail->len);
}

void record_print(const void *rec, size_t size)
{
	u64 ts;

	if (__builtin_expect(!is_sound(rec, size), 0))
		record_damaged();
	memcpy(&ts, rec, sizeof(ts));
	if (!run.tool->keep || run.tool->keep(rec))
		print(rec, ts);
}

/* "disk = sda", or with more keys "disk = sda\tflags = Read", then the histogram. */
void record_print_hist(const void *rec)
{
	const struct col *c;
	const char *sep = "\n";

	for (size_t i = 0; (c = out_nth(outs[0], i)); i++) {
		if (c->kind == COL_HIST) {
			text("%s", *sep == '\t' ? "\n" : "");
			hist_text((const void *)((const char *)rec + c->off), c->name);
		} else {
			text("%s%s = ", sep, c->name);
			out_cell_text(outs[0], i, rec);
			sep = "\t";
		}
	}
}

void records_print(const char *recs, size_t n)
{
	u64 now = time_mono();

	/* BCC also prints the header of a report without rows. */
	if (!n && !outs[1] && !run.json && !own_row &&
	    (run.tool->report == REPORT_PLAIN || run.tool->report == REPORT_TOP))
		out_head(outs[0]);
	for (int alt = 0; alt < 2; alt++) {
		bool headed = run.tool->report == REPORT_ROWS;

		for (size_t i = 0; i < n; i++) {
			const char *rec = recs + i * run.tool->rec_size;

			if (record_is_alt(rec) != alt)
				continue;
			if (run.tool->report == REPORT_HIST && !own_row && !run.json) {
				record_print_hist(rec);
			} else {
				if (!headed && !run.json && !own_row) {
					text(alt ? "\n" : "");
					out_head(outs[alt]);
				}
				headed = true;
				print(rec, now);
			}
			out_flush_batch();
		}
	}
}
