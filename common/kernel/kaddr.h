/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Addresses of kernel symbols.  The kernel finds them by name: /proc/kallsyms has more than 100,000
 * lines, and it takes the kernel about 900 million instructions to write them.
 */
#pragma once
#include "lib/types.h"

/*
 * Does this kernel tell us addresses?  Yes since 5.16, with CAP_SYSLOG or if kernel.kptr_restrict
 * doesn't hide them.
 */
bool kaddr_works(void);

/* The address of a symbol of the kernel or of a module; 0 if there is none, or !kaddr_works(). */
u64 kaddr(const char *symbol);

/* The addresses of these symbols, by whatever tells them, which can be dear; 0 where nothing does. */
void kaddrs(const char *const *symbols, u64 *addrs, size_t n);
