/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#pragma once
#include "types.h"

/* A queue of a cgroup, at some moment. */
struct throttled {
	u64 queue; /* address; 0: the kernel can't throttle */
	u64 ns;    /* for how long it has been throttled in all */
	u64 since; /* it is so now: when that began, by the queue's clock; else 0 */
	u64 clock;
};
