/* SPDX-License-Identifier: BSD-2-Clause */
/* The generated part of a man page, OPTIONS and FIELDS, as roff on stdout. */
#pragma once

void man_print(void);
/* The table of options, in the format that packaging/completions reads. */
void man_options(void);
