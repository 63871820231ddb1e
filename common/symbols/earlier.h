/* SPDX-License-Identifier: BSD-2-Clause */
/* The stacks of an earlier run, or the names of its rows, from what the same tool wrote with --json. */
#pragma once
#include "symbols/stack.h"

struct earlier_stack {
	struct frame *frames; /* innermost first, without addresses */
	size_t n;
	bool missed; /* it could not be stored */
};

#define EARLIER_NAMES 16

/* A row.  All of it lives until the next one. */
struct earlier {
	const char *comm, *waker; /* NULL: it has none */
	bool pair;                /* it has a waker, whose stacks come, too, or could have one */
	const char *target;       /* whom this thread woke up */
	const char *names[EARLIER_NAMES];
	size_t n_names;
	struct earlier_stack kernel, user, waker_kernel, waker_user;
	u64 count;
};

/*
 * Call EACH for each row of the file; COUNTED is the field that says how much there is of it.  If that is a state, such
 * as what is in use, only the last report counts.  NAMES, or NULL: the fields that are the row's names, with blanks
 * between them.  Anything that is not as this tool would write it with the options that were given ends the program with
 * a sentence.
 */
void earlier_read(const char *path, const char *counted, const char *names,
		  void (*each)(const struct earlier *));
/* Do rows have this field, with the options that were given? */
bool earlier_has(const char *field);
