/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#pragma once
#include "lib/types.h"

enum reset_state { RESET_DONE, RESET_KEPT, RESET_FAILED, RESET_DEFAULT };

/* A file of tracefs, or an event that one of them lists: the record. */
struct reset {
	struct {
		u32 number; /* in the order in which they were reset */
		u32 state;  /* enum reset_state */
	} k;
	struct {
		char file[32];
		char was[160]; /* the event's name, or the value of the file */
		char why[64];  /* it is left alone, or could not be reset */
	} v;
};
