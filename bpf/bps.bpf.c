// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* No program: the tool asks the kernel by system calls.  This makes it a tool like the others. */
#include "bps.h"
#include "lib/kernel.h"
#include "lib/loss.bpf.h"
