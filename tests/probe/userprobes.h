/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#pragma once
#include "lib/types.h"

enum { CALL_SIX, CALL_SUM, CALL_END, CALL_VALUES, CALL_GUARDED, CALLS };
struct call_event {
	u64 ts;
	u32 pid, call;
	u64 v[8];
	char text[32];
};
