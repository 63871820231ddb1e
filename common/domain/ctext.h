/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A system call's arguments and its result as in C, and as strace(1) writes them: pieces are put
 * one behind the other into one buffer, which is the library's, and what does not fit is cut.
 */
#pragma once
#include "lib/types.h"

/* Forget what was put. */
void ctext_begin(void);
/* What was put since, with a NUL behind it; valid until more is. */
const char *ctext(void);

void ctext_put(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* In quotes, with C's escapes for what is not printable ASCII. */
void ctext_string(const char *s);
/* The same without the quotes. */
void ctext_escaped(const char *s);
/* MS_RDONLY|MS_NOSUID|0x400000: the names of bits, from the lowest; NULL: that has none. */
void ctext_flags(u64 value, const char *const bits[32]);
/* The name of a number below N, or the number in hexadecimal. */
void ctext_name(u32 value, const char *const *names, size_t n);
/* A directory's descriptor: AT_FDCWD or a number. */
void ctext_dfd(s32 fd);
/* What a call returned: -ENOENT, or a number. */
void ctext_result(s64 ret);
