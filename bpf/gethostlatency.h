/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#pragma once
#include "lib/types.h"

#define NESTED_ARGS 1 /* the host's name */
#include "lib/nested.h"

struct conf {
	bool failed; /* only lookups that fail */
};

enum lookup_func { LOOKUP_GETADDRINFO, LOOKUP_GETHOSTBYNAME, LOOKUP_GETHOSTBYNAME2 };

#define HOST_LEN 256 /* with the NUL: DNS has no longer names */

struct lookup_event {
	u64 ts; /* when it returned */
	u64 ns;
	u32 pid, tid, uid;
	u32 func;   /* enum lookup_func */
	s32 result; /* 0, or getaddrinfo()'s EAI_...; of other functions 1: it failed */
	u32 cut;    /* 0 or 1 */
	char comm[COMM_LEN];
	char host[HOST_LEN];
};
