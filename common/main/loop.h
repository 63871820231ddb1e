/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once
/* Collect and print until a signal, or the end of --duration, the count or the command. */
void loop(void);
