/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A system call's arguments and its result as in C, and as strace(1) writes them.  Each function puts
 * one piece into the output: in a cell between out_string_begin() and out_string_end(), else as text.
 */
#pragma once
#include "out.h"

/* In quotes, with C's escapes for what is not printable ASCII.  The OUT is the cell's, or NULL. */
void ctext_string(struct out *, const char *s, size_t n);
/* The same without the quotes. */
void ctext_escaped(struct out *, const char *s, size_t n);
/* MS_RDONLY|MS_NOSUID|0x400000: the names of bits, from the lowest; NULL: that has none. */
void ctext_flags(u64 value, const char *const bits[32]);
/* The name of a number below N, or the number in hexadecimal. */
void ctext_name(u32 value, const char *const *names, size_t n);
/* A directory's descriptor: AT_FDCWD or a number. */
void ctext_dfd(s32 fd);
/* What a call returned: -ENOENT, or a number. */
void ctext_result(s64 ret);
