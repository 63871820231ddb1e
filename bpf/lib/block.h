/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#pragma once
#include "types.h"

#define DISK_NAME_LEN 32

/* What BPF must know of this kernel's block layer; common/domain/block.c fills it in. */
struct block_conf {
	bool rq_second;     /* block_rq_issue's request is its second argument */
	u32 flush_sequence; /* in a request's rq_flags: it goes through the flush machinery */
	bool by_bio;        /* who makes a request is known of its first bio only */
	u32 dev;            /* only this disk (major << 20 | minor), 0: all */
	u64 first, last;    /* of it only these sectors, those of a partition; last 0: all */
};

/* Where a command is that passes through to the device, as SCSI and NVMe have them: not a place. */
#define NO_SECTOR (~0ull)

/* A request's operation, as the kernel numbers them. */
enum request_op { REQ_WRITE = 1, REQ_FLUSH = 2 };
