/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Privileges.  What a tool reads once its probes are attached (names, paths, files of
 * symbols) others have written: so it has none by then.
 */
#pragma once
#include "lib/types.h"
#include <linux/capability.h>

/* Is this capability (CAP_BPF, ...) in effect? */
bool priv_has(int cap);

/* Do not drop this one, if the tool has it: before priv_drop(). */
void priv_keep(int cap);

/*
 * Give up all capabilities but those kept, and gain none from now on.  MAP_FD is a map of the
 * tool's, or -1: kernels before 5.19 let nobody without CAP_BPF read it, and there that
 * one stays.
 */
void priv_drop(int map_fd);
