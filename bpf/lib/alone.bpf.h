/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Sections that one CPU runs at a time, for values that no single addition changes, such as a maximum. */
#pragma once
#include "map.bpf.h"

#define ALONE_TRIES 64

/*
 * May the caller go in?  *BUSY is 0 while nobody is inside.  The kernels before 5.12 have no atomic operation that
 * tells what was there before, so everybody adds first and then looks: of two who add at once, at most one reads 1.
 */
static __always_inline bool alone_try(u32 *busy)
{
	count_add(busy, 1);
	if (*(volatile u32 *)busy == 1)
		return true;
	count_add(busy, -1);
	return false;
}

static __always_inline void alone_end(u32 *busy)
{
	count_add(busy, -1);
}

/* The same, tried again while another CPU is inside.  False, and counted as a loss, if that takes too long. */
static __always_inline bool alone_begin(u32 *busy)
{
#pragma clang loop unroll(disable)
	for (u32 i = 0; i < ALONE_TRIES; i++)
		if (alone_try(busy))
			return true;
	count_add(&loss.entries, 1);
	return false;
}
