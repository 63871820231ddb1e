/* SPDX-License-Identifier: BSD-2-Clause */
/* The part of a man page that the tables say: OPTIONS and FIELDS, as roff on stdout. */
#pragma once
#include "opt.h"

void man_print(void);
/* The table of options, as packaging/completions reads it. */
void man_options(void);
/* All options, the tool's OWN first, then those of every tool; the last has no name. */
const struct opt *args_options(size_t *own);
