/* SPDX-License-Identifier: BSD-2-Clause */
/* What keeps a tool from working, in a sentence. */
#pragma once

/* Before loading: exits if BPF is not for us; libbpf's own messages are for --verbose. */
void diag_start(void);
/* strerror(), and what else is known of why a probe was refused; valid until the next call. */
const char *diag_why(int error);
/* Loading or attaching failed with this errno; WHAT was being attached, or NULL.  Exits. */
void diag_load_failed(int error, const char *what) __attribute__((noreturn));
