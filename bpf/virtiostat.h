/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#pragma once
#include "lib/types.h"

#define SEGMENTS 320 /* of one request, that are looked at: a disk of QEMU takes 254 at most */

/* A row: the key, followed by the value. */
struct queue_use {
	struct virtqueue_key {
		u64 vq; /* address of the kernel's struct */
	} k;
	struct queue_counts {
		u64 in_lists, out_lists; /* scatterlists for the device to write, to read */
		u64 in_bytes, out_bytes;
		u32 index; /* of the queue in its device */
		char driver[16], device[20], name[16];
	} v;
};
