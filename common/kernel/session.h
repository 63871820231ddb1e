/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One kprobe.session link for many functions (Linux 6.10 and CONFIG_FPROBE).  Each function that fentry
 * programs or kprobes are attached to costs 8 million instructions and more, because ftrace goes through
 * all the places that it could change; such a link costs that once.  A call costs up to 1,300 more than by
 * fentry, so this is for functions that are rarely called.
 *
 * The programs are those for kprobes: they see the same registers.  The link runs a program of ours, which
 * passes each entry and return on to the function's own program (a tail call).
 */
#pragma once
#include "lib/types.h"
#include <bpf/libbpf.h>

/* How many entries in session_attach()'s list there is room for. */
#define SESSION_MOST 64

/*
 * Does this kernel have such links, and tell addresses?  By trial, once.  A kernel can still refuse the
 * link, if it has no CONFIG_FPROBE.
 */
bool session_works(void);

/* Load this program, for kprobes or kretprobes, to be called by the link; before the object is loaded. */
void session_take(struct bpf_program *);
bool session_has(const struct bpf_program *);

/* A function, and the descriptors of its loaded programs; -1: none. */
struct session_func {
	u64 addr;
	int entry, exit;
};
/*
 * Trace them all; at most SESSION_MOST.  0, or -1 and errno.  A function with two programs at its entry is on
 * the list twice.  A link runs one program at each place, so this makes another link.
 */
int session_attach(const struct session_func *, u32 n);
void session_detach(void);

/*
 * For a program of the caller's that is itself the link's: session_take() it, which makes it call the functions of
 * lib/session.h, and link it to these addresses, each with its own cookie.  A descriptor, or -1 and errno.
 */
int session_link(int prog, const u64 *addrs, const u64 *cookies, u32 n);

/* Calls that the kernel could not trace, because there were too many at a time. */
u64 session_missed(void);
/* Hits that the kernel passed to no program because the CPU was already inside one. */
u64 session_nested(void);
