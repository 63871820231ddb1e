/* SPDX-License-Identifier: BSD-2-Clause */
/* What processes have mapped where, shared between them. */
#pragma once
#include "symbols/elfsyms.h"
#include "symbols/safe_file.h"

/* What is mapped: a file under one name, or memory with a name. All processes share it. */
struct dso {
	struct dso *next;
	u32 refs, hash;
	struct want file; /* ino is 0 if it is not a file */
	u64 generation;
	/* The file's symbols since then (CLOCK_REALTIME ns), and those before. */
	struct {
		struct elf *elf;
		u64 since;
	} now, before;
	bool vdso;
	bool gone;    /* its path did not lead to it when we first saw it */
	u8 tries;     /* how often we tried to open it */
	u8 spare;     /* see dso_hold() */
	u32 last_pid; /* the process by which we last tried */
	u64 verified; /* when we last checked that `now` is what the file contains, CLOCK_MONOTONIC ns */
	int fd;       /* held, or -1 */
	struct {
		u32 epoch, table;
	} unwind; /* see unwind.c */
	char path[];
};

/* Returns a reference, or NULL if memory is short. *fresh: the dso was unknown before. */
struct dso *dso_get(const char *path, u64 dev, u64 ino, u64 generation, bool *fresh);
/* Frees dsos without references. They live until then because their path may yet be printed. */
void dso_free_unused(void);
void dso_put(struct dso *);

struct map {
	u64 start, end, off;
	u64 since; /* when it was made, CLOCK_MONOTONIC ns; 0: before we first looked */
	u64 seen;  /* the same; instead of 0, when we first looked */
	struct dso *dso;
};

/*
 * The symbols of the mapped file. NULL if it is not a file, can't be had any more, or was written
 * to since it was mapped. For a process that lives, its own link to the file is used, which is
 * right even if the path leads elsewhere by now.
 */
const struct elf *dso_elf(struct dso *, u32 pid, bool alive, const struct map *);
/*
 * Hold a file that was just mapped until its symbols are wanted: by then, its path may not lead to
 * it, and the process may be gone. Does not wait for file systems, because it is called while
 * tracing.
 */
void dso_hold(struct dso *, u32 pid, const struct map *);

/* The mappings of a process; shared by parent and child until one of them changes. */
struct maps;

void maps_put(struct maps *);
struct maps *maps_share(struct maps *);
/*
 * Put a mapping over whatever was there. Takes over the reference to new.dso. Calls over() for each
 * mapping that it hides, unless that shows the same.
 */
void maps_insert(struct maps **, struct map new, void (*over)(void *ctx, const struct map *hidden),
		 void *ctx);
const struct map *maps_find(const struct maps *, u64 addr);
/* All of them, by address. */
u32 maps_count(const struct maps *);
const struct map *maps_nth(const struct maps *, u32 i);
/* Do both map the same bytes of the same file at the same place? */
bool map_same(const struct map *, const struct map *);
/* Does it overlap with mappings of anything else? */
bool maps_differ(const struct maps *, const struct map *);
/* We learn only now that a mapping was made at that time. False if there is no such mapping. */
bool maps_made(struct maps *, const struct map *, u64 time);
