/* SPDX-License-Identifier: BSD-2-Clause */
/* Signals that ask the tool to end: SIGINT, SIGTERM and SIGHUP. */
#pragma once
#include <stdbool.h>

/*
 * Catch them from now on; calls after the first do nothing.  Ignored signals stay ignored, such as
 * SIGHUP under nohup(1) and SIGINT in a script's background job.  The first signal is only noted; one
 * that comes at least half a second later kills the tool, whatever it is doing.
 */
void stop_catch(void);
/* The signal that has come, or 0. */
int stop_signal(void);
/* Was it sent by a process, such as kill(1)?  Signals from a terminal also reach the command. */
bool stop_sent(void);
/* A file that becomes readable, and stays so, when a signal comes.  -1 before stop_catch(). */
int stop_fd(void);
/* Between these, another signal kills nothing: it makes stop_again() true. */
void stop_again_begin(void);
bool stop_again(void);
void stop_again_end(void);
/* Let the signal that has come end the process now. */
__attribute__((noreturn)) void stop_now(void);
