/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#pragma once
#include "lib/task_state.h"

struct conf {
	u64 min_size, max_size; /* of an allocation, to be counted; max_size 0: no limit */
	u64 sample_bytes;       /* one in so many bytes is sampled, 0: all are */
	u32 one_in;             /* allocations, 0: all */
	u32 depth;              /* of user stacks */
	bool trace;             /* send an event for each */
};

/* Memory that was allocated, and not freed so far. */
struct block_key {
	u64 addr;
	u32 pid; /* 0: the kernel's */
	u32 pad;
};
struct block {
	u64 size;
	u64 ts;
	u64 stack;   /* a key of `walks`, 0: none.  The kernel's: an ID, or a negative errno */
	u32 program; /* as in struct stack_key */
	u32 pad;
};

/*
 * What a thread is inside of: the outermost of the functions that allocate.  One that it calls there, such as the
 * malloc() of an operator new, is part of it.
 */
struct heap_call {
	struct task_state_head head;
	u64 end;    /* the stack pointer when it has returned */
	u64 arg;    /* where the address is returned, or the old address */
	u8 to_arg;  /* it is posix_memalign() */
	u8 moves;   /* it is realloc() */
	u8 sampled; /* the new block is to be traced */
	u8 pad[5];
	struct block_key key;  /* of the new block */
	struct block new, old; /* old: what realloc() was given, its size 0 if we don't know it */
};

enum heap_op { HEAP_STACK, HEAP_BLOCK, HEAP_ALLOC, HEAP_FREE };

struct heap_event {
	u64 ts;
	u32 pid, tid;
	u32 op, pad; /* enum heap_op */
	u64 addr, size;
	char comm[COMM_LEN];
};
