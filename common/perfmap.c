// SPDX-License-Identifier: BSD-2-Clause
#include "perfmap.h"
#include "foreign.h"
#include "nsec.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MAX_JIT      (64 << 20) /* bytes of a perf map's names */
#define MAX_JIT_FILE (1 << 28)
#define MAX_JIT_SYMS (1 << 20)

#define CHUNK (64 << 10)

struct perfmap {
	struct perfmap *next; /* in unused */
	uint64_t dev, ino, size;
	uint64_t read;    /* how far */
	uint64_t checked; /* when, CLOCK_MONOTONIC ns */
	struct sym *syms; /* by address, then age; a name's number grows with age */
	size_t nsyms, room;
	char **chunks; /* of names: they must not move */
	size_t nchunks, used;
	char path[40];
};

static struct perfmap *unused;

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
		free(j->chunks);
		free(j->syms);
		free(j);
	}
}

static void add(struct perfmap *j, uint64_t addr, uint64_t size, const char *name)
{
	size_t len = strlen(name) + 1;

	if (j->nsyms >= MAX_JIT_SYMS || len > MAX_NAME)
		return;
	if (j->nsyms == j->room) {
		size_t room = j->room * 2 ?: 256;
		struct sym *v = realloc(j->syms, room * sizeof(*v));

		if (!v)
			return;
		j->syms = v;
		j->room = room;
	}
	if (!j->nchunks || j->used + len > CHUNK) {
		char **v, *chunk;

		if (j->nchunks >= MAX_JIT / CHUNK)
			return;
		v = realloc(j->chunks, (j->nchunks + 1) * sizeof(*v));
		if (v)
			j->chunks = v;
		chunk = v ? malloc(CHUNK) : NULL;
		if (!chunk)
			return;
		v[j->nchunks++] = chunk;
		j->used = 0;
	}
	memcpy(j->chunks[j->nchunks - 1] + j->used, name, len);
	j->syms[j->nsyms++] = (struct sym){ addr, size < UINT32_MAX ? size : UINT32_MAX,
					    (j->nchunks - 1) * CHUNK + j->used };
	j->used += len;
}

static int sym_order(const void *a, const void *b)
{
	const struct sym *x = a, *y = b;

	if (x->addr != y->addr)
		return x->addr < y->addr ? -1 : 1;
	return (x->name > y->name) - (x->name < y->name);
}

/* Lines "START SIZE NAME", numbers in hex; the file can be cut off in the middle of one. */
static void read_lines(struct perfmap *j, int fd)
{
	FILE *f = fdopen(fd, "r");
	char line[MAX_NAME + 64];
	bool whole = true;
	size_t at = 0;

	if (!f) {
		close(fd);
		return;
	}
	if (fseeko(f, j->read, SEEK_SET))
		j->read = UINT64_MAX;
	while (j->read < j->size && at < MAX_JIT_FILE && j->nsyms < MAX_JIT_SYMS &&
	       fgets(line, sizeof(line), f)) {
		size_t len = strlen(line);
		bool ends = len && line[len - 1] == '\n', begins = whole;
		uint64_t addr, size;
		char *end;

		if (ends)
			line[len - 1] = '\0';
		whole = ends;
		at += ends ? len : sizeof(line);
		if (ends)
			j->read = ftello(f);
		if (!begins)
			continue; /* the rest of an overlong line */
		addr = strtoull(line, &end, 16);
		if (end == line || *end != ' ')
			continue;
		size = strtoull(end, &end, 16);
		if (*end != ' ' || !size || !end[1])
			continue;
		add(j, addr, size, end + 1);
	}
	fclose(f);
	if (j->nsyms)
		qsort(j->syms, j->nsyms, sizeof(*j->syms), sym_order);
}

/* The pid within its own namespace, and its user. False if the process is gone. */
static bool proc_status(uint32_t pid, uint32_t *nspid, uint32_t *uid)
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

/* Read the perf map, or the part it grew by. miss: an address was not found in it. */
static void refresh(struct perfmap **at, uint32_t pid, bool miss)
{
	uint64_t now = clock_ns(CLOCK_MONOTONIC_COARSE);
	struct perfmap *j = *at;
	uint32_t nspid, uid;
	struct stat st;
	bool alive;
	char path[40];
	int fd;

	if (j && now - j->checked < (miss ? 10 : 1000) * MS)
		return;
	alive = proc_status(pid, &nspid, &uid);
	snprintf(path, sizeof(path), "/tmp/perf-%u.map", nspid);
	fd = alive ? open_there(pid, path, NULL, &st) : -1;
	if (fd < 0) {
		snprintf(path, sizeof(path), "/tmp/perf-%u.map", pid);
		fd = open_here(path, NULL, &st);
	}
	/* /tmp is everybody's: nobody may name another user's code */
	if (fd >= 0 && alive && st.st_uid != uid && st.st_uid) {
		close(fd);
		fd = -1;
	}
	if (j && (fd < 0 || (j->dev == st.st_dev && j->ino == st.st_ino &&
			     j->size == (uint64_t)st.st_size))) {
		j->checked = now;
		if (fd >= 0)
			close(fd);
		return;
	}
	if (j && j->ino &&
	    (j->dev != st.st_dev || j->ino != st.st_ino || j->size > (uint64_t)st.st_size)) {
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
	read_lines(j, fd);
}

const struct sym *perfmap_find(struct perfmap **at, uint32_t pid, uint64_t addr, const char **name,
			       const char **path)
{
	const struct sym *s = NULL;

	for (int miss = 0; !s && miss < 2; miss++) {
		refresh(at, pid, miss);
		if (!*at)
			return NULL;
		s = sym_find((*at)->syms, (*at)->nsyms, addr, true);
	}
	if (s) {
		*name = (*at)->chunks[s->name / CHUNK] + s->name % CHUNK;
		*path = (*at)->path;
	}
	return s;
}
