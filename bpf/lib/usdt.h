/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Where a USDT probe's arguments are; user space reads it from the file (common/kernel/usdt.c). */
#pragma once
#include "types.h"

#define USDT_ARGS 12 /* the most that sdt.h can note */

struct usdt_arg {
	enum usdt_kind {
		USDT_NONE,   /* there is none, or it can't be read: 0 */
		USDT_VALUE,  /* the sum of a register and an index, if any, and a number */
		USDT_MEMORY, /* what is at that address */
	} kind;
	u16 reg;    /* offset in struct pt_regs */
	u16 index;  /* the same, with has_index */
	u8 has_reg; /* 0 or 1, like has_index and is_signed */
	u8 has_index;
	u8 shift; /* of the index, to the left */
	u8 bits;  /* of the value that are in use: 8, 16, 32 or 64 */
	u8 is_signed;
	u8 pad;
	s64 number;
};

struct usdt_site {
	struct usdt_arg args[USDT_ARGS];
};
