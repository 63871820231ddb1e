/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#pragma once
#include "lib/types.h"

struct conf {
	bool per_process;
	bool pids;      /* they matter: processes are told apart, or their user stacks are shown */
	bool functions; /* what is probed are functions of programs */
};

struct stack_hits {
	struct stack_key key;
	u64 caller; /* the address that the probed function returns to, or 0; see stack_show.callers */
	u64 v;      /* how often it was hit */
};
