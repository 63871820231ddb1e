/* SPDX-License-Identifier: BSD-2-Clause */
/* Paths from BPF programs (bpf/lib/path.bpf.h). */
#pragma once
#include "out.h"

/*
 * Put "/outermost/.../innermost" at TO, from LEN bytes of names, innermost first,
 * each with a NUL behind it.  As long as they are, without a NUL: LEN bytes.
 */
size_t path_join(char *to, const char *names, size_t len);

/* FILE of a call relative to DFD, as the kernel calls it: /dev/fd/3/file.  Valid until the next. */
const char *path_at(int dfd, const char *file);

/*
 * For a COL_FN's function: PATH, N bytes, below the directory that LEN bytes of names are;
 * just the directory if N is 0.  Without names that is the root.
 */
void out_path(struct out *, const char *names, size_t len, const char *path, size_t n);
