/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#pragma once
#include "lib/types.h"

#define CACHE_NAME_LEN 64

/* A row: the key, followed by the value. */
struct slab {
	struct slab_key {
		u64 cache; /* address of the kernel's struct */
	} k;
	struct slab_count {
		u64 allocs, bytes;
		u64 size; /* of an object, with what the kernel needs beside it */
		char name[CACHE_NAME_LEN];
	} v;
};
