/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Kernel types of virtio devices; see kernel.h. */
#pragma once
#include "types.h"

#define SG_CHAIN 1ul /* in page_link: this entry points to another array */
#define SG_END   2ul /* this is the last entry */

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct scatterlist {
	unsigned long page_link;
	unsigned int offset, length;
	unsigned int dma_length; /* not in all kernels */
};

struct kobject {
	const char *name;
};
struct device_driver {
	const char *name;
};
struct device {
	struct kobject kobj;
	struct device_driver *driver;
};
struct virtio_device {
	struct device dev;
};
struct virtqueue {
	const char *name;
	struct virtio_device *vdev;
	unsigned int index;
};

#pragma clang attribute pop

/*
 * Where virtio is a module (as in Debian before 6.12), the kernel's BTF has neither of these.  All kernels since
 * 5.10 have the same layout.
 */
struct virtqueue___module {
	void *list[2], *callback;
	const char *name;
	void *vdev;
	unsigned int index;
};
struct virtio_device___module {
	int index;
	u8 states[4];
	u32 locks[2]; /* one in 5.10, and a gap */
	struct device dev;
};
