// SPDX-License-Identifier: BSD-2-Clause
#include "symbols/procmaps.h"
#include "base/nsec.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MAX_MAPS   16384 /* executable mappings of one process */
#define MAX_HELD   256   /* files held open because their path does not lead to them */
#define MAX_SPARES 128   /* the newest other files, in case their path ceases to lead to them */

static struct dso *dsos[4096];
static struct dso *unused_dsos;
static size_t held;
static struct dso *spares[MAX_SPARES];
static size_t nspares;

void dso_put(struct dso *d)
{
	struct dso **p = &dsos[d->hash % 4096];

	if (--d->refs)
		return;
	while (*p && *p != d)
		p = &(*p)->next;
	if (*p)
		*p = d->next;
	d->next = unused_dsos;
	unused_dsos = d;
}

static void let_go(struct dso *d)
{
	if (d->fd < 0)
		return;
	close(d->fd);
	d->fd = -1;
	if (d->spare)
		spares[d->spare - 1] = NULL;
	else
		held--;
	d->spare = 0;
}

static void forget_elf(const struct elf *e)
{
	for (size_t i = 0; i < 4096; i++)
		for (struct dso *d = dsos[i]; d; d = d->next) {
			if (d->now.elf == e) {
				d->now.elf = NULL;
				d->tries = 0;
			}
			if (d->before.elf == e)
				d->before.elf = NULL;
		}
}

void dso_free_unused(void)
{
	elf_trim(forget_elf);
	while (unused_dsos) {
		struct dso *d = unused_dsos;

		unused_dsos = d->next;
		let_go(d);
		free(d);
	}
}

struct dso *dso_get(const char *path, u64 dev, u64 ino, u64 generation, bool *fresh)
{
	size_t len = strlen(path);
	u32 hash = 2166136261u;
	struct dso *d;
	bool gone = false;

	if (path[0] != '/' || path[1] == '/')
		ino = 0; /* "//anon", "[heap]" */
	if (!ino)
		dev = generation = 0;
	else if (len > 10 && !strcmp(path + len - 10, " (deleted)")) {
		gone = true;
		len -= 10;
	}
	if (!strcmp(path, "//anon") || !len) {
		path = "[anon]";
		len = 6;
	}
	for (size_t i = 0; i < len; i++)
		hash = (hash ^ (unsigned char)path[i]) * 16777619;
	hash ^= ino * 2654435761u;
	*fresh = false;
	for (d = dsos[hash % 4096]; d; d = d->next)
		if (d->hash == hash && d->file.ino == ino && d->file.dev == dev &&
		    d->generation == generation && !strncmp(d->path, path, len) && !d->path[len]) {
			d->refs++;
			return d;
		}
	d = calloc(1, sizeof(*d) + len + 1);
	if (!d)
		return NULL;
	*fresh = true;
	memcpy(d->path, path, len);
	d->hash = hash;
	d->refs = 1;
	d->file = (struct want){ dev, ino };
	d->generation = generation;
	d->gone = gone;
	d->fd = -1;
	d->vdso = !strcmp(d->path, "[vdso]");
	d->next = dsos[hash % 4096];
	dsos[hash % 4096] = d;
	return d;
}

struct maps {
	u32 refs;
	u32 n, room;
	struct map v[];
};

void maps_put(struct maps *m)
{
	if (!m || --m->refs)
		return;
	for (u32 i = 0; i < m->n; i++)
		dso_put(m->v[i].dso);
	free(m);
}

struct maps *maps_share(struct maps *m)
{
	if (m)
		m->refs++;
	return m;
}

static struct maps *maps_new(u32 room)
{
	struct maps *m = malloc(sizeof(*m) + room * sizeof(m->v[0]));

	if (m)
		*m = (struct maps){ .refs = 1, .room = room };
	return m;
}

/* Make *mp an unshared copy, with room for two more. */
static bool maps_own(struct maps **mp)
{
	struct maps *m = *mp, *more;

	if (m && m->refs == 1 && m->n + 2 <= m->room)
		return true;
	more = maps_new(m ? m->n + m->n / 2 + 6 : 8);
	if (!more)
		return false;
	if (m) {
		more->n = m->n;
		memcpy(more->v, m->v, m->n * sizeof(m->v[0]));
		for (u32 i = 0; i < m->n; i++)
			m->v[i].dso->refs++;
		maps_put(m);
	}
	*mp = more;
	return true;
}

/* The first mapping that ends after addr. */
static u32 maps_at(const struct maps *m, u64 addr)
{
	u32 lo = 0, hi = m->n;

	while (lo < hi) {
		u32 mid = (lo + hi) / 2;

		if (m->v[mid].end > addr)
			hi = mid;
		else
			lo = mid + 1;
	}
	return lo;
}

bool map_same(const struct map *a, const struct map *b)
{
	const struct dso *x = a->dso, *y = b->dso;

	if (!x->file.ino) /* memory has an offset in the kernel's records, but none in /proc */
		return x == y;
	if (a->start - a->off != b->start - b->off)
		return false;
	/* /proc does not show the generation */
	return x == y || (x->file.ino == y->file.ino && x->file.dev == y->file.dev &&
			  (!x->generation || !y->generation || x->generation == y->generation));
}

bool maps_differ(const struct maps *m, const struct map *new)
{
	for (u32 i = m ? maps_at(m, new->start) : 0; m && i < m->n && m->v[i].start < new->end; i++)
		if (!map_same(&m->v[i], new))
			return true;
	return false;
}

bool maps_made(struct maps *m, const struct map *new, u64 time)
{
	u32 i = m ? maps_at(m, new->start) : 0;

	if (!m || i == m->n || m->v[i].start > new->start || !map_same(&m->v[i], new))
		return false;
	if (m->v[i].since < time)
		m->v[i].since = time;
	return true;
}

/* Is b part of a, or all of it? */
static bool holds(const struct map *a, const struct map *b)
{
	return a->start <= b->start && a->end >= b->end && map_same(a, b);
}

void maps_insert(struct maps **mp, struct map new,
		 void (*over)(void *ctx, const struct map *hidden), void *ctx)
{
	struct map part[3];
	u32 i, j, n = 0;
	struct maps *m = *mp;

	if (m) {
		i = maps_at(m, new.start);
		if (i < m->n && holds(&m->v[i], &new)) {
			dso_put(new.dso);
			return;
		}
	}
	if (new.start >= new.end || (m && m->n >= MAX_MAPS) || !maps_own(mp)) {
		dso_put(new.dso);
		return;
	}
	m = *mp;
	i = maps_at(m, new.start);
	for (j = i; j < m->n && m->v[j].start < new.end; j++)
		;
	if (i < j && m->v[i].start < new.start) {
		part[n] = m->v[i];
		part[n].dso->refs++;
		part[n++].end = new.start;
	}
	part[n++] = new;
	if (i < j && m->v[j - 1].end > new.end) {
		part[n] = m->v[j - 1];
		part[n].dso->refs++;
		part[n].off += new.end - part[n].start;
		part[n++].start = new.end;
	}
	for (u32 k = i; k < j; k++) {
		if (over && !map_same(&m->v[k], &new))
			over(ctx, &m->v[k]);
		dso_put(m->v[k].dso);
	}
	memmove(m->v + i + n, m->v + j, (m->n - j) * sizeof(m->v[0]));
	memcpy(m->v + i, part, n * sizeof(part[0]));
	m->n = m->n - (j - i) + n;
}

const struct map *maps_find(const struct maps *m, u64 addr)
{
	u32 i = m ? maps_at(m, addr) : 0;

	return m && i < m->n && m->v[i].start <= addr ? &m->v[i] : NULL;
}

u32 maps_count(const struct maps *m)
{
	return m ? m->n : 0;
}

const struct map *maps_nth(const struct maps *m, u32 i)
{
	return &m->v[i];
}

/* When the file was mapped, CLOCK_REALTIME ns. */
static u64 mapped_at(const struct map *m)
{
	return m->seen + clock_offset_ns(CLOCK_REALTIME);
}

/* By now, the path can lead to another file with the same inode number. */
static int checked(int fd, const struct dso *d, const struct stat *st, u64 mapped)
{
	if (fd < 0 || is_unchanged(fd, st, d->generation, mapped))
		return fd;
	close(fd);
	return -1;
}

/*
 * Find and open the file that a mapping shows. Its content is right for mappings made at *since
 * (CLOCK_REALTIME ns) or later.
 */
static int dso_open(struct dso *d, u32 pid, bool alive, const struct map *m, struct stat *st,
		    u64 *since)
{
	u64 mapped = mapped_at(m);
	int fd = -1;

	if (d->fd >= 0) {
		fd = open_held(dup(d->fd), &d->file, st);
		let_go(d);
	}
	if (fd < 0 && alive)
		fd = open_mapped(pid, m->start, m->end, &d->file, st);
	*since = ts_ns(&st->st_mtim);
	if (fd >= 0)
		return fd;
	if (alive)
		fd = checked(safe_open_in_process(pid, d->path, &d->file, st), d, st, mapped);
	if (fd < 0)
		fd = checked(safe_open_host(d->path, &d->file, st), d, st, mapped);
	*since = ts_ns(&st->st_ctim) <= mapped ? ts_ns(&st->st_ctim) : ts_ns(&st->st_mtim);
	return fd;
}

/* If the file has changed since d->now was read, read it again. */
static void verify(struct dso *d, u32 pid, bool alive, const struct map *m)
{
	u64 now = clock_ns(CLOCK_MONOTONIC);
	struct elf *e;
	struct stat st;
	int fd;

	if (now - d->verified < 1000 * MS && m->seen < d->verified)
		return;
	d->verified = now;
	fd = safe_open_host(d->path, &d->file, &st);
	if (fd < 0 && alive)
		fd = open_mapped(pid, m->start, m->end, &d->file, &st);
	if (fd < 0)
		return;
	e = elf_get(fd, &st, d->path, 0);
	if (e && e != d->now.elf) {
		bool written = e->mtime != d->now.elf->mtime || e->size != d->now.elf->size;

		/* Not written: only its attributes have changed, or it is another file. */
		d->before = d->now;
		if (written)
			d->before.elf = NULL;
		d->now.elf = e;
		d->now.since = is_unchanged(fd, &st, d->generation, mapped_at(m))
				       ? e->mtime
				       : (u64)ts_ns(&st.st_ctim);
	}
	close(fd);
}

const struct elf *dso_elf(struct dso *d, u32 pid, bool alive, const struct map *m)
{
	u64 mapped = mapped_at(m);
	struct stat st;
	int fd;

	if (d->now.elf) {
		verify(d, pid, alive, m);
	} else if (budget_left() && d->tries < 16 && (!d->tries || d->last_pid != pid)) {
		/* In another process's mount namespace, the path may lead to the file. */
		d->tries++;
		d->last_pid = pid;
		fd = dso_open(d, pid, alive, m, &st, &d->now.since);
		if (fd >= 0) {
			d->now.elf = elf_get(fd, &st, d->path, alive ? pid : 0);
			d->verified = clock_ns(CLOCK_MONOTONIC);
			d->tries = d->now.elf || budget_left() ? 16 : 0;
			close(fd);
		}
	}
	if (mapped >= d->now.since) {
		if (d->now.elf)
			elf_use(d->now.elf);
		return d->now.elf;
	}
	return mapped >= d->before.since ? d->before.elf : NULL;
}

static bool is_foreign(u32 pid)
{
	struct stat ours, theirs;
	char path[64];

	snprintf(path, sizeof(path), "/proc/%u/ns/mnt", pid);
	return stat("/proc/self/ns/mnt", &ours) || stat(path, &theirs) ||
	       ours.st_ino != theirs.st_ino;
}

void dso_hold(struct dso *d, u32 pid, const struct map *m)
{
	bool spare;

	if (!d->file.ino)
		return;
	spare = !d->gone && !is_foreign(pid);
	if (!spare && held >= MAX_HELD)
		return;
	d->fd = hold_mapped(pid, m->start, m->end, d->path, &d->file);
	if (d->fd < 0)
		return;
	if (spare) {
		struct dso **at = &spares[nspares++ % MAX_SPARES];

		if (*at)
			let_go(*at);
		*at = d;
		d->spare = at - spares + 1;
	} else {
		held++;
	}
}
