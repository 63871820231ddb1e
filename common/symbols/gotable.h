/* SPDX-License-Identifier: BSD-2-Clause */
/* The functions of programs that Go's compiler made: they need a table of all of them to run, so it is never stripped. */
#pragma once
#include "symbols/elfimage.h"

struct go_func {
	u64 addr, size;
	u32 name; /* in the strings of go_table() */
};

/*
 * Call f() for each function, until it returns false. The names are those of *strings, as if it were a table of an ELF
 * file: see image_strings(). False if the file has no such table, or one of a kind that is not known.
 */
bool go_table(const struct image *, Elf64_Shdr *strings,
	      bool (*f)(const struct go_func *, void *ctx), void *ctx);
