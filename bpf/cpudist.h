/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#pragma once
#include "lib/task_hist.h"

struct conf {
	bool off;  /* time off the CPU instead of on it */
	bool idle; /* also of idle tasks */
};
