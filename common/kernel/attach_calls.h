/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Attach the programs of lib/nested.bpf.h to where functions begin and return, of the kernel and of files.
 *
 * Kernel functions get fentry and fexit programs where these miss nothing, or kprobes.  More than a few are
 * traced by one kprobe.session link if the kernel has such, because each function on its own takes it long.
 */
#pragma once
#include "kernel/pattern.h"
#include <bpf/libbpf.h>

/*
 * Opened, but not loaded: choose the programs for what these N patterns match.  Exits if that is too much, or if
 * a file is a Go program: its stacks move, which a return probe does not survive.  KPROBES: as if
 * SNOOPKIT_PROBES=kprobe.
 */
void calls_prepare(struct bpf_object *, const struct pattern *, size_t n, bool kprobes);
/*
 * Attach them.  The functions' numbers go on from one pattern to the next.  PID, and how many have probes, as in
 * attach_pattern().
 */
size_t calls_attach(struct bpf_object *, const struct pattern *, size_t n, u32 pid);
