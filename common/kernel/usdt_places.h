/* SPDX-License-Identifier: BSD-2-Clause */
/* The places of a USDT probe that the user names, and where its arguments are at each. */
#pragma once
#include "kernel/pattern.h"
#include "lib/usdt.h"

/* For a pattern after pattern_expand(): the arguments at the place at this offset.  False: it has none there. */
bool usdt_site_at(const struct pattern *, u64 offset, struct usdt_site *);
