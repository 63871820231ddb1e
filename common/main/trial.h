/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * TOOL --check [OPTION...]: load and attach as ever, say how, and end; snoopkit-check asks so.
 * On stdout a line for each probe, "probe fexit/do_sys_openat2"; on stderr what is missing,
 * in the sentences that a user of the tool sees, too.  Exit status 0: the tool works.
 */
#pragma once
#include <bpf/libbpf.h>

/*
 * Before the command line is parsed: if it begins with --check, change it to what is to be
 * tried; the new argc.  A tool with .trials makes each in a process of its own, and ends here.
 */
int trial_begin(int argc, char ***argv);
/* With --check: all is attached; say what, and end. */
void trial_attached(const struct bpf_object *);
