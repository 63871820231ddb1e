/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#pragma once
#include "types.h"

/*
 * Where the kernel keeps pages and their content: the addresses of its variables vmemmap_base and
 * page_offset_base, or 0. Other architectures than x86 don't have them.
 */
struct iov_conf {
	u64 vmemmap_base, page_offset_base;
};

/* A place in what a struct iov_iter describes; for BPF only. */
struct iov_at {
	u64 segments; /* the next struct iovec, kvec or bio_vec, in kernel memory */
	u64 skip;     /* bytes at its beginning that are done */
	u64 run, n;   /* memory that lies in a row, and how many bytes of it are left */
	u64 left;     /* bytes in total */
	u32 shape;
	u32 pad;
};
