// SPDX-License-Identifier: BSD-2-Clause
#include "symbols/unwind.h"
#include "base/nsec.h"
#include "base/object.h"
#include "base/priv.h"
#include "lib/unwind.h"
#include "symbols/cfi.h"
#include "symbols/elfimage.h"
#include "symbols/proc.h"
#include "symbols/usym.h"
#include <err.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

bool unwind_frame_pointers;
static bool on;

/* Shared with the kernel. */
static struct unwind_row *chunks[UNWIND_CHUNKS];
static struct unwind_rule *rules;
static struct unwind_range *ranges;
static int processes = -1;
static u64 *met; /* whom the kernel has told us of */
#define STACK_MET 1024

/* The rules of a file. */
struct table {
	u64 dev, ino, size, mtime; /* ino 0: the vDSO */
	u64 base;
	u32 first, count;
	size_t nsegs;
	struct segment segs[MAX_SEGMENTS];
};
static struct table *tables;
static size_t ntables;
static u32 rows_used, ranges_used;
static struct unwind_rules *known;
static u32 epoch = 1;    /* of these tables; see dso->unwind */
static u64 forgot;       /* when it began, CLOCK_MONOTONIC ns */
static u64 crowded, cut; /* files, mappings that had no room */
static bool later;       /* some file could not be read at the moment */
static bool has_read;    /* a file was read */

/*
 * Processes whose files we are reading: a few at a time, so that what the kernel tells of others, which may soon end,
 * is not left waiting.
 */
struct reading {
	u32 pid, program;
	u64 version;
	u32 epoch, next; /* of its mappings */
};
static struct reading *reading;
static size_t nreading;
static u64 turn_ends; /* CLOCK_MONOTONIC ns; 0: nothing was read in this turn */
#define TURN_NS (10 * MS)

/* The processes that the kernel has ranges of. */
struct published {
	u32 pid, program;
	u64 version;
	u64 at; /* CLOCK_MONOTONIC ns */
	u32 ranges;
};
static struct published *published;
static size_t npublished;

/* ---- maps ---- */

static void map_size(struct bpf_object *obj, const char *name, u32 n, u32 value)
{
	struct bpf_map *m = bpf_object__find_map_by_name(obj, name);

	bpf_map__set_max_entries(m, n);
	if (value)
		bpf_map__set_value_size(m, value);
}

void unwind_prepare(struct bpf_object *obj, bool wanted, u32 depth, u32 stacks, bool keep)
{
	struct unwind_conf *c = bpf_rodata(obj, "unwind_conf", sizeof(*c));
	const u32 size = offsetof(struct unwound, addrs) + depth * sizeof(u64);
	struct bpf_map *kept = bpf_object__find_map_by_name(obj, "unwound");

	if (!c)
		return;
	c->on = on = wanted && !unwind_frame_pointers;
	c->depth = depth;
	if (!on) {
		map_size(obj, "unwind_rules", 1, 0);
		map_size(obj, "unwind_ranges", 1, 0);
		map_size(obj, "unwind_processes", 1, 0);
		return;
	}
	if (!kept)
		return;
	if (keep) {
		map_size(obj, "unwound", stacks, size);
		bpf_map__set_map_flags(kept, BPF_F_NO_PREALLOC);
		return;
	}
	/* Both sets are exchanged long before this many are stored. */
	map_size(obj, "unwound", stacks / 8 ?: 1, size);
	map_size(obj, "unwound2", stacks / 8 ?: 1, size);
}

static void *map_open(const char *name, size_t size)
{
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, map_fd(name), 0);

	if (p == MAP_FAILED)
		err(1, "cannot map %s", name);
	return p;
}

bool unwind_open(void)
{
	if (!on)
		return false;
	priv_keep(CAP_BPF); /* for more chunks */
	rules = map_open("unwind_rules", UNWIND_RULES * sizeof(*rules));
	ranges = map_open("unwind_ranges", UNWIND_RANGES * sizeof(*ranges));
	met = bpf_variable("stack_met", STACK_MET * sizeof(*met));
	processes = map_fd("unwind_processes");
	known = unwind_rules_new();
	if (!known)
		err(1, NULL);
	return true;
}

/* ---- files ---- */

/* Those that run from now on come again. */
static void forget_processes(void)
{
	for (size_t i = 0; i < npublished; i++)
		bpf_map_delete_elem(processes, &published[i].pid);
	npublished = 0;
	ranges_used = 0;
	usleep(1000); /* a walk that has begun takes less */
	memset(met, 0, STACK_MET * sizeof(*met));
}

static void forget_all(void)
{
	forget_processes();
	free(known);
	known = unwind_rules_new();
	if (!known)
		err(1, NULL);
	ntables = 0;
	rows_used = 0;
	epoch++;
	forgot = clock_ns(CLOCK_MONOTONIC);
}

#define MOST_ROWS (UNWIND_CHUNKS * UNWIND_CHUNK)

/* If there is no room for so many rows, make room, but not too often. */
static bool has_room(u32 count)
{
	if (rows_used + count <= MOST_ROWS)
		return true;
	if (count <= MOST_ROWS && clock_ns(CLOCK_MONOTONIC) - forgot > 10000 * MS)
		forget_all();
	return rows_used + count <= MOST_ROWS;
}

static bool chunk_new(u32 chunk)
{
	const size_t size = UNWIND_CHUNK * sizeof(struct unwind_row);
	LIBBPF_OPTS(bpf_map_create_opts, o, .map_flags = BPF_F_MMAPABLE);
	int fd = bpf_map_create(BPF_MAP_TYPE_ARRAY, "unwind_chunk", sizeof(u32),
				sizeof(struct unwind_row), UNWIND_CHUNK, &o);
	void *p;

	if (fd < 0)
		return false;
	p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (p != MAP_FAILED && bpf_map_update_elem(map_fd("unwind_rows"), &chunk, &fd, BPF_ANY)) {
		munmap(p, size);
		p = MAP_FAILED;
	}
	close(fd); /* the mapping and the kernel's table keep it */
	if (p == MAP_FAILED)
		return false;
	chunks[chunk] = p;
	return true;
}

/* False if memory is short. */
static bool rows_add(const struct unwind_row *from, u32 count)
{
	for (u32 i = 0, n; i < count; i += n, rows_used += n) {
		u32 chunk = rows_used / UNWIND_CHUNK, at = rows_used % UNWIND_CHUNK;

		n = count - i < UNWIND_CHUNK - at ? count - i : UNWIND_CHUNK - at;
		if (!chunks[chunk] && !chunk_new(chunk))
			return false;
		memcpy(chunks[chunk] + at, from + i, n * sizeof(*from));
	}
	return true;
}

/* Takes over FROM's rows, for which there is room. */
static struct table *table_add(const struct table *t, struct cfi_table *from)
{
	u32 first = rows_used;
	struct table *n;

	if (!rows_add(from->rows, from->count)) {
		crowded++;
		from->count = 0;
	}
	n = reallocarray(tables, ntables + 1, sizeof(*tables));
	if (!n)
		err(1, NULL);
	tables = n;
	n = &tables[ntables++];
	*n = *t;
	n->base = from->base;
	n->first = first;
	n->count = from->count;
	memcpy(rules, known->v, known->count * sizeof(*rules));
	cfi_free(from);
	return n;
}

static struct table *table_find(const struct table *t)
{
	for (size_t i = 0; i < ntables; i++)
		if (tables[i].ino == t->ino && tables[i].dev == t->dev &&
		    tables[i].size == t->size && tables[i].mtime == t->mtime)
			return &tables[i];
	return NULL;
}

static struct table *table_read(struct src src, struct table *t)
{
	struct cfi_table found = { 0 };
	struct image im;
	u32 began;

	has_read = true;
	budget_begin();
	if (image_open(&im, src))
		t->nsegs = image_segments(&im, t->segs);
	image_close(&im);
	budget_end();
	do {
		u64 refused = known->refused;

		began = epoch;
		cfi_read(src, known, MOST_ROWS, &found);
		crowded += found.cut || known->refused != refused;
		if (!has_room(found.count)) {
			crowded++;
			cfi_free(&found);
		}
		if (epoch != began) /* the rules that these rows refer to were forgotten */
			cfi_free(&found);
	} while (epoch != began);
	if (!found.count && !budget_left()) {
		later = true;
		return NULL;
	}
	return table_add(t, &found);
}

/* All processes of our word size have the same. */
static struct table *table_of_vdso(void)
{
	struct table t = { 0 };

	return table_find(&t) ?: table_read(elf_vdso_memory(), &t);
}

/* The rules of what is mapped; NULL if there are none. */
static struct table *table_of(struct dso *d, u32 pid, const struct map *m)
{
	struct table t = { 0 }, *have;
	struct stat st;
	int fd;

	if (d->unwind.epoch == epoch)
		return d->unwind.table ? &tables[d->unwind.table - 1] : NULL;
	if (d->vdso) {
		have = table_of_vdso();
	} else {
		later |= d->file.ino && !budget_left();
		fd = d->file.ino && !later ? open_mapped(pid, m->start, m->end, &d->file, &st) : -1;
		if (fd < 0)
			return NULL;
		t = (struct table){ st.st_dev, st.st_ino, st.st_size, ts_ns(&st.st_mtim) };
		have = table_find(&t) ?: table_read((struct src){ fd, NULL, st.st_size }, &t);
		close(fd);
	}
	if (!have && later)
		return NULL;
	d->unwind.epoch = epoch;
	d->unwind.table = have ? have - tables + 1 : 0;
	return have;
}

/* ---- processes ---- */

#define MOST_RANGES (UNWIND_RANGES / 8) /* of one process */

static void range_add(const struct unwind_range *r, u32 first)
{
	if (r->start >= r->end)
		return;
	if (ranges_used - first < MOST_RANGES)
		ranges[ranges_used++] = *r;
	else
		cut++;
}

/* Add what holds for a mapping: a range for each chunk in which the file has rows for it. */
static void ranges_add(u32 pid, const struct map *m, u32 first)
{
	const struct table *t = table_of(m->dso, pid, m);
	u64 off = m->dso->vdso ? 0 : m->off, bias = 0;
	struct unwind_range r = { .start = m->start, .end = m->end };
	bool found = false;

	for (size_t i = 0; t && !found && i < t->nsegs; i++) {
		const struct segment *s = &t->segs[i];

		found = s->exec && off < s->off + s->size && off + (m->end - m->start) > s->off;
		bias = m->start - off - (s->addr - s->off) + t->base;
	}
	for (u32 i = 0, n; found && i < t->count; i += n) {
		u32 at = t->first + i, left = t->count - i;

		n = UNWIND_CHUNK - at % UNWIND_CHUNK;
		r = (struct unwind_range){ r.start,           m->end, bias, at / UNWIND_CHUNK,
					   at % UNWIND_CHUNK, n };
		if (left <= n)
			r.count = n = left;
		else if (bias + chunks[r.chunk + 1]->pc < m->end)
			r.end = bias + chunks[r.chunk + 1]->pc;
		range_add(&r, first);
		if (r.end > r.start)
			r.start = r.end;
	}
	if (!found || !t->count)
		range_add(&r, first);
}

static struct published *published_find(u32 pid)
{
	for (size_t i = 0; i < npublished; i++)
		if (published[i].pid == pid)
			return &published[i];
	return NULL;
}

static void unpublish(struct published *p)
{
	bpf_map_delete_elem(processes, &p->pid);
	*p = published[--npublished];
}

static void publish(struct proc *p, u32 program)
{
	struct unwind_process up = { .program = program };
	struct published *known_as;
	u32 began, n = maps_count(p->gen[0].maps);

	if (ranges_used + MOST_RANGES > UNWIND_RANGES || npublished == UNWIND_PROCESSES)
		forget_processes();
	do { /* forgetting happens at most once in ten seconds */
		began = epoch;
		later = false;
		up.first = ranges_used;
		for (u32 i = 0; i < n && epoch == began; i++)
			ranges_add(p->pid, maps_nth(p->gen[0].maps, i), up.first);
		up.count = ranges_used - up.first;
	} while (epoch != began);
	known_as = published_find(p->pid);
	if (!known_as) {
		published = reallocarray(published, npublished + 1, sizeof(*published));
		if (!published)
			err(1, NULL);
		known_as = &published[npublished++];
	}
	/* What could not be read now is tried again. */
	*known_as = (struct published){ p->pid, program, p->version - later,
					clock_ns(CLOCK_MONOTONIC), up.count };
	bpf_map_update_elem(processes, &p->pid, &up, BPF_ANY);
}

/* Read at most one file more of what the process has mapped.  True if that was all. */
static bool read_more(struct reading *r, struct proc *p)
{
	u32 n = maps_count(p->gen[0].maps);

	if (r->version != p->version || r->epoch != epoch) {
		r->version = p->version;
		r->epoch = epoch;
		r->next = 0;
	}
	has_read = false;
	while (r->next < n && !has_read) {
		const struct map *m = maps_nth(p->gen[0].maps, r->next++);

		table_of(m->dso, p->pid, m);
	}
	return r->next == n && r->epoch == epoch;
}

/* Go on reading, for one file each at a time, until this turn ends. */
static void read_in_turn(void)
{
	u64 now = clock_ns(CLOCK_MONOTONIC);

	if (!turn_ends)
		turn_ends = now + TURN_NS;
	while (nreading && now < turn_ends) {
		for (size_t i = nreading; i-- && now < turn_ends; now = clock_ns(CLOCK_MONOTONIC)) {
			struct proc *p = proc_find(reading[i].pid);

			if (p && !p->dead) {
				if (!read_more(&reading[i], p))
					continue;
				publish(p, reading[i].program);
			}
			reading[i] = reading[--nreading];
		}
	}
}

static void read_files(struct proc *p, u32 program)
{
	struct reading *r;

	for (size_t i = 0; i < nreading; i++) {
		if (reading[i].pid == p->pid) {
			reading[i].program = program;
			return;
		}
	}
	r = reallocarray(reading, nreading + 1, sizeof(*reading));
	if (!r)
		err(1, NULL);
	reading = r;
	reading[nreading++] = (struct reading){ p->pid, program, p->version, epoch };
}

void unwind_met(u32 pid, u32 program, u64 time)
{
	struct proc *p = rules ? proc_find(pid) : NULL;
	struct published *known_as = p ? published_find(pid) : NULL;

	/* If it has run another program since, that one will be met, too. */
	if (!p || p->dead || time < p->gen[0].from)
		return;
	if (!known_as || known_as->program != program || known_as->version != p->version) {
		read_files(p, program);
		read_in_turn();
	}
}

void unwind_expect(u32 pid)
{
	struct proc *p;

	usym_note(pid);
	p = rules ? proc_find(pid) : NULL;
	if (p && !p->dead && !published_find(pid))
		publish(p, 0);
}

/*
 * When to publish a process anew that has mapped something.  Each time takes room for all its ranges.  A program that is
 * seen while it starts has few, and soon has its libraries.
 */
static u64 next_time(const struct published *u)
{
	return u->at + (u->ranges < 90 ? 10 * MS * u->ranges : 900 * MS);
}

u64 unwind_refresh(void)
{
	u64 now = clock_ns(CLOCK_MONOTONIC), again = UINT64_MAX;

	for (size_t i = npublished; rules && i--;) {
		struct published *u = &published[i];
		struct proc *p = proc_find(u->pid);

		if (!p || p->dead)
			unpublish(u);
		else if (u->version != p->version && next_time(u) <= now)
			read_files(p, u->program);
		else if (u->version != p->version && next_time(u) < again)
			again = next_time(u);
	}
	read_in_turn();
	turn_ends = 0;
	return nreading ? 1 : again == UINT64_MAX ? 0 : again - now;
}

u64 unwind_crowded(void)
{
	return crowded;
}

u64 unwind_cut(void)
{
	return cut;
}
