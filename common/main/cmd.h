/* SPDX-License-Identifier: BSD-2-Clause */
/* TOOL [options] -- COMMAND, or --exec COMMAND: run it once every probe is attached, end with it. */
#pragma once
#include <stdbool.h>
#include <sys/types.h>

/*
 * Fork a child that waits to become this command, an argv; NULL: there is none.  0, or its
 * process ID.
 */
pid_t cmd_prepare(char **command);
void cmd_start(void);
/* The child has ended, after a SIGCHLD?  Keeps its status. */
bool cmd_ended(void);
/* The tool ends first: pass the signal on.  */
void cmd_signal(int sig);
/* The tool's exit status: the command's, 128 + signal, or 0. */
int cmd_status(void);
