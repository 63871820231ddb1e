/* SPDX-License-Identifier: BSD-2-Clause */
/* The program that -p, --exec or -- chose. */
#pragma once

/*
 * Its path, and these names of files, separated by blanks: for struct user_file of functions that can be in the program
 * itself, because it is linked statically or has its own.
 */
const char *program_and(const char *files);
