/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#pragma once
#include "lib/types.h"

/* A waker without a name: nobody has woken the thread up. */
struct off_key {
	struct stack_key target, waker;
};
#include "lib/offcpu.h"
