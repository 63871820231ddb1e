// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* No program: files tell what there is.  This makes it a tool like the others. */
#include "tplist.h"
#include "lib/kernel.h"
#include "lib/loss.bpf.h"
