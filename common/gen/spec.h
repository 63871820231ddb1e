/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a probe is on, in the syntax that BCC's trace and argdist share:
 *
 *	[p|r|t|u:][LIBRARY:]NAME[+OFFSET][(TYPE NAME, ...)]
 */
#pragma once
#include "gen/expr.h"

struct spec {
	const char *text;
	char kind;   /* p, r, t or u */
	char *place; /* for pattern_parse() */
	u64 offset;
	bool has_signature;
	struct gen_name *params; /* types are only named: */
	struct type_name **param_types;
	u32 n_params;
};

/* Parse it, up to what follows it, which is returned. */
const char *spec_parse(struct spec *, const char *text);
/*
 * Make arguments names: arg1 ... arg6 and those of the signature or, if FUNC is a kernel function, of the kernel's
 * types; and retval.
 */
void spec_scope(const struct spec *, struct gen_scope *, const char *func);
/* The fields of a tracepoint, "CATEGORY:EVENT", become those of args->. */
void spec_fields(struct gen_scope *, const char *tracepoint);
