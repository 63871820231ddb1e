/* SPDX-License-Identifier: BSD-2-Clause */
/* The part of a man page that the tables say: OPTIONS and FIELDS, as roff on stdout. */
#pragma once

void man_print(void);
/* The table of options, as packaging/completions reads it. */
void man_options(void);
