/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#pragma once
#include "lib/types.h"

/* The only element of the map. */
struct vfs_calls {
	u32 zero;
	struct vfs_counts {
		u64 reads, writes, fsyncs, opens, creates, unlinks, mkdirs, rmdirs;
	} v;
};
