/* SPDX-License-Identifier: BSD-2-Clause */
/* Nothing is lost in silence: what BPF could not report, said on stderr and in JSON. */
#pragma once
#include "lib/types.h"
#include <bpf/libbpf.h>

/* After loading: where the counters are. */
void loss_init(const struct bpf_object *, const struct loss *counters);
/*
 * Side information that was lost, to be counted with the rest: its key in JSON, which no other has,
 * what of it, how many.  The strings are kept.
 */
void loss_side(const char *key, const char *what, u64 (*count)(void));
/* All of it, since the start. */
u64 loss_total(void);
/* Say what was lost since the last call; the last call also sums up. */
void loss_report(bool last);
