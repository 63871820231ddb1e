/* SPDX-License-Identifier: BSD-2-Clause */
/* Programs on the places that a pattern matches, many at a time. */
#pragma once
#include "kernel/pattern.h"
#include <bpf/libbpf.h>

/*
 * The attach type of a program that one link puts on all that this pattern matches: kprobe.multi
 * (5.18 and CONFIG_FPROBE) or uprobe.multi (6.6).  0: the kernel has none, or SNOOPKIT_PROBES=kprobe.
 */
int attach_multi_type(const struct pattern *);

/*
 * How many probes may be attached one by one: 1,000, or $BCC_PROBE_LIMIT; that
 * one bounds kprobe.multi too.  Exits if there are more.
 */
void attach_check_limit(const struct pattern *, bool multi);

/*
 * How many of a pattern's places are tracepoints of single system calls (syscalls:sys_enter_read) to be
 * counted by two programs on all of them.  0 where they are few, as each can have a probe of its own.
 */
size_t attach_by_number(const struct pattern *);

/*
 * Where attach_by_number() isn't 0, before attach_pattern(): the loaded programs, and the map of
 * lib/syscall_ids.bpf.h.
 */
void attach_syscalls(const struct pattern *, const struct bpf_program *enter,
		     const struct bpf_program *exit, int ids);

/*
 * Attach the loaded program to every place.  Its probe_id() (lib/probe_id.bpf.h)
 * or, for a kprobe.multi program, its attach cookie is the ID of the name.  PID:
 * user probes in this process only, if not 0.  Each is listed on stderr if
 * DEBUG.  Returns how many names have a probe; what a wildcard matched and
 * can't be probed is counted on stderr, and if nothing is left, exits.
 * Detaches at exit, and before a signal ends the process.
 */
size_t attach_pattern(const struct pattern *, const struct bpf_program *, u32 pid, bool debug);

/* Hits the kernel did not hand to the programs: the CPU was inside another. */
u64 attach_missed(void);
