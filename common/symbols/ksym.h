/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once
#include "lib/types.h"
#include <stdbool.h>
#include <stddef.h>

/*
 * Kernel symbols. Asks the kernel for each address or, if that is not possible, reads /proc/kallsyms
 * once, when the first address needs a name.
 */

struct ksym {
	const char *name;   /* lives until the program ends */
	const char *module; /* "xfs", "bpf"; NULL for the kernel itself */
	u64 offset;         /* of the address from the symbol's start, bytes */
};

/* Call this while we have privileges: they decide what the kernel shows. */
void ksym_open(void);

/*
 * Name a kernel text address. False, and *out untouched, if no function is known there: no such
 * address, no /proc/kallsyms, or the kernel hides addresses (see ksym_hidden()).
 * Functions that came after the first call (modules, BPF programs) are not known.
 */
bool ksym_find(u64 addr, struct ksym *out);

/*
 * True if the kernel shows no addresses to this process (kptr_restrict, or no CAP_SYSLOG):
 * ksym_find() then never finds anything, and the user should be told once.
 */
bool ksym_hidden(void);

/*
 * Call f for each function that kprobes can be put on: name as the kernel spells it (with any
 * .isra.0 or .llvm.N), module as above. Both strings live only during the call. They come from tracefs'
 * available_filter_functions or, without that (not mounted, locked down, no ftrace), from kallsyms minus
 * what is known to be forbidden; attaching to one of those can still fail. A name that several static
 * functions share comes several times. Returns how many calls were made; 0 if nothing could be read.
 */
size_t kfunc_each(void (*f)(const char *name, const char *module, void *ctx), void *ctx);

/*
 * Call f for each function in kallsyms with its address (0 if the kernel hides addresses), including
 * functions that can't be probed, but not BPF programs. The name lives only during the call.
 */
void kfunc_each_addr(void (*f)(const char *name, u64 addr, void *ctx), void *ctx);
/* The same from a file with lines like those of kallsyms, which it closes. */
void kfunc_each_in(int fd, void (*f)(const char *name, u64 addr, void *ctx), void *ctx);

/* Is it a function as a user means it, and not a part that the compiler moved away, or the place of one? */
bool kfunc_wanted(const char *name);

/*
 * The addresses of the kernel's symbols of these names, data included; 0 where there is none or the kernel
 * hides addresses. Reads /proc/kallsyms, which is dear: use kaddr() where it works.
 */
void ksym_addrs(const char *const *names, u64 *addrs, size_t n);
