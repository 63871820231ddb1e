/* SPDX-License-Identifier: BSD-2-Clause */
/* Error numbers as strace writes them. */
#pragma once

/* "ENOENT" for ENOENT; NULL if there is no such error. */
const char *errname(int error);
