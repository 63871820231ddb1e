/* SPDX-License-Identifier: BSD-2-Clause */
/* Functions of the kernel whose names begin alike, without reading all of /proc/kallsyms. */
#pragma once
#include "lib/types.h"

/*
 * Call f for each with its address, as kfunc_each_addr() does, but not for those that only ran while the kernel
 * started.  False if this kernel can't search (before 6.0), or hides addresses.
 */
bool kfuncs_each(const char *prefix, void (*f)(const char *name, u64 addr, void *ctx), void *ctx);
