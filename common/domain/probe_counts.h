/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * For tools that count hits of the places that a pattern matches.  Their records are struct hits.
 * They use funccount's BPF programs, `multi` for kprobe.multi and uprobe.multi and `single` for all
 * others, and its map `counts`.  A tool can also do something else with the hits, without that map.
 */
#pragma once
#include "kernel/pattern.h"
#include "lib/hits.h"
#include "main/tool.h"

/* The tool parses it before probe_counts_prepare(). */
extern struct pattern probe_counts_pattern;

/* For a COLF(): the name of the place. */
struct value probe_counts_name(struct rec);
/* For .compare: the smallest count first. */
int probe_counts_compare(const void *, const void *);
/* For .prepare and .attach.  PID, DEBUG and the result of probe_counts_attach() are as in attach_pattern(). */
void probe_counts_prepare(void *skel, u32 pid);
size_t probe_counts_attach(void *skel, u32 pid, bool debug);
