/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Kernel types of data that is read or written. */
#pragma once
#include "kernel.h"

/* Its numbers differ between kernels. */
enum iter_type {
	ITER_IOVEC,
	ITER_KVEC,
	ITER_BVEC,
	ITER_UBUF, /* 6.0 */
};

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct iovec {
	void *iov_base;
	unsigned long iov_len;
};
struct kvec {
	void *iov_base;
	unsigned long iov_len;
};
struct page {
	unsigned long flags;
};
struct bio_vec {
	struct page *bv_page;
	unsigned int bv_len, bv_offset;
};
struct iov_iter {
	u8 iter_type; /* 5.14 */
	unsigned long iov_offset, count;
	const struct iovec *__iov; /* 6.4 */
	const struct kvec *kvec;
	const struct bio_vec *bvec;
	void *ubuf; /* 6.0 */
};
struct iov_iter___5_13 {
	unsigned int type; /* and flags */
};
struct iov_iter___6_3 { /* until 6.3 */
	const struct iovec *iov;
};

#pragma clang attribute pop
