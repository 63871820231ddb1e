/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Kernel types of block devices. */
#pragma once
#include "block.h"
#include "tracepoint.bpf.h"

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct gendisk {
	int major, first_minor;
	char disk_name[32];
};
struct request_queue {
	struct gendisk *disk; /* since 5.15 */
};
struct bvec_iter {
	unsigned int bi_size;
};
struct block_device {
	struct gendisk *bd_disk;
};
struct bio {
	struct block_device *bi_bdev; /* since 5.12 */
	struct bvec_iter bi_iter;
};
struct bio___5_11 { /* until 5.11 */
	struct gendisk *bi_disk;
};
struct request {
	struct request_queue *q;
	struct bio *bio, *biotail;
	unsigned int cmd_flags; /* enum req_op (req_opf before 6.0), enum req_flag_bits */
	unsigned int rq_flags;
	unsigned int __data_len;
	u64 __sector;
	u64 start_time_ns; /* time of allocation; 0 if the queue keeps no statistics */
};
struct request___5_16 { /* until 5.16 */
	struct gendisk *rq_disk;
};

#pragma clang attribute pop

/* The disk of a request.  It can be NULL, which is safe to read from. */
static __always_inline struct gendisk *rq_disk(struct request *rq, const bool typed)
{
	struct request___5_16 *old = (void *)rq;
	struct request_queue *q;

	if (bpf_core_field_exists(old->rq_disk))
		return ARG_READ(old, rq_disk);
	q = ARG_READ(rq, q);
	return ARG_READ(q, disk);
}

/*
 * The disk's name; empty if the disk is NULL.  In a program that branches, as at
 * inflight_completed(), get the disk before the branch: each time the verifier reaches a load of a
 * pointer, on each path, it searches all of the kernel's types.
 */
static __always_inline void disk_name(char name[DISK_NAME_LEN], struct gendisk *disk)
{
	if (bpf_probe_read_kernel_str(name, DISK_NAME_LEN, disk->disk_name) < 0)
		name[0] = 0;
}

/* Major and minor number in the kernel's packing, which is not that of stat(2). */
static __always_inline u32 disk_dev(struct gendisk *disk, const bool typed)
{
	return ARG_READ(disk, major) << 20 | ARG_READ(disk, first_minor);
}

/*
 * The request of block_rq_issue and block_rq_insert, whose first argument was the queue
 * until 5.10.137 and 5.11.  The empty asm keeps clang from merging the two loads into
 * one at a computed offset, which the verifier rejects.
 */
static __always_inline struct request *rq_of(u64 *ctx, bool second)
{
	u64 rq;

	if (second) {
		rq = ctx[1];
		asm volatile("" : "+r"(rq) : "i"(1));
	} else {
		rq = ctx[0];
		asm volatile("" : "+r"(rq) : "i"(0));
	}
	return (void *)rq;
}
