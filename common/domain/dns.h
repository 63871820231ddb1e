/* SPDX-License-Identifier: BSD-2-Clause */
/* Which name an address was asked for by, as answers of DNS servers say. */
#pragma once
#include "lib/types.h"

/* Remember what an answer of N bytes says, which came at WHEN, ns.  Anything else is ignored. */
void dns_learn(const u8 *answer, size_t n, u64 when);
/*
 * The name that was last asked for and got this address, and at *when; NULL if there is none.  It can hold
 * any bytes but NUL.  Valid until the next dns_learn().
 */
const char *dns_name(int family, const void *addr, u64 *when);
