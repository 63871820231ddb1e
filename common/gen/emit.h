/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Typed expressions to BPF instructions: a function of (void *ctx, struct gen_frame *, void *values), which
 * keeps to the stack what it needs later.  Numbers are kept as wide as a register, sign-extended or
 * zero-extended as their type is.
 */
#pragma once
#include "gen/expr.h"
#include <linux/bpf.h>

#define GEN_INSNS 4096 /* the most that a function may have */

struct gen_code {
	const char *text; /* the whole probe, for errors */
	bool binary; /* STRCMP() compares bytes that can be NULs, and ignores what follows them */
	u32 n;
	s32 low; /* the stack is in use down to here */
	struct bpf_insn insns[GEN_INSNS];
};

/* What a probe sends with its event. */
struct gen_value {
	struct expr *is;
	u32 room;   /* for a string; 0: it is a number */
	bool told;  /* as struct gen_told, with a string of ROOM bytes or */
	u32 target; /* so many bytes of what it points to, or of the struct or array that it is */
};

/* The function's result is whether FILTER, if not NULL, is true. */
void gen_filter(struct gen_code *, const struct expr *filter);
/* It writes the values: struct gen_told if that is asked for, else eight bytes for a number, struct gen_string for a string. */
void gen_values(struct gen_code *, const struct gen_value *, u32 n);
u32 gen_value_size(const struct gen_value *);
/* It returns the value.  For tests. */
void gen_number(struct gen_code *, const struct expr *);

/* Numbers in a program that become these. */
struct gen_numbers {
	u32 size;  /* of the event */
	u32 probe; /* gen_probe() */
	u32 nargs; /* gen_nargs() */
	u32 id;    /* probe_id() */
};
/*
 * A copy of a program's instructions with these functions in place of gen_filter() and gen_values().  *N is their
 * number; the caller frees them.  FUNCS is where its functions begin, and changes.
 */
struct bpf_insn *gen_splice(const struct bpf_insn *, size_t *n, const struct gen_code *filter,
			    const struct gen_code *values, const struct gen_numbers *,
			    struct bpf_func_info *funcs, u32 n_funcs);
