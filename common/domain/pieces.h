/* SPDX-License-Identifier: BSD-2-Clause */
/* Events that come in pieces (bpf/lib/pieces.bpf.h). */
#pragma once
#include "lib/pieces.h"

/*
 * Call this from .keep with each piece of an event.  With the last one it returns the whole text,
 * of *LEN bytes, valid until the next event; with the others, NULL.
 */
const char *pieces_gather(const struct pieces *, size_t *len);
