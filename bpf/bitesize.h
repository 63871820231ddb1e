/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#pragma once
#include "lib/block.h"

struct sizes {
	char comm[COMM_LEN];
	struct hist v; /* KiB; its sum is in bytes */
};
