/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#pragma once
#include "lib/lang.h"

struct conf {
	struct lang_conf lang;
	struct lang_method prefix; /* show only what begins so */
	u32 class_len, name_len;   /* of the prefix */
};

struct flow_event {
	u64 ts;
	u32 pid, tid, cpu;
	u32 depth;
	u32 returns, pad;
	char comm[COMM_LEN];
	struct lang_method method;
};
