/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once
#include "output/out.h"

/*
 * The name of a file, without its directory, from a field of SIZE bytes.
 * Files without a name are shown as in /proc/PID/fd.
 */
struct value filename_value(const char *name, size_t size, u32 mode, u64 ino);
