/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#pragma once
#include "lib/net.h"

struct ucma_event {
	u64 ts;
	u32 event;             /* the kernel's enum rdma_cm_event_type */
	s32 status;            /* 0, a negative errno, or why the other side rejected */
	struct endpoints ends; /* without a network namespace */
	u32 pad;
};
