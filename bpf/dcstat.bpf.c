// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "dcstat.h"
#include "lib/counts.bpf.h"
#include "lib/map.bpf.h"

COUNTS(struct lookups, counts_get)

static __always_inline int looked_up(const bool typed, u32 program, struct qstr *name, bool slow)
{
	struct lookups *c = counts_get();

	if (!c)
		return 0;
	count_add(&c->refs, 1);
	if (slow)
		count_add(&c->slow, 1);
	return 0;
}

static __always_inline int missed(const bool typed, u32 program, struct qstr *name)
{
	struct lookups *c = counts_get();

	if (c)
		count_add(&c->missed, 1);
	return 0;
}

#include "lib/dcache.bpf.h"
