/* SPDX-License-Identifier: BSD-2-Clause */
/* Parses where a USDT probe's arguments are, as sdt.h notes it: the assembler's operands. */
#pragma once
#include "lib/usdt.h"

/* Finds a variable's address, as in the symbol table of the probe's file. */
struct usdt_variables {
	bool (*find)(void *ctx, const char *name, u64 *addr);
	void *ctx;
};

/*
 * Parse arguments such as "-4@%edi 8@-8(%rbp)".  ADDR is the probe's own address, as in the symbol
 * table; MACHINE is EM_X86_64 or EM_AARCH64.  Those that can't be read become USDT_NONE.  Returns how
 * many there are, which can be more than USDT_ARGS.
 */
u32 usdt_parse(struct usdt_site *, const char *args, u64 addr, int machine,
	       const struct usdt_variables *);
/* The text of the N-th argument, with its length in *LEN; NULL if there is none. */
const char *usdt_text(const char *args, u32 n, size_t *len);
