/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Paths as BPF sends them: names, innermost first, each with a NUL behind it.  A last one that no
 * file can have is a mark, where the names don't lead to the process's root: "/", there are more
 * directories than were looked at; "//", the root is not above them.
 */
#pragma once

#define PATH_MARK_BYTES 3 /* at most, with the NUL */
