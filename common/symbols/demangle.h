/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * C++ and Rust functions, whose types and modules are part of the symbol's name, as the source has them.
 * Traced processes choose their symbols, so what a name can cost is bounded.
 */
#pragma once
#include "base/opt.h"
#include "output/value.h"

extern bool demangle_names;
#define OPT_DEMANGLE                             \
	OPT_FLAG(0, "demangle", &demangle_names, \
		 "Show names of C++ and Rust functions as the source has them")

/*
 * With that option, the name as in the source.  Without it, or if the name is not mangled, or is bad or too long, the
 * same name.  Lives until demangle_trim().
 */
const char *demangled(const char *name);
void demangle_trim(void);
/* The same of a column's string. */
struct value demangled_value(struct value);
