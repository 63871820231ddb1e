/* SPDX-License-Identifier: BSD-2-Clause */
/* Paths from BPF programs (bpf/lib/path.bpf.h). */
#pragma once
#include "lib/path.h"
#include "output/out.h"

#define PATH_MARK_LEN 16 /* more than a mark takes as text */

/*
 * Put "/outermost/innermost" at TO, from LEN bytes of names as lib/path.h has them; without a NUL.
 * A path that doesn't begin at the root begins with "..." or "(unreachable)" instead.
 * The result's length: at most LEN + PATH_MARK_LEN.
 */
size_t path_join(char *to, const char *names, size_t len);

/* FILE of a call relative to DFD, as the kernel calls it: /dev/fd/3/file.  Valid until the next. */
const char *path_at(int dfd, const char *file);

/*
 * For a COL_FN's function: PATH, N bytes, below the directory that LEN bytes of names are;
 * just the directory if N is 0.  Without names that is the root.
 */
void out_path(struct out *, const char *names, size_t len, const char *path, size_t n);
