/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Paths as BPF sends them: names, innermost first, each followed by a NUL.  If the names don't lead
 * to the process's root, the last one is a mark, which no file can be called: "/" if there are more
 * directories than were looked at, "//" if the root is not above them.
 */
#pragma once

#define PATH_MARK_BYTES 3 /* at most, with the NUL */
