/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * C++ and Rust functions, whose types and modules are part of the symbol's name, as the source has them.
 * Traced processes choose their symbols, so what a name can cost is bounded.
 */
#pragma once

/* From now on, names are demangled. */
void demangle_open(void);

/* The name as in the source, or the same name if it is not mangled, or is bad or too long. Lives until demangle_trim(). */
const char *demangled(const char *name);
void demangle_trim(void);
