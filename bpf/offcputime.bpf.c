// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "offcputime.h"
#include "lib/offcpu.bpf.h"

static __always_inline void off_began(struct off *o)
{
	(void)o;
}
