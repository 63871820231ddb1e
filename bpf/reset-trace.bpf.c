// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* No program: it writes to files of tracefs.  This makes it a tool like the others. */
#include "reset-trace.h"
#include "lib/kernel.h"
#include "lib/loss.bpf.h"
