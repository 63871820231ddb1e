/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once
#include "output/out.h"

/*
 * For a COLF()'s function: the name of a file, without its directory, from a field of SIZE bytes.
 * Files without a name are shown as in /proc/PID/fd.
 */
void out_filename(struct out *, const char *name, size_t size, u32 mode, u64 ino);
