/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Gives task names small numbers, as indexes of an ARRAY_TABLE.  Counting in that costs a few
 * instructions, while searching for a name costs 170.  Worth it only if the caller caches the number
 * for as long as the name stays the same.
 */
#pragma once
#include "map.bpf.h"

#define NAMES 2048
/* The number of each name.  A key of a zero and a number marks that number as taken. */
HASH(name_numbers, char[COMM_LEN], u32, 2 * NAMES);
static u32 last_number;

/* Are these names, as of task_comm_key(), the same? */
static __always_inline bool name_same(const char a[COMM_LEN], const char b[COMM_LEN])
{
	const u64 *x = (const void *)a, *y = (const void *)b;

	return x[0] == y[0] && x[1] == y[1];
}

/* A number from 1 on, or 0 if there are too many names: count these by the name itself. */
static __always_inline u32 name_number(const char comm[COMM_LEN])
{
	u32 *known = bpf_map_lookup_elem(&name_numbers, comm);

	if (known)
		return *known;
	/* Another CPU may be trying for the same number, or have got one for the same name. */
	for (u32 i = 1; i <= 8; i++) {
		u32 number = last_number + i, taken[COMM_LEN / sizeof(u32)] = { 0, number };

		if (number >= NAMES)
			break;
		if (bpf_map_update_elem(&name_numbers, taken, &number, BPF_NOEXIST))
			continue;
		last_number = number;
		bpf_map_update_elem(&name_numbers, comm, &number, BPF_NOEXIST);
		known = bpf_map_lookup_elem(&name_numbers, comm);
		if (known)
			return *known;
	}
	return 0;
}
