// SPDX-License-Identifier: BSD-2-Clause
#include "kernel/kaddr.h"
#include "symbols/ksym.h"

void kaddrs(const char *const *symbols, u64 *addrs, size_t n)
{
	if (!kaddr_works()) {
		ksym_addrs(symbols, addrs, n);
		return;
	}
	for (size_t i = 0; i < n; i++)
		addrs[i] = kaddr(symbols[i]);
}
