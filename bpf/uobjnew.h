/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#pragma once
#include "lib/lang.h"

enum { OBJECT_NAMED, OBJECT_STRING, OBJECT_ARRAY, OBJECT_HASH, OBJECT_ANY, OBJECT_BLOCK };

/* A row. */
struct objects {
	struct object_key {
		char name[128]; /* of OBJECT_NAMED */
		u64 size;       /* of OBJECT_BLOCK */
		u64 kind;
	} k;
	struct {
		u64 count, bytes;
	} v;
};
