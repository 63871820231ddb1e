/* SPDX-License-Identifier: BSD-2-Clause */
/* Signals that ask the tool to end: SIGINT, SIGTERM and SIGHUP. */
#pragma once
#include <stdbool.h>

/*
 * Catch them from now on; calls after the first do nothing.  A signal that is ignored stays so, as
 * SIGHUP under nohup(1) and SIGINT in a script's background job.  The first one is only noted; one
 * that comes half a second later or more kills, whatever the tool is doing.
 */
void stop_catch(void);
/* The signal that has come, or 0. */
int stop_signal(void);
/* It was sent by a process, such as kill(1); a terminal sends its own to the command as well. */
bool stop_sent(void);
/* Becomes readable when one comes, and stays so.  -1 before stop_catch(). */
int stop_fd(void);
/* End the process now by the signal that has come. */
__attribute__((noreturn)) void stop_now(void);
