/* SPDX-License-Identifier: BSD-2-Clause */
/* Error numbers as strace writes them. */
#pragma once

/* An option's argument: a number, or a name in any case.  EXAMPLE is for the message. */
unsigned int parse_error(const char *arg, const char *example);
/* "ENOENT" for ENOENT; NULL if there is no such error. */
const char *errname(int error);
