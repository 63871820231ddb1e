/* SPDX-License-Identifier: BSD-2-Clause */
/* Attach programs to all places that a pattern matches. */
#pragma once
#include "kernel/pattern.h"
#include <bpf/libbpf.h>

/*
 * The attach type with which one link covers all places that this pattern matches: kprobe.multi
 * (5.18 and CONFIG_FPROBE) or uprobe.multi (6.6).  0: the kernel has none, or SNOOPKIT_PROBES=kprobe.
 */
int attach_multi_type(const struct pattern *);

/* Does one kprobe.multi link take all of these addresses?  By trial; false if SNOOPKIT_PROBES=kprobe. */
bool attach_takes(const u64 *addrs, size_t n);

/*
 * Exits if the pattern matches more places than may be probed one by one: 1,000, or
 * $BCC_PROBE_LIMIT.  If that is set, it also limits kprobe.multi.
 */
void attach_check_limit(const struct pattern *, bool multi);

/*
 * How many of a pattern's places are tracepoints of single system calls (syscalls:sys_enter_read).  Two
 * programs on raw_syscalls count them all.  0 if there are so few that each gets a probe of its own.
 */
size_t attach_by_number(const struct pattern *);

/*
 * Call this before attach_pattern() if attach_by_number() isn't 0, with the loaded programs and the map
 * of lib/syscall_ids.bpf.h.
 */
void attach_syscalls(const struct pattern *, struct bpf_program *enter, struct bpf_program *exit,
		     int ids);

/*
 * Attach the loaded program to every place.  The program gets the ID of the name from
 * probe_id() (lib/probe_id.bpf.h) or, for kprobe.multi, from its attach cookie.  If PID
 * is not 0, user probes fire in this process only.  DEBUG lists each probe on stderr.
 * Returns how many names have a probe.  Places that a wildcard matched but that can't be
 * probed are counted on stderr; exits if no others are left.  Detaches at exit, and, while
 * the loop runs or probes are being attached, before a signal ends the process.
 */
size_t attach_pattern(const struct pattern *, const struct bpf_program *, u32 pid, bool debug);

/* A place in a file to probe. */
struct user_place {
	const char *file; /* a path that leads to it here */
	u64 offset;
	u64 semaphore; /* of a USDT probe: its offset in the file, or 0 */
	bool returns;  /* when the function that begins there returns */
};

/* A copy of the loaded program whose probe_id() (lib/probe_id.bpf.h) is ID; exits if the kernel refuses it. */
int attach_copy(const struct bpf_program *, u32 id);
/*
 * Attach a loaded program, by its descriptor, to a place; if PID is not 0, in this process only.  0, or an
 * errno.  Detaches as attach_pattern() does.
 */
int attach_user(const struct user_place *, int prog, u32 pid);

/* Does the kernel have uprobe.multi (6.6), and did nobody forbid it? */
bool attach_has_user_multi(void);
/*
 * Attach a program that was loaded for TRACE_UPROBE_MULTI to N functions of a file at once: each hit costs less, and
 * so does the end.
 */
#define TRACE_UPROBE_MULTI 48
int attach_user_multi(const char *file, const u64 *offsets, u32 n, bool returns, int prog, u32 pid);

/*
 * The same for a place in the kernel, OFFSET bytes behind it, or where the function returns.
 */
int attach_kernel(const struct pattern *, const struct place *, u64 offset, bool returns, int prog);
/* The same for a loaded fentry or fexit program, which tells the place itself. */
int attach_trampoline(int prog);
/* Count what this program misses, see attach_missed(). */
void attach_hold_program(int prog);

/* Hits that the kernel did not pass to the programs because the CPU was already inside a probe. */
u64 attach_missed(void);
