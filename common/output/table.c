// SPDX-License-Identifier: BSD-2-Clause
#include "output/table.h"
#include "base/priv.h"
#include "base/run.h"
#include "output/hist.h"
#include "output/openmetrics.h"
#include "output/print.h"
#include "output/recording.h"
#include "output/screen.h"
#include <bpf/bpf.h>
#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/*
 * A TABLE() in BPF is a slot that holds a hash.  Draining puts an empty hash into
 * the slot.  The kernel returns from that only when no program uses the old hash
 * any more (synchronize_rcu), so we can then read it at leisure.
 */
struct table {
	size_t key_size, rec_size;
	int slot_fd, active, spare;
	bool spare_is_used; /* it has entries, which nobody wants */
	/* An ARRAY_TABLE(): the same with an array, which we clear while reading. */
	bool is_array;
	/*
	 * A per-CPU array of counters is only read, not cleared: a report has what was
	 * added since the last one.
	 */
	u32 n_counters;
	u64 *counted;
};
static struct table main_table, also_table;

#define COUNTERS_BATCH 128 /* counters read with one system call */

static int hash_like(const struct bpf_object *obj, const struct bpf_map *map)
{
	/* From 5.15 to 6.1, the kernel also compares the maps' BTF. */
	int btf_fd = bpf_object__btf_fd(obj);
	bool typed = btf_fd >= 0; /* else the kernel rejected the BTF, and libbpf went without */
	LIBBPF_OPTS(bpf_map_create_opts, o, .map_flags = bpf_map__map_flags(map),
		    .btf_fd = typed ? btf_fd : 0,
		    .btf_key_type_id = typed ? bpf_map__btf_key_type_id(map) : 0,
		    .btf_value_type_id = typed ? bpf_map__btf_value_type_id(map) : 0);
	int copy = bpf_map_create(bpf_map__type(map), bpf_map__name(map), bpf_map__key_size(map),
				  bpf_map__value_size(map), bpf_map__max_entries(map), &o);

	if (copy < 0)
		err(1, "cannot create a BPF map of %u entries", bpf_map__max_entries(map));
	return copy;
}

static void init(struct table *t, struct bpf_object *obj, const char *name)
{
	struct bpf_map *map = bpf_object__find_map_by_name(obj, name);

	if (!map)
		errx(1, "the BPF object has no map %s", name);
	t->slot_fd = -1;
	if (bpf_map__type(map) == BPF_MAP_TYPE_ARRAY_OF_MAPS) {
		char first[64];

		t->slot_fd = bpf_map__fd(map);
		snprintf(first, sizeof(first), "%s_first", name);
		map = bpf_object__find_map_by_name(obj, first);
		/* Create it now; later we don't have the privilege. */
		t->spare = hash_like(obj, map);
	}
	t->active = bpf_map__fd(map);
	t->is_array = bpf_map__type(map) == BPF_MAP_TYPE_ARRAY;
	if (bpf_map__type(map) == BPF_MAP_TYPE_PERCPU_ARRAY) {
		t->n_counters = bpf_map__max_entries(map);
		t->counted = calloc(t->n_counters, bpf_map__value_size(map));
		if (!t->counted)
			err(1, NULL);
	}
}

static void loaded(struct bpf_object *obj, const struct tool *tool)
{
	if (tool->collect)
		return;
	main_table.key_size = tool->key_size;
	main_table.rec_size = tool->rec_size;
	init(&main_table, obj, tool->map);
	if (!tool->also_map)
		return;
	also_table.key_size = tool->also_key_size;
	also_table.rec_size = tool->also_rec_size;
	init(&also_table, obj, tool->also_map);
}

static char *hash_drain(int fd, const struct table *t, size_t *count);
static char *array_drain(int fd, size_t size, size_t *count);

static char *drain_map(int fd, const struct table *t, size_t *n)
{
	return t->is_array ? array_drain(fd, t->rec_size, n) : hash_drain(fd, t, n);
}

/* Take the hash out of the slot, and put in an empty one. */
static int swap(struct table *t)
{
	u32 zero = 0;
	int full = t->active;
	size_t n;

	if (t->slot_fd < 0)
		return full;
	if (t->spare_is_used)
		free(drain_map(t->spare, t, &n));
	t->spare_is_used = false;
	if (bpf_map_update_elem(t->slot_fd, &zero, &t->spare, BPF_ANY))
		err(1, "cannot exchange a BPF map");
	t->active = t->spare;
	t->spare = full;
	return full;
}

/* Read N of a per-CPU array's elements, from FIRST on. */
static void read_counters(int fd, u32 first, u32 n, u64 *values, size_t size)
{
	static bool one_by_one; /* batches of per-CPU arrays need 5.13 */
	u32 keys[COUNTERS_BATCH], before = first - 1, next, got = n;

	if (!one_by_one && n > 1 &&
	    (!bpf_map_lookup_batch(fd, first ? &before : NULL, &next, keys, values, &got, NULL) ||
	     errno == ENOENT) &&
	    got == n)
		return;
	one_by_one |= n > 1;
	for (u32 i = first; i < first + n; i++, values += size / sizeof(*values))
		if (bpf_map_lookup_elem(fd, &i, values))
			err(1, "cannot read the BPF map");
}

static char *counters_drain(struct table *t, size_t *count)
{
	int cpus = libbpf_num_possible_cpus();
	size_t width = (t->rec_size - t->key_size) / sizeof(u64), size = cpus * width * sizeof(u64);
	char *recs = calloc(t->n_counters + 1, t->rec_size), *rec = recs;
	u64 *batch = calloc(COUNTERS_BATCH, size);

	if (!recs || !batch)
		err(1, NULL);
	for (u32 i = 0; i < t->n_counters; i++) {
		const u64 *values = batch + i % COUNTERS_BATCH * cpus * width;
		bool grew = run.tool->report == REPORT_ROWS;

		if (i % COUNTERS_BATCH == 0)
			read_counters(t->active, i,
				      t->n_counters - i < COUNTERS_BATCH ? t->n_counters - i
									 : COUNTERS_BATCH,
				      batch, size);
		for (size_t j = 0; j < width; j++) {
			u64 sum = 0, new;

			for (int cpu = 0; cpu < cpus; cpu++)
				sum += values[cpu * width + j];
			new = sum - t->counted[i * width + j];
			t->counted[i * width + j] = sum;
			grew |= new;
			memcpy(rec + t->key_size + j * sizeof(new), &new, sizeof(new));
		}
		if (!grew)
			continue;
		memcpy(rec, &i, sizeof(i));
		rec += t->rec_size;
	}
	free(batch);
	*count = (rec - recs) / t->rec_size;
	return recs;
}

static char *array_drain(int fd, size_t size, size_t *count)
{
	u32 keys[64], at = 0, got;
	char *values = calloc(65, size), *zero = values + 64 * size, *recs = calloc(1, size);
	size_t n = 0;
	int e;

	do {
		got = 64;
		e = bpf_map_lookup_batch(fd, at ? &at : NULL, &at, keys, values, &got, NULL);
		if (e && errno != ENOENT)
			err(1, "cannot read the BPF map");
		recs = reallocarray(recs, n + got + 1, size);
		if (!values || !recs)
			err(1, NULL);
		for (u32 i = 0; i < got; i++) {
			if (!memcmp(values + i * size, zero, size))
				continue;
			memcpy(recs + n++ * size, values + i * size, size);
			if (bpf_map_update_elem(fd, &keys[i], zero, BPF_ANY))
				err(1, "cannot clear the BPF map");
		}
	} while (!e);
	memset(recs + n * size, 0, size);
	free(values);
	*count = n;
	return recs;
}

static char *hash_drain(int fd, const struct table *t, size_t *count)
{
	size_t key_size = t->key_size, value_size = t->rec_size - key_size, n = 0, room = 0;
	char *keys = NULL, *values = NULL, *recs;
	u32 batch = 0, got;
	int e;

	do {
		/* A batch must have room for a whole bucket, or the kernel returns ENOSPC. */
		if (room - n < 64) {
			room = room * 2 + 256;
			keys = reallocarray(keys, room, key_size);
			values = reallocarray(values, room, value_size);
			if (!keys || !values)
				err(1, NULL);
		}
		got = room - n;
		e = bpf_map_lookup_and_delete_batch(fd, n ? &batch : NULL, &batch,
						    keys + n * key_size, values + n * value_size,
						    &got, NULL);
		if (e && errno == ENOSPC) {
			room += room;
			keys = reallocarray(keys, room, key_size);
			values = reallocarray(values, room, value_size);
			if (!keys || !values)
				err(1, NULL);
			e = 0;
			continue;
		}
		if (e && errno != ENOENT)
			err(1, "cannot read the BPF map");
		n += got;
	} while (!e);
	recs = calloc(n + 1, t->rec_size);
	if (!recs)
		err(1, NULL);
	for (size_t i = 0; i < n; i++) {
		memcpy(recs + i * t->rec_size, keys + i * key_size, key_size);
		memcpy(recs + i * t->rec_size + key_size, values + i * value_size, value_size);
	}
	free(keys);
	free(values);
	*count = n;
	return recs;
}

/*
 * Take all entries out of the table, as records: a key followed by its value.
 * No update is lost or counted twice.  Returns an array of *n records, with room
 * for one more, for the caller to free().
 * For a per-CPU array of one or more u64 counters, the records are the elements that
 * grew since the last time, as index and growth; with REPORT_ROWS, all elements.
 * For an ARRAY_TABLE(), the records are the elements that are not all zero.
 */
static char *drain(struct table *t, size_t *n)
{
	char *recs;

	priv_unpreempted(true);
	recs = t->counted ? counters_drain(t, n) : drain_map(swap(t), t, n);
	priv_unpreempted(false);
	return recs;
}

/* The records of both tables. */
static char *drain_all(size_t *n)
{
	const struct tool *tool = run.tool;
	char *recs = drain(&main_table, n), *more, *entries;
	size_t size = tool->rec_size, n_more;

	if (!tool->also_map)
		return recs;
	entries = drain(&also_table, &n_more);
	recs = reallocarray(recs, *n + n_more + 1, size);
	if (!recs)
		err(1, NULL);
	more = recs + *n * size;
	memset(more, 0, (n_more + 1) * size);
	for (size_t i = 0; i < n_more; i++)
		tool->unfold(more + i * size, entries + i * tool->also_rec_size);
	free(entries);
	*n += n_more;
	return recs;
}

/* To empty a large hash takes time; the next report will do. */
static void discard_from(struct table *t)
{
	size_t n;

	if (t->slot_fd < 0) {
		free(drain(t, &n));
		return;
	}
	swap(t);
	t->spare_is_used = true;
}

static void discard(void)
{
	if (run.tool->collect)
		return;
	discard_from(&main_table);
	if (run.tool->also_map)
		discard_from(&also_table);
}

char *table_drain(size_t *n)
{
	return drain(&main_table, n);
}

static void summary(void)
{
	char load[64] = "", now[16];
	time_t t = time(NULL);
	FILE *f;

	if (run.no_summary)
		return;
	f = fopen("/proc/loadavg", "re");
	if (f && !fgets(load, sizeof(load), f))
		*load = 0;
	if (f)
		fclose(f);
	strftime(now, sizeof(now), "%T", localtime_r(&t, &(struct tm){ 0 }));
	/* BCC prints the file, which ends in a newline, and another newline. */
	text("%-8s loadavg: %s\n", now, load);
}

void table_titles(void)
{
	if (run.tool->report == REPORT_TOP)
		summary();
	if (run.time_line) {
		char now[16];
		time_t t = time(NULL);

		strftime(now, sizeof(now), "%T", localtime_r(&t, &(struct tm){ 0 }));
		text("%-8s\n", now);
	}
	if (run.tool->report_begin)
		run.tool->report_begin();
}

/* Before a report as text. */
static bool blank_line(bool empty)
{
	const struct tool *tool = run.tool;

	switch (tool->report) {
	case REPORT_TOP:
		return true; /* BCC runs clear(1) or, with -C, prints a blank line. */
	case REPORT_ROWS:
		return false;
	default:
		if (tool->own_gaps || (tool->gaps && !empty && !run.time_line))
			return false;
		return run.interval || tool->lead || tool->report == REPORT_HIST;
	}
}

/*
 * Of the N records of a report, which have room for one more, leave those to be shown, in their order.
 * Returns how many; --rows can show fewer.
 */
static size_t arrange(char *recs, size_t n)
{
	const struct tool *tool = run.tool;
	size_t kept = 0;

	for (size_t i = 0; i < n; i++) {
		char *rec = recs + i * tool->rec_size;

		if (!tool->keep || tool->keep((struct rec){ rec, tool->rec_size }))
			memmove(recs + kept++ * tool->rec_size, rec, tool->rec_size);
	}
	if (tool->one_record)
		kept = 1;
	openmetrics_add(recs, kept);
	if (tool->compare)
		qsort(recs, kept, tool->rec_size, tool->compare);
	return kept;
}

static size_t rows_shown(size_t n)
{
	return run.rows && n > run.rows ? run.rows : n;
}

void table_report(void)
{
	const struct tool *tool = run.tool;
	static u64 last;
	u64 now = time_mono();
	size_t n;
	char *recs = tool->collect ? tool->collect(&n) : drain_all(&n);

	if (tool->merge)
		recs = tool->merge(recs, &n);
	run.report_ns = now - (last ?: run.began);
	last = now;
	for (size_t i = 0; i < n; i++)
		replay_save(recs + i * tool->rec_size, tool->rec_size);
	n = arrange(recs, n);
	if (tool->screen && tool->screen->report(recs, n)) {
		openmetrics_write();
		free(recs);
		return;
	}
	n = rows_shown(n);
	if (!run.json) {
		if (blank_line(!n))
			text("\n");
		table_titles();
	}
	records_print(recs, n);
	if (!run.json && tool->report_end)
		tool->report_end();
	openmetrics_write();
	free(recs);
}

/* All that was recorded, as one report. */
static void replayed(char *recs, size_t n)
{
	records_print(recs, n ? rows_shown(arrange(recs, n)) : 0);
	openmetrics_write();
}

static const struct opt opts[] = {
	OPT_CALL(0, "openmetrics", "FILE", openmetrics_to,
		 "With each report, write everything counted since the start to this file, for "
		 "Prometheus's node_exporter"),
	OPT_CALL(0, "labels", "LIST", openmetrics_labels,
		 "With --openmetrics, use only these JSON fields as labels, such as comm,pid; rows "
		 "with the same labels are added up"),
	{ 0 },
};

const struct table_ops table_ops = {
	.opts = opts,
	.init = openmetrics_init,
	.loaded = loaded,
	.discard = discard,
	.report = table_report,
	.replayed = replayed,
};

void table_begin(void)
{
	if (run.once)
		text("Tracing... Hit Ctrl-C to end\n");
	else
		text("Tracing... Output every %u secs. Hit Ctrl-C to end\n", run.interval);
}
