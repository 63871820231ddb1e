/* SPDX-License-Identifier: BSD-2-Clause */
/* A record: an event as it came from the ring buffer, or an entry of a table. */
#pragma once
#include "base/str.h"

struct rec {
	const void *p;
	size_t len;
};

/* The strings at an event's end, of which the first is at offset OFF; as many bytes as the event has. */
static inline struct strings rec_strings(struct rec r, size_t off)
{
	const char *p = r.p, *end = p + r.len;

	return (struct strings){ p + off < end ? p + off : end, end };
}

/* Those that struct TYPE has from its field M on. */
#define REC_STRINGS(r, type, m) rec_strings(r, offsetof(struct type, m))
