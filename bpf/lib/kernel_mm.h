/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Kernel types of memory management; see kernel.h. */
#pragma once
#include "types.h"

enum zone_stat_item { NR_FREE_PAGES };
enum node_stat_item { NR_FILE_PAGES };
