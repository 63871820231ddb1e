/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The kernel's type information, looked at without building libbpf's index of
 * its 150,000 types: that, and its search through all of them for each type of a
 * BPF program, is most of what starting a tool costs.
 */
#pragma once
#include "lib/types.h"
#include <bpf/btf.h>
#include <bpf/libbpf.h>

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

/* Has the kernel a struct of this name, and it such a member? */
bool kbtf_has_member(const char *name, const char *member);

/* How many arguments a function has; -1: there is none of this name. */
int kbtf_func_args(const char *func);
/*
 * Is the first argument of a function of the kernel's a pointer to a struct that its description only
 * names?  A program for a trampoline must not read such an argument.  5.10 describes system calls that can
 * be left out by their stand-ins, and those so: execveat, bind, connect, ...
 */
bool kbtf_func_opaque(const char *func);
/*
 * The ID of a function's type and, if a module has it, a file descriptor of the module's
 * types, else 0; -1: there is none, or no permission to ask for modules (CAP_SYS_ADMIN).
 */
int kbtf_func_id(const char *func, int *btf_fd);
/* Look for functions in this module as well (at most four), if it is loaded. */
void kbtf_use_module(const char *name);
bool kbtf_uses_modules(void);
/* How many arguments a raw tracepoint has: those of btf_trace_NAME, less the first. */
int kbtf_tracepoint_args(const char *name);

/* Call EACH for every member of this enum of the kernel, if it has it. */
enum kbtf_enum { KBTF_REQ_OPS, KBTF_REQ_FLAGS, KBTF_RQ_FLAGS, KBTF_GFP_BITS };
void kbtf_enum(enum kbtf_enum, void (*each)(const char *name, u32 value));

/*
 * Just those of the kernel's types, and members, that a BPF object names: the path of a file for
 * bpf_object_open_opts.btf_custom_path, valid until kbtf_forget(), and what puts them there before
 * that object is loaded.
 */
const char *kbtf_path(void);
void kbtf_copy(const struct bpf_object *);

/*
 * The same for several objects (their names are kept, not copied), to a file that stands in
 * for the kernel's types.  It has what this header's other functions are asked for as well.
 */
void kbtf_want(const struct bpf_object *);
void kbtf_save(const char *path);

/* Free what was needed only to load. */
void kbtf_forget(void);
