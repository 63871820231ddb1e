/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once
#include "lib/types.h"
#include <stddef.h>
#include <stdio.h>

/* Flame graphs: stacks in, one self-contained SVG file out. */

struct flame;

/* Here and in flame_add(), running out of memory ends the program. */
struct flame *flame_new(void);

/*
 * Count one stack, root first. A frame that ends in "_[k]" is a kernel frame: it gets another
 * colour, and the suffix is not shown. The strings are copied, and can contain any byte.
 */
void flame_add(struct flame *f, const char *const *frames, size_t n, u64 count);

/*
 * Write the graph. unit says what was counted: "samples", "us". Returns 0, or -1 if the stream
 * has an error (errno is set).
 */
int flame_write(struct flame *f, FILE *out, const char *title, const char *unit);

void flame_free(struct flame *f);
