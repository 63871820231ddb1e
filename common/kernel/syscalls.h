/* SPDX-License-Identifier: BSD-2-Clause */
/* System calls by name and by number. */
#pragma once
#include <stdbool.h>

/*
 * The number of a system call on this architecture, by the name that the kernel's tracepoints use
 * (newfstat for fstat); -1 if unknown, as for calls newer than the C library's headers.
 */
int syscall_number(const char *name);

/*
 * The name of a system call, as in its manual page, by its number, also one of 32-bit programs
 * (COMPAT); NULL if unknown.  Valid for as long as the process lives.
 */
const char *syscall_name(unsigned int number, bool compat);

/* For syscall_name(): calls as " NAME NUMBER ...", from the C library's headers, and newer ones. */
extern const char syscalls_known[], syscalls_newer[];
