// SPDX-License-Identifier: BSD-2-Clause
#include "symbols/perfmap.h"
#include "base/nsec.h"
#include "symbols/safe_file.h"
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MAX_JIT      (128 << 20) /* bytes of a perf map's names */
#define MAX_JIT_SYMS (2 << 20)
#define MAX_JIT_READ (256 << 20) /* bytes of the file at a time */
/* For all maps together. */
#define MAX_ALL      (256 << 20)
#define MAX_ALL_SYMS (4 << 20)

#define CHUNK (64 << 10)

/* A line of the map, in the order of the file. */
struct entry {
	u64 addr;
	u32 chunk; /* of its name */
	u16 at;    /* where in it */
	bool used; /* some piece belongs to it */
};

/* An address range in which an entry is the newest. Pieces don't overlap. */
struct piece {
	u64 start, end;
	u32 entry;
};

struct perfmap {
	struct perfmap *next; /* in unused */
	u64 dev, ino, size;
	u64 read;    /* how far, in bytes */
	u64 checked; /* time of the last check, CLOCK_MONOTONIC ns */
	struct entry *entries;
	size_t n, room;
	struct piece *pieces; /* by address */
	size_t npieces;
	struct piece *fresh; /* from lines just read, not yet among the pieces; in order of age */
	size_t nfresh, fresh_room;
	char **chunks; /* of names, which must not move; NULL if none of a chunk's names is used */
	size_t nchunks, used;
	size_t live; /* chunks that are not NULL */
	bool more;   /* the file has lines that we have not read */
	char path[40];
};

static struct perfmap *unused;
static size_t all_chunks, all_entries;

void perfmap_drop(struct perfmap **j)
{
	if (*j) {
		(*j)->next = unused;
		unused = *j;
		*j = NULL;
	}
}

void perfmap_free_unused(void)
{
	while (unused) {
		struct perfmap *j = unused;

		unused = j->next;
		while (j->nchunks)
			free(j->chunks[--j->nchunks]);
		all_chunks -= j->live;
		all_entries -= j->n;
		free(j->chunks);
		free(j->entries);
		free(j->pieces);
		free(j->fresh);
		free(j);
	}
}

/* Make room for one more element of an array, which grows by half. */
static bool grow(void *array, size_t *room, size_t n, size_t size)
{
	void **v = array, *more;
	size_t want = *room + *room / 2 + 256;

	if (n < *room)
		return true;
	more = realloc(*v, want * size);
	if (!more)
		return false;
	*v = more;
	*room = want;
	return true;
}

static bool name_put(struct perfmap *j, const char *name, size_t len)
{
	if (!j->nchunks || j->used + len > CHUNK) {
		char **v = realloc(j->chunks, (j->nchunks + 1) * sizeof(*v));
		char *chunk = v ? malloc(CHUNK) : NULL;

		if (v)
			j->chunks = v;
		if (!chunk)
			return false;
		v[j->nchunks++] = chunk;
		j->live++;
		all_chunks++;
		j->used = 0;
	}
	memcpy(j->chunks[j->nchunks - 1] + j->used, name, len);
	j->used += len;
	return true;
}

static int piece_order(const void *a, const void *b)
{
	const struct piece *x = a, *y = b;

	if (x->start != y->start)
		return x->start < y->start ? -1 : 1;
	return (x->entry > y->entry) - (x->entry < y->entry);
}

/* A heap of pieces, the newest at the top. */
static void heap_put(const struct piece **heap, size_t n, const struct piece *p)
{
	while (n && heap[(n - 1) / 2]->entry < p->entry) {
		heap[n] = heap[(n - 1) / 2];
		n = (n - 1) / 2;
	}
	heap[n] = p;
}

/* n: how many to keep. */
static void heap_take(const struct piece **heap, size_t n)
{
	const struct piece *p = heap[n];
	size_t at = 0, child;

	while ((child = 2 * at + 1) < n) {
		if (child + 1 < n && heap[child + 1]->entry > heap[child]->entry)
			child++;
		if (heap[child]->entry <= p->entry)
			break;
		heap[at] = heap[child];
		at = child;
	}
	heap[at] = p;
}

/*
 * Where entries overlap, the newest counts. in is sorted by piece_order(); out has room for twice as
 * many. Returns how many pieces it made.
 */
static size_t overlay(const struct piece *in, size_t n, const struct piece **heap,
		      struct piece *out)
{
	size_t made = 0, waiting = 0, i = 0;
	u64 at = 0;

	while (i < n || waiting) {
		const struct piece *top;
		u64 until;

		while (waiting && heap[0]->end <= at)
			heap_take(heap, --waiting);
		if (!waiting) {
			if (i == n)
				break;
			at = in[i].start;
		}
		while (i < n && in[i].start <= at) {
			if (in[i].end > at)
				heap_put(heap, waiting++, &in[i]);
			i++;
		}
		if (!waiting)
			continue;
		top = heap[0];
		until = i < n && in[i].start < top->end ? in[i].start : top->end;
		if (made && out[made - 1].entry == top->entry && out[made - 1].end == at)
			out[made - 1].end = until;
		else
			out[made++] = (struct piece){ at, until, top->entry };
		at = until;
	}
	return made;
}

/* Put the fresh lines over the existing pieces. This goes through all pieces, once for many lines. */
static bool merge(struct perfmap *j)
{
	size_t n = j->npieces + j->nfresh;
	struct piece *in = malloc((n + 1) * sizeof(*in)), *out = NULL;
	const struct piece **heap = NULL;
	size_t a = 0, b = 0;
	bool good = false;

	if (!j->nfresh) {
		free(in);
		return true;
	}
	qsort(j->fresh, j->nfresh, sizeof(*j->fresh), piece_order);
	out = malloc((2 * n + 1) * sizeof(*out));
	heap = malloc((n + 1) * sizeof(*heap));
	if (in && out && heap) {
		for (size_t i = 0; i < n; i++)
			in[i] = b == j->nfresh || (a < j->npieces &&
						   piece_order(&j->pieces[a], &j->fresh[b]) < 0)
					? j->pieces[a++]
					: j->fresh[b++];
		j->npieces = overlay(in, n, heap, out);
		free(j->pieces);
		j->pieces = realloc(out, (j->npieces + 1) * sizeof(*out)) ?: out;
		j->nfresh = 0;
		out = NULL;
		good = true;
	}
	free(in);
	free(out);
	free(heap);
	return good;
}

/*
 * Forget the entries that newer ones hide, those below floor, and names that no entry uses any more. An
 * entry's number is its age: the order stays, but the numbers become smaller.
 */
static void compact(struct perfmap *j, size_t floor)
{
	size_t kept = 0, pieces = 0;
	u32 *number = malloc((j->n + 1) * sizeof(*number));
	char *wanted = calloc(1, j->nchunks + 1);

	for (size_t i = 0; i < j->npieces; i++)
		j->entries[j->pieces[i].entry].used = j->pieces[i].entry >= floor;
	if (number && wanted) {
		for (size_t i = 0; i < j->n; i++) {
			struct entry e = j->entries[i];

			number[i] = UINT32_MAX;
			if (!e.used)
				continue;
			e.used = false;
			wanted[e.chunk] = 1;
			number[i] = kept;
			j->entries[kept++] = e;
		}
		for (size_t i = 0; i < j->npieces; i++) {
			struct piece p = j->pieces[i];

			p.entry = number[p.entry];
			if (p.entry != UINT32_MAX)
				j->pieces[pieces++] = p;
		}
		all_entries -= j->n - kept;
		j->n = kept;
		j->npieces = pieces;
		for (size_t i = 0; i + 1 < j->nchunks; i++) /* the last one is being filled */
			if (!wanted[i] && j->chunks[i]) {
				free(j->chunks[i]);
				j->chunks[i] = NULL;
				j->live--;
				all_chunks--;
			}
	}
	free(number);
	free(wanted);
}

static bool is_full(const struct perfmap *j)
{
	return j->n >= MAX_JIT_SYMS || j->live >= MAX_JIT / CHUNK || all_entries >= MAX_ALL_SYMS ||
	       all_chunks >= MAX_ALL / CHUNK;
}

/* The newest names matter most, so if there is no room the oldest go. */
static void make_room(struct perfmap *j)
{
	static bool said;

	if (!merge(j))
		return;
	compact(j, 0);
	if (j->n < MAX_JIT_SYMS / 4 * 3 && j->live < MAX_JIT / CHUNK / 4 * 3 && !is_full(j))
		return;
	compact(j, j->n / 2);
	if (!said)
		warnx("%s: too large; its older half is ignored, and code in it has no names",
		      j->path);
	said = true;
}

static void add(struct perfmap *j, u64 addr, u64 size, const char *name)
{
	size_t len = strlen(name) + 1;

	if (len > MAX_NAME || addr + size < addr)
		return;
	if (is_full(j))
		make_room(j);
	if (is_full(j) || !grow(&j->entries, &j->room, j->n, sizeof(*j->entries)) ||
	    !grow(&j->fresh, &j->fresh_room, j->nfresh, sizeof(*j->fresh)) ||
	    !name_put(j, name, len))
		return;
	j->entries[j->n] = (struct entry){ addr, j->nchunks - 1, j->used - len, false };
	j->fresh[j->nfresh++] = (struct piece){ addr, addr + size, j->n++ };
	all_entries++;
}

/* "START SIZE NAME", numbers in hex. */
static void add_line(struct perfmap *j, const char *line)
{
	u64 addr, size;
	char *end;

	addr = strtoull(line, &end, 16);
	if (end == line || *end != ' ')
		return;
	size = strtoull(end, &end, 16);
	if (*end == ' ' && size && end[1])
		add(j, addr, size, end + 1);
}

/* Read the lines from where we stopped. The last one can be incomplete; it is read again later. */
static void read_lines(struct perfmap *j, int fd)
{
	const struct src src = { .fd = fd, .size = j->size };
	char buf[CHUNK];
	size_t n = 0, got, all = 0;
	bool overlong = false;

	while ((got = src_read_some(&src, j->read + n, buf + n, sizeof(buf) - 1 - n))) {
		char *line = buf, *end;

		n += got;
		while ((end = memchr(line, '\n', buf + n - line))) {
			*end = '\0';
			if (!overlong)
				add_line(j, line);
			overlong = false;
			line = end + 1;
		}
		overlong |= line == buf && n == sizeof(buf) - 1;
		if (overlong) /* skip it */
			line = buf + n;
		j->read += line - buf;
		all += line - buf;
		n -= line - buf;
		memmove(buf, line, n);
		if (all >= MAX_JIT_READ)
			break;
	}
	j->more = j->read + n < j->size;
	if (!j->more && !overlong) {
		buf[n] = '\0';
		add_line(j, buf);
	}
	merge(j);
	free(j->fresh);
	j->fresh = NULL;
	j->nfresh = j->fresh_room = 0;
	close(fd);
}

/* The pid within its own namespace, and its user. False if the process is gone. */
static bool proc_status(u32 pid, u32 *nspid, u32 *uid)
{
	char line[256];
	bool found = false;
	FILE *f;

	*nspid = pid;
	snprintf(line, sizeof(line), "/proc/%u/status", pid);
	f = fopen(line, "re");
	if (!f)
		return false;
	while (fgets(line, sizeof(line), f)) {
		if (sscanf(line, "Uid:%*u%u", uid) == 1)
			found = true;
		else if (!strncmp(line, "NSpid:", 6) && strrchr(line, '\t'))
			*nspid = strtoul(strrchr(line, '\t'), NULL, 10);
	}
	fclose(f);
	return found;
}

/*
 * Anybody can write to /tmp, so we trust only files of root and of the process's user. For a process
 * that has ended, we must know who its user was.
 */
static bool is_trusted(const struct stat *st, u64 user)
{
	return !st->st_uid || (user != NO_USER && st->st_uid == user);
}

/* Read the perf map, or the part it grew by. miss: an address was not found in it. */
static void refresh(struct perfmap **at, u32 pid, u64 owner, bool miss)
{
	u64 now = clock_ns(CLOCK_MONOTONIC_COARSE);
	struct perfmap *j = *at;
	u32 nspid, uid;
	struct stat st;
	bool alive;
	char path[40];
	int fd;

	if (j && now - j->checked < (miss ? 10 : 1000) * MS)
		return;
	alive = proc_status(pid, &nspid, &uid);
	snprintf(path, sizeof(path), "/tmp/perf-%u.map", nspid);
	fd = alive ? safe_open_in_process(pid, path, NULL, &st) : -1;
	if (fd < 0) {
		snprintf(path, sizeof(path), "/tmp/perf-%u.map", pid);
		fd = safe_open_host(path, NULL, &st);
	}
	if (fd >= 0 && !is_trusted(&st, alive ? uid : owner)) {
		close(fd);
		fd = -1;
	}
	if (j && (fd < 0 || (j->dev == st.st_dev && j->ino == st.st_ino &&
			     j->size == (u64)st.st_size && !j->more))) {
		j->checked = now;
		if (fd >= 0)
			close(fd);
		return;
	}
	if (j && j->ino &&
	    (j->dev != st.st_dev || j->ino != st.st_ino || j->size > (u64)st.st_size)) {
		perfmap_drop(at);
		j = NULL;
	}
	if (!j)
		j = *at = calloc(1, sizeof(*j));
	if (j)
		j->checked = now;
	if (fd < 0)
		return;
	if (!j) {
		close(fd);
		return;
	}
	strcpy(j->path, path);
	j->dev = st.st_dev;
	j->ino = st.st_ino;
	j->size = st.st_size;
	budget_begin();
	read_lines(j, fd);
	budget_end();
}

static const struct piece *piece_at(const struct perfmap *j, u64 addr)
{
	size_t lo = 0, hi = j->npieces;

	while (lo < hi) {
		size_t mid = (lo + hi) / 2;

		if (j->pieces[mid].end > addr)
			hi = mid;
		else
			lo = mid + 1;
	}
	return lo < j->npieces && j->pieces[lo].start <= addr ? &j->pieces[lo] : NULL;
}

bool perfmap_find(struct perfmap **at, u32 pid, u64 owner, u64 addr, struct perfmap_name *out)
{
	const struct piece *p = NULL;
	const struct entry *e;

	for (int miss = 0; !p && miss < 2; miss++) {
		refresh(at, pid, owner, miss);
		if (!*at)
			return false;
		p = piece_at(*at, addr);
	}
	if (!p)
		return false;
	e = &(*at)->entries[p->entry];
	*out = (struct perfmap_name){ (*at)->chunks[e->chunk] + e->at, (*at)->path,
				      addr - e->addr };
	return true;
}
