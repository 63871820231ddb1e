/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once
#include "output/out.h"

/*
 * For a COL_FN's function: the name of a file without its directory, in full, in a field of SIZE
 * bytes.  What has no name is called as in /proc/PID/fd.
 */
void out_filename(struct out *, const char *name, size_t size, u32 mode, u64 ino);
