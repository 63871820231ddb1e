/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Sockets. */
#pragma once
#include "kernel_net.h"
#include "probe.bpf.h"

/* An IPv6 address, in network order.  TYPED: as in a KFUNC()'s body. */
static __always_inline void addr6_read(const bool typed, u32 to[4], const struct in6_addr *addr)
{
	if (typed) {
		to[0] = addr->in6_u.u6_addr32[0];
		to[1] = addr->in6_u.u6_addr32[1];
		to[2] = addr->in6_u.u6_addr32[2];
		to[3] = addr->in6_u.u6_addr32[3];
	} else {
		bpf_core_read(to, 16, addr);
	}
}
