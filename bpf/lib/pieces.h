/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The end of an event whose text can be longer than a per-CPU value.  The text is sent in pieces
 * (pieces.bpf.h), each after the fields of the event, and put together again (common/domain/pieces.h).
 */
#pragma once
#include "types.h"

#define PIECES_SLOTS 8     /* of EVENT_SCRATCH, at most */
#define HEAD_LEN     8192  /* a path of 4,096 bytes, and as much for its directories */
#define PIECE_LEN    16384 /* of the text after the head: a per-CPU value has at most 32 KB */

struct pieces {
	u32 cpu;
	u8 slot;        /* of EVENT_SCRATCH */
	u8 first, last; /* 0 or 1, like the next: */
	u8 cut;         /* in the last piece: the rest could not be read, or had no room */
	u32 head_len;
	/* The head, which the tool fills in, followed by strings, each with a NUL. */
	char text[HEAD_LEN + 256 + PIECE_LEN];
	/* Only for BPF, never sent: */
	u64 next, rest; /* what is still to be read */
	u32 len;        /* of the text in this piece */
};
