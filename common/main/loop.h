/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once
/* Collect and print until a signal, the end of the time, the count or the command. */
void loop(void);
