/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * For tools that count hits of the places that a pattern matches.  Their records are struct hits, and they use
 * funccount's BPF programs, with the map `counts`.
 */
#pragma once
#include "domain/matches.h"
#include "lib/hits.h"

/* For a COLF(): the name of the place. */
struct value probe_counts_name(struct rec);
/* For .compare: the smallest count first. */
int probe_counts_compare(const void *, const void *);
/* For .prepare, instead of matches_prepare(). */
void probe_counts_prepare(void *skel);
