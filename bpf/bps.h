/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#pragma once
#include "lib/types.h"

/* A program or a map: the record. */
struct bpf_thing {
	struct {
		u32 id;
		u32 is_map;
	} k;
	struct {
		u64 loaded; /* ns since 1970; 0: unknown */
		u64 bytes;  /* of machine code; of a map's memory */
		u32 type;
		u32 uid, maps;                                /* of a program */
		u32 flags, key_size, value_size, max_entries; /* of a map */
		char name[16];
	} v;
};
