/* SPDX-License-Identifier: BSD-2-Clause */
/* Events that come in pieces (bpf/lib/pieces.bpf.h). */
#pragma once
#include "base/rec.h"
#include "lib/pieces.h"

/*
 * Call this from .keep with each piece, which the record R ends in.  With the last one it returns the whole text,
 * of *LEN bytes, valid until the next event; with the others, NULL.
 */
const char *pieces_gather(const struct pieces *, struct rec, size_t *len);
