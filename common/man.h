/* SPDX-License-Identifier: BSD-2-Clause */
/* The generated part of a man page, OPTIONS and FIELDS, as roff on stdout. */
#pragma once
#include "opt.h"

void man_print(void);
/* The table of options, in the format that packaging/completions reads. */
void man_options(void);
/* All options: the tool's *OWN first, then those of every tool.  The last has no name. */
const struct opt *args_options(size_t *own);
