/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The kernel's type information, looked at without building libbpf's index of
 * its 150,000 types: that, and its search through all of them for each type of a
 * BPF program, is most of what starting a tool costs.
 */
#pragma once
#include "lib/types.h"
#include <bpf/btf.h>

/*
 * The ID of a type of this kind (BTF_KIND_FUNC, ...) and name in the kernel's BTF,
 * or -1.  Exits with a sentence if the kernel has no BTF, and no file has it instead:
 * --btf, $SNOOPKIT_BTF, or an image of this kernel where distributions put them.
 */
int kbtf_find(const char *name, u32 kind);

/*
 * Does a file stand in for the kernel's own?  Then its IDs may not be the kernel's: what
 * attaches by them (fentry, tp_btf) must not be used.
 */
bool kbtf_foreign(void);

/* How many arguments a function has; -1: there is none of this name. */
int kbtf_func_args(const char *func);
/*
 * The ID of a function's type and, if a module has it, a file descriptor of the module's
 * types, else 0; -1: there is none, or no permission to ask for modules (CAP_SYS_ADMIN).
 */
int kbtf_func_id(const char *func, int *btf_fd);
/* Look for functions in this module as well (at most four), if it is loaded. */
void kbtf_use_module(const char *name);
/* How many arguments a raw tracepoint has: those of btf_trace_NAME, less the first. */
int kbtf_tracepoint_args(const char *name);

/* Call EACH for every member of the kernel's enum that has this one; false: there is none. */
bool kbtf_enum(const char *member, void (*each)(const char *name, u32 value));

/*
 * Just those types of the kernel that a BPF object names: the path of a file for
 * bpf_object_open_opts.btf_custom_path, valid until kbtf_forget(), and what puts them there, from
 * LOCAL, the type information of that object, before it is loaded.
 */
const char *kbtf_path(void);
void kbtf_copy(const struct btf *local);

/* Free what was needed only to load. */
void kbtf_forget(void);
