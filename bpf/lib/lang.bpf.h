/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * USDT probes of interpreters and virtual machines.  common/domain/lang.c says which program is for which probe.
 *
 *   static __always_inline int method_begins(u64 class, s64 class_len, u64 name, s64 name_len) { ... }
 *   static __always_inline int method_ends(the same) { ... }
 *   LANG_METHODS(conf.lang, method_begins, method_ends)
 *	makes the programs for methods.
 *
 * The names are in the process's memory.  A length of -1 means that they end with a NUL.
 */
#pragma once
#include "lang.h"
#include "map.bpf.h"
#include "usdt.bpf.h"
#include "user_probe.bpf.h"

/*
 * Read a name to all SIZE bytes of TO, a power of two: what is not needed becomes 0, as a map's key must be.
 */
static __always_inline void lang_name_read(char *to, const u32 size, u64 from, s64 len)
{
	u64 n = len;
	char last = 0;
	long got;

	__builtin_memset(to, 0, size);
	if (!from)
		return;
	if (len >= 0) {
		if (n > size - 1) {
			n = size - 1;
			count_add(&loss.cut, 1);
		}
		asm volatile(
			""
			: "+r"(n)); /* for the compiler not to see that the next line changes nothing */
		n &= size - 1;
		got = bpf_probe_read_user(to, n, (void *)from);
	} else {
		got = bpf_probe_read_user_str(to, size, (void *)from);
		if (got == size)
			bpf_probe_read_user(&last, 1, (void *)(from + size - 1));
	}
	if (got < 0 || last)
		count_add(&loss.cut, 1);
}

static __always_inline void lang_method_read(struct lang_method *m, u64 class, s64 class_len,
					     u64 name, s64 name_len)
{
	lang_name_read(m->class, sizeof(m->class), class, class_len);
	lang_name_read(m->name, sizeof(m->name), name, name_len);
}

#define LANG_METHODS(conf, method_begins, method_ends) \
	LANG_METHODS_AT(entered, conf, method_begins)  \
	LANG_METHODS_AT(returned, conf, method_ends)

#define LANG_METHODS_AT(at, conf, f)                                                      \
	static __noinline int lang_##at(u64 class, s64 class_len, u64 name, s64 name_len) \
	{                                                                                 \
		return f(class, class_len, name, name_len);                               \
	}                                                                                 \
	USDT(java_##at, (u64 thread, u64 class, s32 class_len, u64 name, s32 name_len))   \
	{                                                                                 \
		return lang_##at(class, class_len < 0 ? 0 : class_len, name,              \
				 name_len < 0 ? 0 : name_len);                            \
	}                                                                                 \
	USDT(pair_##at, (u64 first, u64 second))                                          \
	{                                                                                 \
		return lang_##at(conf.method_first ? second : first, -1,                  \
				 conf.method_first ? first : second, -1);                 \
	}                                                                                 \
	USDT(php_##at, (u64 name, u64 file, u64 line, u64 class))                         \
	{                                                                                 \
		return lang_##at(class, -1, name, -1);                                    \
	}                                                                                 \
	USDT(single_##at, (u64 name))                                                     \
	{                                                                                 \
		return lang_##at(0, -1, name, -1);                                        \
	}
