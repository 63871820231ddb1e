/* SPDX-License-Identifier: BSD-2-Clause */
/* No loss goes unreported: what BPF could not deliver is counted, on stderr and in JSON. */
#pragma once
#include "lib/types.h"
#include <bpf/libbpf.h>

/* After loading: where the counters are. */
void loss_init(const struct bpf_object *, const struct loss *counters);
/*
 * Register another kind of loss: its JSON key, which must be unique, its description, and a function
 * that counts it.  The strings are kept, not copied.
 */
void loss_side(const char *key, const char *what, u64 (*count)(void));
/* COUNT counts more losses of the kind with this key. */
void loss_also(const char *key, u64 (*count)(void));
/* What is said of the kind with this key, and what helps; NULL: as before. */
void loss_says(const char *key, const char *what, const char *remedy);
/* The sum of all losses since the start. */
u64 loss_total(void);
/* Report what was lost since the last call.  LAST also reports totals. */
void loss_report(bool last);
