/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once
#include "out.h"

/*
 * For a COL_FN's function: the name of a file without its directory, up to 255 bytes, in full.
 * What has no name is called as in /proc/PID/fd.
 */
void out_filename(struct out *, const char *name, u32 mode, u64 ino);
