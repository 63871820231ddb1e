/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#pragma once
#include "lib/types.h"

struct off_key {
	struct stack_key target;
	struct stack_key waker; /* stack_is_nobody(): it was not woken up */
};
#include "lib/offcpu.h"
