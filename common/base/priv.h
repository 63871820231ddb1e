/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Privileges.  Once its probes are attached, a tool reads what others have written (names, paths,
 * symbol files), so it drops its privileges first.  (Only the files of -p and --btf are read before.)
 */
#pragma once
#include "lib/types.h"
#include <linux/capability.h>

/* Is this capability (CAP_BPF, ...) in effect? */
bool priv_has(int cap);

/* Before priv_drop(): keep this capability, if the tool has it. */
void priv_keep(int cap);

/*
 * Give up all capabilities but those kept, for good.  MAP_FD is one of the tool's maps, or -1.
 * Before 5.19, the kernel lets nobody read it without CAP_BPF, so there we keep CAP_BPF.
 */
void priv_drop(int map_fd);
