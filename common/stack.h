/* SPDX-License-Identifier: BSD-2-Clause */
/* Stacks captured by bpf/lib/stack.bpf.h, named and printed. */
#pragma once
#include "lib/types.h"

#define STACK_MAX 127 /* frames */

struct frame {
	u64 addr;
	bool kernel;
	const char *name; /* NULL: unknown */
	const char *module; /* path of the ELF file, kernel module, or NULL */
	u64 offset;	    /* from the symbol, or without a name from the module */
};

/*
 * The frames of a stack, innermost first; at most STACK_MAX are put in FRAMES.
 * ID is as bpf_get_stackid() returned it: negative gives none.  PID is whose
 * user stack it is, 0 for a kernel stack.  Names live until the process ends.
 */
size_t stack_frames(s32 id, u32 pid, struct frame *frames);

/* "symbol" or "[unknown]"; with offset "symbol+0x1c". */
void frame_text(const struct frame *, bool offset);
/* A JSON array of both stacks' frames, innermost first: "symbol+0x1c" or "[unknown]". */
void stack_json(const struct stack_ids *, u32 pid);
