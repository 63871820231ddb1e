/* SPDX-License-Identifier: BSD-2-Clause */
/* System calls by name. */
#pragma once

/*
 * The number of a system call of this architecture, by the name that the kernel's tracepoints have
 * for it (newfstat for fstat); -1 if that is not known, as of calls newer than the C library's headers.
 */
int syscall_number(const char *name);
