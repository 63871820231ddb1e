// SPDX-License-Identifier: BSD-2-Clause
#include "procmaps.h"
#include "nsec.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MAX_MAPS 16384 /* executable mappings of one process */
#define MAX_HELD 256   /* files kept open because their path won't lead there later */

static struct dso *dsos[4096];
static struct dso *unused_dsos;
static size_t held;

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

void dso_free_unused(void)
{
	while (unused_dsos) {
		struct dso *d = unused_dsos;

		unused_dsos = d->next;
		if (d->fd >= 0) {
			close(d->fd);
			held--;
		}
		free(d);
	}
}

static bool dso_changed(const struct dso *d)
{
	struct stat st;

	return d->elf && !stat(d->path, &st) && same_file(&st, &d->file) &&
	       (ts_ns(&st.st_mtim) != d->elf->mtime || (uint64_t)st.st_size != d->elf->size);
}

struct dso *dso_get(const char *path, uint64_t dev, uint64_t ino, uint64_t generation,
		    uint64_t seen, bool *fresh)
{
	size_t len = strlen(path);
	uint32_t hash = 2166136261u;
	struct dso *d;

	if (path[0] != '/' || path[1] == '/')
		ino = 0; /* "//anon", "[heap]" */
	if (!ino)
		dev = generation = 0;
	else if (len > 10 && !strcmp(path + len - 10, " (deleted)"))
		len -= 10;
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
			if (ino && dso_changed(d))
				continue; /* written anew in place: this mapping is of the new */
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
	d->seen = seen;
	d->fd = -1;
	d->vdso = !strcmp(d->path, "[vdso]");
	d->next = dsos[hash % 4096];
	dsos[hash % 4096] = d;
	return d;
}
struct maps {
	uint32_t refs;
	uint32_t n, room;
	struct map v[];
};

void maps_put(struct maps *m)
{
	if (!m || --m->refs)
		return;
	for (uint32_t i = 0; i < m->n; i++)
		dso_put(m->v[i].dso);
	free(m);
}

struct maps *maps_share(struct maps *m)
{
	if (m)
		m->refs++;
	return m;
}

static struct maps *maps_new(uint32_t room)
{
	struct maps *m = malloc(sizeof(*m) + room * sizeof(m->v[0]));

	if (m)
		*m = (struct maps){ .refs = 1, .room = room };
	return m;
}

/* Make *mp ours alone, with room for two more. */
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
		for (uint32_t i = 0; i < m->n; i++)
			m->v[i].dso->refs++;
		maps_put(m);
	}
	*mp = more;
	return true;
}

/* The first mapping that ends after addr. */
static uint32_t maps_at(const struct maps *m, uint64_t addr)
{
	uint32_t lo = 0, hi = m->n;

	while (lo < hi) {
		uint32_t mid = (lo + hi) / 2;

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

	if (!x->file.ino) /* the kernel's records have an offset of memory, /proc has none */
		return x == y;
	if (a->start - a->off != b->start - b->off)
		return false;
	/* /proc does not tell the generation */
	return x == y || (x->file.ino == y->file.ino && x->file.dev == y->file.dev &&
			  (!x->generation || !y->generation || x->generation == y->generation));
}

bool maps_differ(const struct maps *m, const struct map *new)
{
	for (uint32_t i = m ? maps_at(m, new->start) : 0; m && i < m->n && m->v[i].start < new->end;
	     i++)
		if (!map_same(&m->v[i], new))
			return true;
	return false;
}

bool maps_made(struct maps *m, const struct map *new, uint64_t time)
{
	uint32_t i = m ? maps_at(m, new->start) : 0;

	if (!m || i == m->n || m->v[i].start > new->start || !map_same(&m->v[i], new))
		return false;
	if (m->v[i].since < time)
		m->v[i].since = time;
	return true;
}

void maps_insert(struct maps **mp, struct map new,
		 void (*over)(void *ctx, const struct map *hidden), void *ctx)
{
	struct map part[3];
	uint32_t i, j, n = 0;
	struct maps *m = *mp;

	if (m) {
		i = maps_at(m, new.start);
		if (i < m->n && m->v[i].start <= new.start &&
		    m->v[i].end >= new.end &&map_same(&m->v[i], &new)) {
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
	for (uint32_t k = i; k < j; k++) {
		if (over && !map_same(&m->v[k], &new))
			over(ctx, &m->v[k]);
		dso_put(m->v[k].dso);
	}
	memmove(m->v + i + n, m->v + j, (m->n - j) * sizeof(m->v[0]));
	memcpy(m->v + i, part, n * sizeof(part[0]));
	m->n = m->n - (j - i) + n;
}

const struct map *maps_find(const struct maps *m, uint64_t addr)
{
	uint32_t i = m ? maps_at(m, addr) : 0;

	return m && i < m->n && m->v[i].start <= addr ? &m->v[i] : NULL;
}

/*
 * Find and open the file behind a mapping. What the process itself points to is right even if the
 * path leads elsewhere by now. By path alone a file must not have been written since.
 */
static int dso_open(struct dso *d, uint32_t pid, bool alive, const struct map *m, struct stat *st)
{
	int fd = -1;

	if (d->fd >= 0) {
		fd = d->fd;
		d->fd = -1;
		held--;
		if (!fstat(fd, st))
			return fd;
		close(fd);
		fd = -1;
	}
	if (alive) {
		fd = open_mapped(pid, m->start, m->end, &d->file, st);
		if (fd < 0)
			fd = open_there(pid, d->path, &d->file, st);
	}
	if (fd < 0) {
		fd = open_here(d->path, &d->file, st);
		if (fd >= 0 && ts_ns(&st->st_mtim) > d->seen && ts_ns(&st->st_ctim) > d->seen) {
			close(fd);
			fd = -1;
		}
	}
	return fd;
}

const struct elf *dso_elf(struct dso *d, uint32_t pid, bool alive, const struct map *m)
{
	struct stat st;
	int fd;

	/* Where one process led nowhere another may lead to the file. */
	if (d->elf || d->tries >= 16 || (d->tries && d->last_pid == pid))
		return d->elf;
	d->tries++;
	d->last_pid = pid;
	fd = dso_open(d, pid, alive, m, &st);
	if (fd >= 0) {
		d->elf = elf_get(fd, &st, d->path, alive ? pid : 0);
		d->tries = 16;
		close(fd);
	}
	return d->elf;
}

void dso_hold(struct dso *d, uint32_t pid, const struct map *m)
{
	struct stat st;

	if (!d->file.ino || held >= MAX_HELD || (!stat(d->path, &st) && same_file(&st, &d->file)))
		return;
	d->fd = open_mapped(pid, m->start, m->end, &d->file, &st);
	if (d->fd < 0)
		d->fd = open_there(pid, d->path, &d->file, &st);
	held += d->fd >= 0;
}
