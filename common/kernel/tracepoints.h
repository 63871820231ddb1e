/* SPDX-License-Identifier: BSD-2-Clause */
/* Tracepoints, as tracefs describes them. */
#pragma once
#include "lib/types.h"

/* Call f with each, "sched" and "sched_switch".  See tracefs() for whether there are any. */
void tracepoints_each(void (*f)(const char *category, const char *event, void *ctx), void *ctx);

/* A member of a tracepoint's record. */
struct tracepoint_field {
	char text[256]; /* its declaration, "char comm[16]" */
	u32 off, size, is_signed;
};

/*
 * Call f with each field of a tracepoint ("sched:sched_switch"), but those that all records begin with.  False, with
 * errno, if tracefs can't tell.
 */
bool tracepoint_fields(const char *name, void (*f)(struct tracepoint_field *, void *ctx),
		       void *ctx);
