/* SPDX-License-Identifier: BSD-2-Clause */
/* TOOL [options] -- COMMAND, or --exec COMMAND: run it once all probes are attached, and end with it. */
#pragma once
#include <stdbool.h>
#include <sys/types.h>

/*
 * Fork a child that waits to execute COMMAND, an argv.  Returns its process ID, or 0 if COMMAND is
 * NULL.
 */
pid_t cmd_prepare(char **command);
/* Its first word; NULL if there is no command. */
const char *cmd_program(void);
void cmd_start(void);
/* After a SIGCHLD: has the child ended?  Stores its status. */
bool cmd_ended(void);
/* The tool ends before the command: pass the signal on to it. */
void cmd_signal(int sig);
/* The tool's exit status: the command's, 128 + signal, or 0. */
int cmd_status(void);
