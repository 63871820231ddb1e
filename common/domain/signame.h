/* SPDX-License-Identifier: BSD-2-Clause */
/* Signals as kill(1) writes them. */
#pragma once
#include <stddef.h>

/* "KILL" for SIGKILL, "RTMIN+2" for a real-time signal; NULL if there is no such signal. */
const char *signame(int signal);
