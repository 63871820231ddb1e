/* SPDX-License-Identifier: BSD-2-Clause */
/* System calls by name. */
#pragma once

/*
 * The number of a system call on this architecture, by the name that the kernel's tracepoints use
 * (newfstat for fstat); -1 if unknown, as for calls newer than the C library's headers.
 */
int syscall_number(const char *name);
