/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the programs of gen.bpf.h and the instructions made by common/gen/ tell each other. */
#pragma once
#include "types.h"

#define GEN_ARGS 6

/* On the stack of the program. */
struct gen_frame {
	u64 faults; /* memory that could not be read */
	u64 ids;    /* as task_ids() */
	u64 ret;    /* what the function returns */
	u64 args[GEN_ARGS];
	u64 latency; /* how long the call took, in ns */
};

/* Functions of the program that are replaced begin with these numbers. */
#define GEN_FILTER_MARK 0x1dea521 /* does the user want this event? */
#define GEN_VALUES_MARK 0x1dea522 /* write the values to the event */
/* Numbers that are replaced. */
#define GEN_SIZE_MARK  0x1dea4
#define GEN_PROBE_MARK 0x1dea523
#define GEN_NARGS_MARK 0x1dea524

/* A value that comes with what it points to: this, then the bytes up to a multiple of eight. */
struct gen_told {
	u64 number;
	s64 got; /* how many bytes, of a string with the NUL; less than 0: this, or the number, could not be read */
	char bytes[];
};

/* A value in an event: eight bytes.  For a string, this, then its bytes up to a multiple of eight. */
struct gen_string {
	s64 len; /* with the NUL; less than 0: it could not be read */
	char bytes[];
};
