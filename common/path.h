/* SPDX-License-Identifier: BSD-2-Clause */
/* Paths from BPF programs (bpf/lib/path.bpf.h). */
#pragma once
#include "lib/types.h"

/*
 * Put "/outermost/.../innermost" at TO, from LEN bytes of names, innermost first,
 * each with a NUL behind it.  As long as they are, without a NUL: LEN bytes.
 */
size_t path_join(char *to, const char *names, size_t len);
