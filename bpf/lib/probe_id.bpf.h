/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Tells which probe of a pattern was hit.  Attach cookies need 5.15, so each probe
 * gets a copy of the program with its number in an instruction, which is also the
 * cheapest way.  common/kernel/attach_many.c makes the copies.
 */
#pragma once
#include "types.h"

#define PROBE_ID_MARK 0x1dea51d

#ifdef __bpf__
static __always_inline u32 probe_id(void)
{
	u64 id;

	asm volatile("%0 = %1" : "=r"(id) : "i"(PROBE_ID_MARK));
	return id;
}
#endif
