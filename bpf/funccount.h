/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#pragma once
#include "lib/hits.h"

struct conf {
	s32 cpu; /* only this CPU; -1: all */
};
