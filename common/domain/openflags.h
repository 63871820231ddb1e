/* SPDX-License-Identifier: BSD-2-Clause */
/* Flags of open(2). */
#pragma once
#include "lib/types.h"

/* The bits of a flag such as "O_WRONLY"; false if there is no such flag. */
bool open_flag(const char *name, u32 *bits);
/* The flags that the caller gave, without O_LARGEFILE, which 64-bit kernels add themselves. */
u32 open_flags_given(u32 flags);
/* May an open with these flags create a file, so that its mode matters? */
bool open_creates(u32 flags);
