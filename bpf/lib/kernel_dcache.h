/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Kernel types of the tools that trace lookups of names; see kernel.h. */
#pragma once
#include "kernel.h"
#include "kernel_names.h"

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

/* A walk along a path. */
struct nameidata {
	struct qstr last; /* the component being looked up */
	unsigned int flags;
};
struct task_struct___walk {
	struct nameidata *nameidata; /* the current walk */
};

#pragma clang attribute pop

/* The programs of dcache.bpf.h, to keep data separately for each. */
enum { BY_WALK, BY_NAME, BY_ALLOC, LOOKUP_PROGRAMS };
