/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#pragma once
#include "types.h"

#define DISK_NAME_LEN 32

/* What BPF must know about this kernel's block layer; common/domain/block.c fills it in. */
struct block_conf {
	bool rq_second;     /* block_rq_issue's request is its second argument */
	u32 flush_sequence; /* flag in a request's rq_flags: it goes through the flush machinery */
	bool by_bio;        /* who makes a request is only known for its first bio */
	u32 dev;            /* only this disk (major << 20 | minor); 0: all */
	u64 first, last;    /* only these sectors of it, those of a partition; last 0: all */
};

/* The sector of a command passed through to the device (SCSI, NVMe), which has none. */
#define NO_SECTOR (~0ull)

/* A request's operation, as the kernel numbers them. */
enum request_op { REQ_WRITE = 1, REQ_FLUSH = 2 };
