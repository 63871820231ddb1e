/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#pragma once
#include "lib/types.h"

#define NESTED_ARGS 6
#include "lib/nested.h"

#define KSNOOP_FUNCS 64

struct conf {
	/* Functions, one bit each: */
	u64 begins;  /* there is an event when they begin */
	u64 returns; /* the same when they return */
	u64 holds;   /* the first waits for the second, which so must always come */
	u32 self;    /* this process is not traced: what it prints would make it print more */
	bool stack;  /* only calls inside one another, in the order of the functions */
};

enum ksnoop_kind {
	KSNOOP_CALL,
	KSNOOP_RETURN,
	KSNOOP_OVER, /* a call that is not wanted has returned */
	/* Only in recordings: */
	KSNOOP_FUNC,  /* struct ksnoop_func instead of values */
	KSNOOP_VALUE, /* struct ksnoop_value instead of values */
};

struct ksnoop_event {
	u64 ts;
	u64 ns;     /* KSNOOP_RETURN: how long the call took; 0: it is not known */
	u64 frame;  /* with the thread and the function, this tells calls apart */
	u64 parent; /* -s: the frame of the call of the function before this one */
	u32 runner;
	u32 pid, tid;
	u32 cpu;
	u32 func;
	u32 kind;
	char comm[COMM_LEN];
	char values[]; /* each a struct gen_told */
};

/* Then the name. */
struct ksnoop_func {
	u32 holds, stack, last;
	u32 returns; /* there is a row when it does */
};

/* Then the value's shape, see gen/shape.h. */
struct ksnoop_value {
	u32 returned; /* it is one of those when the function returns */
	u32 pad;
};
