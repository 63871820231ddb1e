/* SPDX-License-Identifier: BSD-2-Clause */
/* Events that come in pieces (bpf/lib/pieces.bpf.h). */
#pragma once
#include "lib/pieces.h"

/*
 * The whole text, with the last piece of an event, and *LEN, its bytes; NULL with the others.
 * Valid until the next event.  To be called with each piece, by .keep.
 */
const char *pieces_gather(const struct pieces *, size_t *len);
