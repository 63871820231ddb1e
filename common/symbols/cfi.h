/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Call frame information: where the functions of a program or library keep their caller's
 * registers. Compilers describe this for exceptions (.eh_frame) and debuggers (.debug_frame), in
 * small programs that cfi_read() runs once, to make a sorted table that BPF can search.
 *
 * Nothing here trusts a file: each of its bytes is gone through once, whatever it says.
 */
#pragma once
#include "lib/unwind.h"
#include "symbols/safe_file.h"

/* Different rules are few, so all files share them. The first one is always UNWIND_NONE. */
struct unwind_rules {
	struct unwind_rule v[UNWIND_RULES];
	u32 count;
	u64 refused; /* rows that are UNWIND_NONE because there was no room for their rule */
	u16 slots[2 * UNWIND_RULES];
	u32 seed;
};

/* NULL if memory is short. The caller frees it. */
struct unwind_rules *unwind_rules_new(void);

/* One file's table. */
struct cfi_table {
	u64 base; /* the lowest address, as in the file's program headers */
	struct unwind_row *rows;
	u32 count; /* the last row is UNWIND_NONE: it begins where the last function ends */
	bool cut;  /* there was more than we read */
};

/*
 * Read an ELF file of x86-64 or arm64 into *t, with at most that many rows. False if it says nothing
 * about any function, or reading files has taken too much time lately.
 *
 * Padding has no row of its own: it gets the first rule of the function after it.
 */
bool cfi_read(struct src, struct unwind_rules *, u32 most, struct cfi_table *t);
void cfi_free(struct cfi_table *);

/* The rule for an address of the file. */
const struct unwind_rule *cfi_rule(const struct cfi_table *, const struct unwind_rules *, u64 addr);
