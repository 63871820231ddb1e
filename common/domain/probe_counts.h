/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Tools that count hits of what a pattern matches.  Their records are struct hits, and their BPF
 * programs are funccount's: `multi` for kprobe.multi and uprobe.multi, `single` for all others,
 * and the map `counts`.
 */
#pragma once
#include "kernel/pattern.h"
#include "lib/hits.h"
#include "main/tool.h"

/* The tool's: parsed before probe_counts_prepare(). */
extern struct pattern probe_counts_pattern;

/* For a COLF(): the name of what was hit. */
void probe_counts_name(struct out *, const void *rec);
/* For .compare: the least first. */
int probe_counts_compare(const void *, const void *);
/* For .prepare and .attach; PID and DEBUG are attach_pattern()'s, as what probe_counts_attach() returns. */
void probe_counts_prepare(void *skel, u32 pid);
size_t probe_counts_attach(void *skel, u32 pid, bool debug);
