/* SPDX-License-Identifier: BSD-2-Clause */
/* The command line: getopt_long(3), and argp for --help, fed from the tool's tables. */
#pragma once
#include "base/opt.h"

/* Cut off the command after "--" or --exec.  Returns the new argc. */
int args_commands(int argc, char **argv);
/* Parse everything else into the tool's variables and `run`. */
void args_parse(int argc, char **argv);
/* Print what --help prints, and exit. */
void args_help(void) __attribute__((noreturn));
/* All options: the tool's *OWN first, then those of every tool.  The last has no name. */
const struct opt *args_options(size_t *own);
