/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * For tools that count hits of the places that a pattern matches.  Their records are struct hits.
 * They use funccount's BPF programs, `multi` for kprobe.multi and uprobe.multi and `single` for all
 * others, and its map `counts`.
 */
#pragma once
#include "lib/hits.h"
#include "pattern.h"
#include "tool.h"

/* The tool parses it before hits_prepare(). */
extern struct pattern hits_pattern;

/* For a COLF(): the name of the place. */
void hits_name(struct out *, const void *rec);
/* For .compare: the smallest count first. */
int hits_compare(const void *, const void *);
/* For .prepare and .attach.  PID, DEBUG and the result of hits_attach() are as in attach_pattern(). */
void hits_prepare(void *skel, u32 pid);
size_t hits_attach(void *skel, u32 pid, bool debug);
