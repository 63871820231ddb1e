/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Paths as BPF sends them: names, innermost first, each with a NUL behind it.  A last byte that is
 * no NUL is a mark: the names don't lead to the process's root.
 */
#pragma once

enum path_mark {
	PATH_MARK_CUT = '.',         /* there are more directories than were looked at */
	PATH_MARK_UNREACHABLE = '?', /* the root is not above them */
};
