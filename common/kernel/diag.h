/* SPDX-License-Identifier: BSD-2-Clause */
/* Explains what keeps a tool from working. */
#pragma once

/* Before loading: sets up libbpf's messages (see --verbose). */
void diag_start(void);
/* Exits if we may not use BPF. */
void diag_may_load(void);
/* strerror() of the error, and what more we know of why a probe was refused; valid until the next call. */
const char *diag_why(int error);
/* Exits with a message: loading, or attaching WHAT if not NULL, failed with this errno. */
void diag_load_failed(int error, const char *what) __attribute__((noreturn));
