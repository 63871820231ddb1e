/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Kernel types of locks; see kernel.h. */
#pragma once
#include "kernel.h"

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

/* With CONFIG_PREEMPT_RT there are no such members. */
struct lock_word {
	s64 counter;
};
struct mutex {
	struct lock_word owner; /* the task, and three flags */
};
struct rw_semaphore {
	struct lock_word count, owner;
};

#pragma clang attribute pop

#define LOCK_FLAGS          7ul /* of owner: bits that are not part of the task's address */
#define RWSEM_READER_OWNED  1ul /* the owner is the last reader, which need not have it any more */
#define RWSEM_WRITER_LOCKED 1ul /* of count */
#define RWSEM_READERS       (~0xfful)

/* What the tracepoint contention_begin says of a lock. */
#define CONTENTION_SPINS 1u
#define CONTENTION_MUTEX 32u /* which its thread spins for before it sleeps */
