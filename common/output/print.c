// SPDX-License-Identifier: BSD-2-Clause
#include "output/print.h"
#include "base/run.h"
#include "output/hist.h"
#include "output/recording.h"
#include <err.h>
#include <string.h>

static struct out *outs[2]; /* of .cols and .alt_cols */
/* The tool's own function that prints a row as text; NULL: outs print it. */
static void (*own_row)(struct rec);

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

bool record_is_alt(struct rec r)
{
	return outs[1] && run.tool->is_alt(r);
}

static void print(struct rec r, u64 when)
{
	if (own_row)
		own_row(r);
	else
		out_rec(outs[record_is_alt(r)], r, when);
}

void record_row_at(struct rec r, u64 when)
{
	print(r, when);
}

void record_row(struct rec r)
{
	print(r, time_mono());
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
static bool is_sound(struct rec r)
{
	const char *rec = r.p;
	size_t size = r.len;
	const struct tool *tool = run.tool;
	const struct rec_tail *tail = &tool->tail;
	const char *text = rec + tool->rec_size;
	size_t n, part;

	if (size < tool->rec_size || size > tool->rec_max)
		return false;
	if (tool->rec_size == tool->rec_max)
		return true;
	n = size - tool->rec_size;
	part = tail->part ? number_at(rec, tail->part) : n;
	if (part > n || (tail->part && !part))
		return false;
	if (tail->bytes)
		return true;
	return n ? !text[part - 1] && !text[n - 1] : tail->none;
}

void record_print(struct rec r)
{
	u64 ts;

	if (__builtin_expect(!is_sound(r), 0))
		record_damaged();
	memcpy(&ts, r.p, sizeof(ts));
	if (!run.tool->keep || run.tool->keep(r))
		print(r, ts);
}

/* "disk = sda", or with more keys "disk = sda\tflags = Read", then the histogram. */
void record_print_hist(struct rec r)
{
	const struct col *c;
	const char *sep = "\n";

	for (size_t i = 0; (c = out_nth(outs[0], i)); i++) {
		if (c->kind == &kind_hist) {
			text("%s", *sep == '\t' ? "\n" : "");
			hist_text(out_value(outs[0], i, r).hist, c->name);
		} else {
			text("%s%s = ", sep, c->name);
			out_value_text(outs[0], i, r);
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
			struct rec r = { recs + i * run.tool->rec_size, run.tool->rec_size };

			if (record_is_alt(r) != alt)
				continue;
			if (run.tool->report == REPORT_HIST && !own_row && !run.json) {
				record_print_hist(r);
			} else {
				if (!headed && !run.json && !own_row) {
					text(alt ? "\n" : "");
					out_head(outs[alt]);
				}
				headed = true;
				print(r, now);
			}
			out_flush_batch();
		}
	}
}
