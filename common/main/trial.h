/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * TOOL --check [OPTION...]: load and attach as usual, say how, and end.  snoopkit-check runs this.
 * stdout has a line for each probe, such as "probe fexit/do_sys_openat2"; stderr says what is
 * missing, with the messages that users of the tool see.  Exit status 0: the tool works.
 *
 * TOOL --trials: print the arguments that --check would try, a trial a line; nothing if the tool works
 * without arguments.  The last one's are the most likely to work.  The tests use them.
 */
#pragma once
#include <bpf/libbpf.h>

/*
 * Before the command line is parsed: if it begins with --check, replace it with the command line
 * to try, and return the new argc.  A tool with .trials runs each in its own process, and ends here.
 */
int trial_begin(int argc, char ***argv);
/* With --check, when everything is attached: report the programs, and exit. */
void trial_attached(const struct bpf_object *);
