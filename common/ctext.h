/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Formats a system call's arguments and result as strace(1) does.  Each function appends to one
 * buffer, which the library owns; what doesn't fit is cut off.
 */
#pragma once
#include "lib/types.h"

/* Empty the buffer. */
void ctext_begin(void);
/* The buffer's text, NUL-terminated; valid until more is appended. */
const char *ctext(void);

void ctext_put(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* S in quotes, with C escapes for everything but printable ASCII. */
void ctext_string(const char *s);
/* The same without the quotes. */
void ctext_escaped(const char *s);
/* MS_RDONLY|MS_NOSUID|0x400000.  BITS has a name for each bit from the lowest, or NULL. */
void ctext_flags(u64 value, const char *const bits[32]);
/* The name of a VALUE below N, else the value in hexadecimal. */
void ctext_name(u32 value, const char *const *names, size_t n);
/* A directory's descriptor: AT_FDCWD or a number. */
void ctext_dfd(s32 fd);
/* The result of a call: an error name such as -ENOENT, or a number. */
void ctext_result(s64 ret);
