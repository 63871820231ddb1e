/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#pragma once
#include "lib/types.h"

struct conf {
	bool idle; /* count the idle task too */
};

struct sample {
	struct stack_key key;
	u64 v; /* how often it was sampled */
};
