/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once
#include "lib/types.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/*
 * Flame graphs: stacks in, one self-contained SVG file out.  What deep or recursive code makes hard to read is
 * folded: calls of a function by itself, and what is above FLAME_ROWS rows.
 */

#define FLAME_ROWS 50 /* what a screen of 1080 lines has room for in a browser */

struct flame;

/* What a frame is. It decides about the colour. */
enum flame_kind {
	FLAME_NAME, /* no code: a thread, a cause */
	FLAME_USER,
	FLAME_JIT, /* code that was generated at run time */
	FLAME_KERNEL,
};

struct flame_frame {
	const char *name;   /* NULL: unknown */
	const char *module; /* the last part of its file's name; NULL: none, or unknown */
	enum flame_kind kind;
};

/* Here and in flame_add(), running out of memory ends the program. */
struct flame *flame_new(void);

/*
 * Count one stack, root first.  Frames are the same if their names and kinds are.  The strings are copied, and can
 * contain any byte.
 */
void flame_add(struct flame *f, const struct flame_frame *frames, size_t n, u64 count);
/*
 * The same for an earlier run.  The graph then shows by colours how each frame's share of all that was counted
 * differs; where a frame was only then, it has no width.
 */
void flame_add_before(struct flame *f, const struct flame_frame *frames, size_t n, u64 count);

/* How much was counted in both runs. */
struct flame_totals {
	u64 now, before;
};
struct flame_totals flame_totals(const struct flame *f);

/* A stack of either run, its names root first, and how much more of the run it is than it was: from -1 to 1. */
struct flame_difference {
	const char *const *names;
	size_t n;
	u64 now, before;
	double change;
};
/* Call EACH for all stacks, those that changed most last. */
void flame_differences(struct flame *f, void (*each)(const struct flame_difference *));

/*
 * Write the graph. unit says what was counted: "samples", "us"; before, what was compared with, or NULL. Returns
 * 0, or -1 if the stream has an error (errno is set).
 */
int flame_write(struct flame *f, FILE *out, const char *title, const char *unit,
		const char *before);

void flame_free(struct flame *f);
