/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Stacks captured by bpf/lib/stack.bpf.h and stack_key.bpf.h: named, and printed
 * in BCC's ways: a line for each frame, a folded line, JSON, a flame graph.
 */
#pragma once
#include "base/opt.h"
#include <bpf/libbpf.h>

#define STACK_MAX 1025 /* frames, and the mark of a stack that was cut */

struct frame {
	u64 addr;
	bool kernel;
	const char *name;   /* NULL: unknown */
	const char *module; /* path of the ELF file, kernel module, or NULL */
	u64 offset;         /* from the symbol, or without a name from the module */
};

/* A stack: an ID as BPF or stack_merge() gave it (negative: none), or the addresses themselves. */
struct stack {
	s32 id;
	u32 pid; /* whose user stack it is, 0 for a kernel stack */
	const u64 *addrs;
	size_t n;
	u64 ts; /* of the addresses */
};

#define STACK_KERNEL(ID)    ((struct stack){ .id = (ID) })
#define STACK_USER(ID, PID) ((struct stack){ .id = (ID), .pid = (PID) })
/* That bpf/lib/stack_event.bpf.h sent for the event of this time and thread. */
struct stack stack_of_event(u64 ts, u32 pid, u32 tid);

/*
 * The frames of a stack, innermost first; at most STACK_MAX are put in FRAMES. Strings live until
 * the next call.
 */
size_t stack_frames(struct stack, struct frame *frames);

/* How a frame looks in text. */
enum frame_style {
	FRAME_OFFSET = 1,  /* symbol+0x1c */
	FRAME_MODULE = 2,  /* symbol [libc.so.6] */
	FRAME_ADDRESS = 4, /* 0x00007f3d19e6b0c1 symbol */
};
void frame_text(const struct frame *, unsigned int style);
/* Below a row, before the newline at its end: a line for each frame, behind INDENT blanks. */
void stack_lines(struct stack, int indent);

/*
 * JSON: an array of frames, innermost first, each "symbol+0x1c [module]";
 * without a symbol "/path/to/module+0x1c" or "0x1c".  null if BPF could not store the stack.
 */
void stack_json(struct stack);

/* How a tool that counts stacks shows them, and what the user wants of it. */
extern struct stack_show {
	unsigned int style; /* enum frame_style, of the lines */
	const char *unit;   /* what is counted, as in "samples", for the flame graph */
	bool user_only, kernel_only, delimited, folded;
	bool annotate;   /* folded kernel frames end in _[k] */
	bool from_probe; /* kernel stacks begin with BPF's own frames: leave them out */
	u32 room;        /* of the table that counts; 0: say nothing when it was full */
} stack_show;

#define OPT_STACKS                                                                            \
	OPT_FLAG('U', "user-stacks-only", &stack_show.user_only, "Show user stacks only"),    \
		OPT_FLAG('K', "kernel-stacks-only", &stack_show.kernel_only,                  \
			 "Show kernel stacks only"),                                          \
		OPT_FLAG('d', "delimited", &stack_show.delimited,                             \
			 "Put a delimiter between kernel and user frames"),                   \
		OPT_FLAG('f', "folded", &stack_show.folded,                                   \
			 "Print one line for each stack, as flame graph programs read them"), \
		OPT_CALL(0, "flamegraph", "FILE", stack_flamegraph,                           \
			 "Write a flame graph to this SVG file, too")
#define OPT_STACK_STORAGE                                                                 \
	OPT_CALL(0, "stack-storage-size", "N", stack_storage,                             \
		 "How many different stacks the kernel can store until they are fetched " \
		 "(default: 16384)"),                                                     \
		OPT_CALL(0, "perf-max-stack-depth", "N", stack_depth,                     \
			 "How many frames of a stack are stored (default: 127)")

void stack_flamegraph(const char *path);
void stack_storage(const char *n);
void stack_depth(const char *n);

/* For .parsed: what OPT_STACKS excludes is a usage error. */
void stack_parsed(void);
/* BCC's "user + kernel", "user" or "kernel". */
const char *stack_context(void);
/*
 * For .keep and .row of a tool with OPT_STACKS: count the stack in the flame
 * graph and in BCC's warnings; print it, its process and its count.
 */
bool stack_keep(const struct stack_key *, u64 count);
void stack_row(const struct stack_key *, u64 count);
/* For .side_open and .side_read: learn what the processes met have mapped. */
int stack_watch(void);
void stack_watched(void);

/*
 * For .merge of a tool whose records are a struct stack_key, and then counters (u64). Between
 * reports stack_watched() gathers records as well, so that the kernel's tables stay small and each
 * stack is named after what its process had mapped when it was seen.
 */
char *stack_merge(char *recs, size_t *n);
/* No stack is wanted after this report, however long that takes: none is counted, and none lost. */
void stack_stop(void);

/* The library's: is this record just an event's stack? Before loading, and after the last report. */
bool stack_event(const void *data, size_t size);
void stack_prepare(struct bpf_object *);
void stack_end(void);
