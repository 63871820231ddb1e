/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What programs of kprobe.session links call.  libbpf would read all of the kernel's types to find these functions, so
 * programs call numbers that no helper has, which common/kernel/session.c replaces.
 */
#pragma once
#define SESSION_IS_RETURN 0x5e55101
#define SESSION_COOKIE    0x5e55102
