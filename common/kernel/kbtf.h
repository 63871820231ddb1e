/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Looks up the kernel's type information without libbpf's index of its 150,000
 * types.  Building that index, and searching all types for each type of a BPF
 * program, would be most of the cost of starting a tool.
 */
#pragma once
#include "lib/types.h"
#include <bpf/btf.h>
#include <bpf/libbpf.h>

/*
 * The ID of a type of this kind (BTF_KIND_FUNC, ...) and name in the kernel's BTF,
 * or -1.  Exits with a message if neither the kernel nor a file has BTF.  The file is
 * --btf, $SNOOPKIT_BTF, or an image of this kernel where distributions put them.
 */
int kbtf_find(const char *name, u32 kind);

/*
 * Does the BTF come from a file?  Then its IDs may differ from the kernel's, so programs
 * that attach by ID (fentry, tp_btf) must not be used.
 */
bool kbtf_foreign(void);

/* Does the kernel have this struct, with this member? */
bool kbtf_has_member(const char *name, const char *member);
/* Where a struct's member begins, in bytes; -1 if there is no such member. */
int kbtf_offset(const char *name, const char *member);

/* Where a variable of each CPU is among those of that CPU; -1 if there is none, or the BTF is not the kernel's own. */
s64 kbtf_percpu_offset(const char *name);

/* How many arguments a function has, or -1 if there is no such function. */
int kbtf_func_args(const char *func);
/*
 * How many of the eight-byte words that a trampoline hands to a program its arguments take, or -1 if there is no such
 * function, or one of its arguments is not handed over.
 */
int kbtf_func_words(const char *func);
/* How many words, or registers, an argument of this SIZE takes: 0 if it is passed in another way. */
u32 kbtf_arg_words(s64 size);
/*
 * Is the first argument of a kernel function a pointer to a struct of which BTF has only the name?
 * An fentry program must not read such an argument.  In 5.10 this is so for system calls that can be
 * configured out (execveat, bind, connect ...), because BTF describes their stubs instead.
 */
bool kbtf_func_opaque(const char *func);
/*
 * The ID of a function's type, or -1 if there is none, or no permission to ask for modules
 * (CAP_SYS_ADMIN).  *btf_fd is the descriptor of the module's BTF, or 0 if it is in vmlinux.
 */
int kbtf_func_id(const char *func, int *btf_fd);
/* Also look for functions in this module, if it is loaded.  At most four modules; further ones are not looked into. */
void kbtf_use_module(const char *name);
bool kbtf_uses_modules(void);
/* How many arguments a raw tracepoint has: those of btf_trace_NAME without the first. */
int kbtf_tracepoint_args(const char *name);

/* All of the kernel's types, for who needs more of them than this header tells; the caller's.  NULL: libbpf can't read them. */
struct btf *kbtf_types(void);

/* The same, with those of the loaded module that has this function, in which programs then find it.  NULL: no module has it. */
struct btf *kbtf_types_of_module(struct btf *kernel, const char *func);

/* Call EACH for every member of this kernel enum, if the kernel has it. */
enum kbtf_enum {
	KBTF_REQ_OPS,
	KBTF_REQ_FLAGS,
	KBTF_RQ_FLAGS,
	KBTF_GFP_BITS,
	KBTF_DROP_REASONS,
	KBTF_COMPACT_RESULTS,
	KBTF_ZONES,
	KBTF_ENUMS
};
void kbtf_enum(enum kbtf_enum, void (*each)(const char *name, u32 value));

/*
 * A file with only those of the kernel's types and members that a BPF object names.  kbtf_path() is
 * its path, for bpf_object_open_opts.btf_custom_path, valid until kbtf_forget().  kbtf_copy() fills
 * it, before that object is loaded.
 */
const char *kbtf_path(void);
void kbtf_copy(const struct bpf_object *);

/*
 * The same for several objects (their names are kept, not copied), into a file that can be used
 * instead of the kernel's BTF.  It also has what this header's other functions look up.
 */
void kbtf_want(const struct bpf_object *);
void kbtf_save(const char *path);

/* Free what was needed only for loading. */
void kbtf_forget(void);
