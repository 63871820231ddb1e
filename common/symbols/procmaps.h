/* SPDX-License-Identifier: BSD-2-Clause */
/* What processes have mapped where, shared between them. */
#pragma once
#include "symbols/elfsyms.h"
#include "symbols/safe_file.h"

/* What is mapped: a file by one name, or memory with a name. Shared by all processes. */
struct dso {
	struct dso *next;
	u32 refs, hash;
	struct want file; /* ino is 0 if it is no file */
	u64 generation;
	/* The symbols of the file as it was from since on, CLOCK_REALTIME ns; and as it was before. */
	struct {
		struct elf *elf;
		u64 since;
	} now, before;
	bool vdso;
	bool gone;    /* its path did not lead to it when it was seen first */
	u8 tries;     /* to open it */
	u8 spare;     /* see dso_hold() */
	u32 last_pid; /* that the last try was made with */
	u64 verified; /* that now is of what is in the file, CLOCK_MONOTONIC ns */
	int fd;       /* held, or -1 */
	char path[];
};

/* Takes a reference. NULL if memory is short. *fresh: it was not known before. */
struct dso *dso_get(const char *path, u64 dev, u64 ino, u64 generation, bool *fresh);
/* Those that nothing maps any more live until then: somebody may still print the path. */
void dso_free_unused(void);
void dso_put(struct dso *);

struct map {
	u64 start, end, off;
	u64 since; /* when it was made, CLOCK_MONOTONIC ns; 0: before it was looked at first */
	u64 seen;  /* the same, but then when it was looked at */
	struct dso *dso;
};

/*
 * The symbols of the file behind a mapping, NULL if it is none, can't be had any more, or was
 * written since. What the process itself points to, if it is alive, is right even if the path leads
 * elsewhere by now.
 */
const struct elf *dso_elf(struct dso *, u32 pid, bool alive, const struct map *);
/*
 * Take hold of a file just mapped, until its symbols are wanted: its path may not lead to it then,
 * and its process may be gone. Waits for no file system, as this is called while tracing.
 */
void dso_hold(struct dso *, u32 pid, const struct map *);

/* The mappings of a process; shared by parent and child until one of them changes. */
struct maps;

void maps_put(struct maps *);
struct maps *maps_share(struct maps *);
/*
 * Put a mapping over whatever was there. Takes over the reference to new.dso. What it hides is told
 * to over(), if it is not the same.
 */
void maps_insert(struct maps **, struct map new, void (*over)(void *ctx, const struct map *hidden),
		 void *ctx);
const struct map *maps_find(const struct maps *, u64 addr);
/* Do both map the same bytes of the same file at the same place? */
bool map_same(const struct map *, const struct map *);
/* Does it meet other mappings than ones of the same bytes? */
bool maps_differ(const struct maps *, const struct map *);
/* A mapping was made at that time, as is known only now. False if there is no such. */
bool maps_made(struct maps *, const struct map *, u64 time);
