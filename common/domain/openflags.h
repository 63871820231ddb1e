/* SPDX-License-Identifier: BSD-2-Clause */
/* Flags of open(2). */
#pragma once
#include "lib/types.h"

/* The bits of "O_WRONLY" or another; false: there is no such flag. */
bool open_flag(const char *name, u32 *bits);
/* Those that the caller gave: 64-bit kernels add O_LARGEFILE by themselves. */
u32 open_flags_given(u32 flags);
/* May such an open create a file, so that its mode means something? */
bool open_creates(u32 flags);
