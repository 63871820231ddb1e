/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Gives bpf/lib/unwind.bpf.h what it needs to follow the user stacks of programs without frame pointers: for each
 * process that a tool meets, what it has mapped, and for each file the rules of its .eh_frame, which are read once.
 *
 * The rules have a fixed room.  When it is full, all is forgotten, and the processes that are still seen come again.
 */
#pragma once
#include "lib/types.h"
#include <bpf/libbpf.h>
#include <stdbool.h>

/* --frame-pointers: don't use any of this. */
extern bool unwind_frame_pointers;

/*
 * Before loading.  WANTED: the tool shows user stacks, of at most DEPTH frames, and the kernel stores at most so many;
 * KEEP: until the end, and not from an NMI.
 */
void unwind_prepare(struct bpf_object *, bool wanted, u32 depth, u32 stacks, bool keep);
/* After loading, while we may still do everything.  False if none of this is used. */
bool unwind_open(void);
/* Have the rules ready for this program, which the process ran at that time; see usym_met(). */
void unwind_met(u32 pid, u32 program, u64 time);
/* The same for a process that will be met, whatever it runs now; its mappings are remembered in any case. */
void unwind_expect(u32 pid);
/*
 * Look for what the processes have mapped since, and go on reading; call it after usym_drain().  Returns in how many
 * nanoseconds to call it again, when all that has happened meanwhile was looked at; 0: not before there is news.
 */
u64 unwind_refresh(void);
/* How many files' rules, and how many mappings, had no room. */
u64 unwind_crowded(void);
u64 unwind_cut(void);
