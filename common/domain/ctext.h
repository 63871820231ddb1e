/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Prints a system call's arguments and result in C syntax, as strace(1) does.  Each function prints one
 * piece: of a value_written(), or of other text.
 */
#pragma once
#include "output/out.h"

/* S in quotes, with C escapes for everything but printable ASCII.  OUT is the cell's, or NULL. */
void ctext_string(struct out *, const char *s, size_t n);
/* The same without the quotes. */
void ctext_escaped(struct out *, const char *s, size_t n);
/* MS_RDONLY|MS_NOSUID|0x400000.  BITS has a name for each bit from the lowest, or NULL. */
void ctext_flags(u64 value, const char *const bits[32]);
/* The name of a VALUE below N, else the value in hexadecimal. */
void ctext_name(u32 value, const char *const *names, size_t n);
/* A directory's descriptor: AT_FDCWD or a number. */
void ctext_dfd(s32 fd);
/* The result of a call: an error name such as -ENOENT, or a number. */
void ctext_result(s64 ret);
