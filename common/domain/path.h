/* SPDX-License-Identifier: BSD-2-Clause */
/* Paths from BPF programs (bpf/lib/path.bpf.h). */
#pragma once
#include "lib/path.h"
#include "output/out.h"

#define PATH_MARK_LEN 16 /* more than any mark's text needs */

/*
 * Write "/outermost/innermost" to TO, without a NUL, from LEN bytes of names as in lib/path.h.
 * A path that doesn't begin at the root begins with "..." or "(unreachable)" instead.
 * Returns the length, at most LEN + PATH_MARK_LEN.
 */
size_t path_join(char *to, const char *names, size_t len);

/* A call's FILE relative to DFD, in the kernel's notation: /dev/fd/3/file.  Valid until the next call. */
const char *path_at(int dfd, const char *file);

/*
 * A string: the N bytes of PATH, below the directory that the LEN bytes of names
 * spell (the root if LEN is 0); only the directory if N is 0.
 */
struct value path_value(const char *names, size_t len, const char *path, size_t n);
