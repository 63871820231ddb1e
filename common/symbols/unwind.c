// SPDX-License-Identifier: BSD-2-Clause
#include "symbols/unwind.h"
#include "base/nsec.h"
#include "base/object.h"
#include "lib/unwind.h"
#include "symbols/cfi.h"
#include "symbols/elfimage.h"
#include "symbols/proc.h"
#include <err.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

bool unwind_frame_pointers;
static bool on;

/* Shared with the kernel. */
static struct unwind_row *rows;
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
static u32 epoch = 1; /* of these tables; see dso->unwind */
static u64 forgot;    /* when it began, CLOCK_MONOTONIC ns */
static u64 crowded;

/* The processes that the kernel has ranges of. */
struct published {
	u32 pid, program;
	u64 version;
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

void unwind_prepare(struct bpf_object *obj, bool wanted, u32 depth, u32 storage, u32 sets)
{
	struct unwind_conf *c = bpf_rodata(obj, "unwind_conf", sizeof(*c));

	if (!c)
		return;
	c->on = on = wanted && !unwind_frame_pointers;
	c->depth = depth < UNWIND_FRAMES ? depth : UNWIND_FRAMES;
	if (!c->on) {
		map_size(obj, "unwind_rows", 1, 0);
		map_size(obj, "unwind_rules", 1, 0);
		map_size(obj, "unwind_ranges", 1, 0);
		map_size(obj, "unwind_processes", 1, 0);
		return;
	}
	for (u32 i = 0; i < sets; i++)
		map_size(obj, i ? "unwound2" : "unwound", storage / sets ?: 1,
			 offsetof(struct unwound, addrs) + c->depth * sizeof(u64));
}

static void *map_open(const char *name, size_t size)
{
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, map_fd(name), 0);

	if (p == MAP_FAILED)
		err(1, "cannot map %s", name);
	return p;
}

void unwind_open(void)
{
	if (!on)
		return;
	rows = map_open("unwind_rows", UNWIND_ROWS * sizeof(*rows));
	rules = map_open("unwind_rules", UNWIND_RULES * sizeof(*rules));
	ranges = map_open("unwind_ranges", UNWIND_RANGES * sizeof(*ranges));
	met = bpf_variable("stack_met", STACK_MET * sizeof(*met));
	processes = map_fd("unwind_processes");
	known = unwind_rules_new();
	if (!known)
		err(1, NULL);
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
	ntables = 0;
	rows_used = 0;
	epoch++;
	forgot = clock_ns(CLOCK_MONOTONIC);
}

/* If there is no room for so many rows, make room, but not too often. */
static bool has_room(u32 count)
{
	if (rows_used + count <= UNWIND_ROWS)
		return true;
	if (count <= UNWIND_ROWS && clock_ns(CLOCK_MONOTONIC) - forgot > 10000 * MS)
		forget_all();
	return rows_used + count <= UNWIND_ROWS;
}

/* Takes over T's rows. */
static struct table *table_add(const struct table *t, struct cfi_table *from)
{
	struct table *n;

	if (!has_room(from->count)) {
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
	n->first = rows_used;
	n->count = from->count;
	memcpy(rows + rows_used, from->rows, from->count * sizeof(*rows));
	rows_used += from->count;
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

	budget_begin();
	if (image_open(&im, src))
		t->nsegs = image_segments(&im, t->segs);
	image_close(&im);
	budget_end();
	cfi_read(src, known, UNWIND_ROWS, &found);
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
		fd = d->file.ino && budget_left()
			     ? open_mapped(pid, m->start, m->end, &d->file, &st)
			     : -1;
		if (fd < 0)
			return NULL;
		t = (struct table){ st.st_dev, st.st_ino, st.st_size, ts_ns(&st.st_mtim) };
		have = table_find(&t) ?: table_read((struct src){ fd, NULL, st.st_size }, &t);
		close(fd);
	}
	d->unwind.epoch = epoch;
	d->unwind.table = have ? have - tables + 1 : 0;
	return have;
}

/* ---- processes ---- */

/* What holds for a mapping. */
static struct unwind_range range_of(u32 pid, const struct map *m)
{
	struct unwind_range r = { .start = m->start, .end = m->end };
	const struct table *t = table_of(m->dso, pid, m);

	for (size_t i = 0; t && i < t->nsegs; i++) {
		const struct segment *s = &t->segs[i];
		u64 off = m->dso->vdso ? 0 : m->off;

		if (off + (m->end - m->start) <= s->off || off >= s->off + s->size || !s->exec)
			continue;
		r.bias = m->start - off - (s->addr - s->off) + t->base;
		r.first = t->first;
		r.count = t->count;
		break;
	}
	return r;
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

	if (ranges_used + n > UNWIND_RANGES || npublished == UNWIND_PROCESSES)
		forget_processes();
	if (n > UNWIND_RANGES)
		return;
again:
	began = epoch;
	up.first = ranges_used;
	up.count = n;
	for (u32 i = 0; i < n; i++) {
		ranges[up.first + i] = range_of(p->pid, maps_nth(p->gen[0].maps, i));
		if (epoch != began)
			goto again; /* at most once in ten seconds */
	}
	ranges_used += n;
	known_as = published_find(p->pid);
	if (!known_as) {
		published = reallocarray(published, npublished + 1, sizeof(*published));
		if (!published)
			err(1, NULL);
		known_as = &published[npublished++];
	}
	*known_as = (struct published){ p->pid, program, p->version };
	bpf_map_update_elem(processes, &p->pid, &up, BPF_ANY);
}

void unwind_met(u32 pid, u32 program, u64 time)
{
	struct proc *p = rows ? proc_find(pid) : NULL;
	struct published *known_as = p ? published_find(pid) : NULL;

	/* If it has run another program since, that one will be met, too. */
	if (!p || p->dead || time < p->gen[0].from)
		return;
	if (!known_as || known_as->program != program || known_as->version != p->version)
		publish(p, program);
}

void unwind_refresh(void)
{
	for (size_t i = npublished; rows && i--;) {
		struct published *u = &published[i];
		struct proc *p = proc_find(u->pid);

		if (!p || p->dead) {
			unpublish(u);
		} else if (u->version != p->version) {
			publish(p, u->program);
			if (i > npublished)
				break; /* all was forgotten */
		}
	}
}

u64 unwind_crowded(void)
{
	return crowded;
}
