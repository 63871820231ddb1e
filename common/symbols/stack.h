/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Names the stacks captured by bpf/lib/stack.bpf.h and stack_key.bpf.h, and prints them
 * as BCC does: a line per frame, a folded line, JSON, or a flame graph.
 */
#pragma once
#include "base/opt.h"
#include "output/value.h"
#include "symbols/demangle.h"
#include "symbols/unwind.h"
#include <bpf/libbpf.h>

#define STACK_MAX 1025 /* frames, and the mark of a stack that was cut */

struct frame {
	u64 addr;
	bool kernel;
	bool jit;           /* user code that was generated at run time */
	const char *name;   /* NULL: unknown */
	const char *module; /* path of the ELF file, kernel module, or NULL */
	u64 offset;         /* from the symbol or, without a name, in the module */
};

/* A stack: an ID from BPF or stack_merge() (negative: none), or the addresses themselves. */
struct stack {
	s32 id;
	u32 pid; /* whose user stack it is, 0 for a kernel stack */
	const u64 *addrs;
	size_t n;
	u64 ts; /* of the addresses */
};

#define STACK_KERNEL(ID)    ((struct stack){ .id = (ID) })
#define STACK_USER(ID, PID) ((struct stack){ .id = (ID), .pid = (PID) })
/* The stack that bpf/lib/stack_event.bpf.h sent for the event of this time and thread. */
struct stack stack_of_event(u64 ts, u32 pid, u32 tid);

/* One that bpf/lib/stack_rooms.bpf.h put into an event of that time; PID is 0 for a kernel stack. */
struct stack stack_in_room(const u64 *frames, s32 bytes, u32 pid, u64 ts);

/*
 * Write a stack's frames to FRAMES, innermost first, at most STACK_MAX. Strings live until the next
 * call.
 */
size_t stack_frames(struct stack, struct frame *frames);
/*
 * The function that a process has at an address, as of that time.  The strings live until another is asked for.  In a
 * replay, only the address is known: what was recorded on another machine, or long ago, has no names any more.
 */
const struct frame *stack_frame_at(u32 pid, u64 addr, u64 ts);

/* How a frame looks in text. */
enum frame_style {
	FRAME_OFFSET = 1,  /* symbol+0x1c */
	FRAME_MODULE = 2,  /* symbol [libc.so.6] */
	FRAME_ADDRESS = 4, /* 0x00007f3d19e6b0c1 symbol */
	FRAME_HEX = 8,     /* 7f3d19e6b0c1     symbol */
};
void frame_text(const struct frame *, unsigned int style);
/*
 * A string, which ends in a NUL: "symbol+0x1c", with the module "symbol+0x1c [module]"; without a symbol "/file+0x1c" or
 * "0xffff...".
 */
struct value frame_value(const struct frame *, bool with_module);
/* The same of a frame without a symbol, as text has it: "[file+0x1c]" or "0xffff...". */
struct value frame_unnamed(const struct frame *);

/*
 * A column.  In text, each frame has a line below the row, which begins with INDENT: see COL_BELOW.
 * JSON: an array of frames, innermost first, each "symbol+0x1c [module]"; without a symbol
 * "/path/to/module+0x1c" or "0x1c".  null if BPF could not store the stack.
 */
struct value stack_value(struct stack, const char *indent);

/* How a tool that counts stacks shows them, by its own choice and the user's. */
extern struct stack_show {
	unsigned int style; /* of the lines: enum frame_style */
	const char *indent; /* of the lines; NULL: four spaces */
	const char *unit;   /* what is counted, such as "samples", for the flame graph */
	/* The JSON field that has it, for --compare, and how much of that is one of the unit (0: one). */
	const char *counted;
	u32 per;
	bool user_only, kernel_only, delimited, folded;
	bool user_events; /* events have user stacks: see bpf/lib/stack_event.bpf.h */
	bool bcc_unknown; /* frames whose file is known, but not their name, are shown as all unknown ones */
	bool annotate;   /* folded kernel frames end in _[k] */
	bool from_probe; /* kernel stacks begin with BPF's own frames, which are left out */
	const char *const *probed; /* with them these functions, NULL-terminated; NULL: none */
	/*
	 * BPF keeps the IDs of stacks longer than a second before it counts them.  So the stacks are
	 * never thrown away while the tool runs, and there are at most as many as --stack-storage-size.
	 */
	bool keep_ids;
	/*
	 * Keys go on, after the struct stack_key, with a u64: the address that the function returns to which the
	 * innermost user frame is the beginning of.  It gets a frame if the kernel has missed it; 0: it is not
	 * known.
	 */
	bool callers;
	/* Adds a record's value to another of the same key.  NULL: it is u64 counters. */
	void (*add)(void *sum, const void *value);
	u32 room; /* size of the counting table; 0: don't warn when it was full */
} stack_show;

#define OPT_STACKS                                                                         \
	OPT_FLAG('U', "user-stacks-only", &stack_show.user_only, "Show only user stacks"), \
		OPT_FLAG('K', "kernel-stacks-only", &stack_show.kernel_only,               \
			 "Show only kernel stacks"),                                       \
		OPT_FLAG('d', "delimited", &stack_show.delimited,                          \
			 "Put a delimiter between kernel and user frames"),                \
		OPT_STACK_FORMATS, OPT_COMPARE
/* Of these, what a tool needs that has only one stack a record. */
#define OPT_STACK_FORMATS                                                            \
	OPT_FLAG('f', "folded", &stack_show.folded,                                  \
		 "Print one line per stack, in the format of flame graph programs"), \
		OPT_FLAMEGRAPH
/* For one with a form of its own: it calls stack_keep() in .keep, and sets stack_show.unit. */
#define OPT_FLAMEGRAPH                                      \
	OPT_CALL(0, "flamegraph", "FILE", stack_flamegraph, \
		 "Also write a flame graph to this SVG file")
/* For one with OPT_FLAMEGRAPH, that sets stack_show.counted. */
#define OPT_COMPARE                                                                     \
	OPT_CALL(0, "compare", "FILE", stack_compare,                                   \
		 "Also show how the stacks differ from those of an earlier run, which " \
		 "wrote this file with --json and the same options")
/* How user frames are found and shown. */
#define OPT_USER_FRAMES                                                                          \
	OPT_FLAG(0, "frame-pointers", &unwind_frame_pointers,                                    \
		 "Follow only frame pointers in user stacks"),                                   \
		OPT_FLAG(0, "bcc-unknown", &stack_show.bcc_unknown,                              \
			 "Show user frames without names as [unknown], not by file and offset"), \
		OPT_DEMANGLE
#define OPT_STACK_STORAGE                                                               \
	OPT_CALL(0, "stack-storage-size", "N", stack_storage,                           \
		 "Number of distinct stacks the kernel can store before they are read " \
		 "(default: 16384)"),                                                   \
		OPT_CALL(0, "perf-max-stack-depth", "N", stack_depth,                   \
			 "Number of frames to store per stack (default: 127)")

void stack_flamegraph(const char *path);
void stack_compare(const char *path);
void stack_storage(const char *n);
void stack_depth(const char *n);

/* For .parsed: checks the options of OPT_STACKS. */
void stack_parsed(void);
/* BCC's "user + kernel", "user" or "kernel". */
const char *stack_context(void);
/*
 * For a tool with OPT_STACKS.  stack_keep() is for .keep: it adds the stack to the flame graph and
 * to BCC's warnings.  stack_row() is for .row: it prints the stack, its process and its count.
 */
bool stack_keep(const struct stack_key *, u64 count);
/* The same with a name at the other end: whom the thread with this stack woke up. */
bool stack_keep_with(const struct stack_key *, const char *name, u64 count);
/* The folded line of it.  NAME: at most COMM_LEN bytes, or NULL. */
void stack_folded_with(const struct stack_key *, const char *name, u64 count);
/* Only the lines of the stack. */
void stack_lines(const struct stack_key *);
void stack_row(const struct stack_key *, u64 count);
/*
 * The same for a thread that was off the CPU, and the one that woke it up, whose frames come in the opposite order: so
 * the places where one went to sleep and the other woke it up are next to each other.
 */
bool stack_pair_keep(const struct stack_key *target, const struct stack_key *waker, u64 count);
void stack_pair_row(const struct stack_key *target, const struct stack_key *waker, u64 count);
/* All zero, but for the stacks, which are -EFAULT: not a thread, as the waker of one that was not woken. */
bool stack_is_nobody(const struct stack_key *);
/* The end of a banner's sentence, and for .report_begin what is before the stacks. */
void stack_banner_end(void);
void stack_report_begin(void);
/* For .end: BCC's last line. */
void stack_goodbye(void);
/* For a tool's own .row: a stack of a folded line, each frame after a ';', outermost first. */
void stack_folded(struct stack);
/* A line for each frame, with its address, as in BCC's wakeuptime. */
void stack_addresses(struct stack);
/* For .side_open and .side_read: learn the mappings of the processes that are seen. */
int stack_watch(void);
int stack_watch_kernel(void); /* for a tool without user stacks */
void stack_watched(void);

/* For the key's kernel stack STACK_BEFORE: before tracing begins. */
void stack_before(const struct stack_before *);

/*
 * For .merge of a tool whose keys begin with one or more struct stack_key; see stack_show.add. Between
 * reports, stack_watched() also collects records, so that the kernel's tables stay small, and each
 * stack gets its names from what its process had mapped at the time.
 */
char *stack_merge(char *recs, size_t *n);
/*
 * After that, if keys are a struct stack_key and no more is to be told apart: join the records of different processes
 * whose frames are the same.
 */
char *stack_join_processes(char *recs, size_t *n);
/*
 * For a record before stack_merge(): the ID of a user stack that the tool has the addresses of, of a program as in
 * struct stack_key.
 */
s32 stack_gather(const u64 *addrs, size_t n, u32 pid, u32 program);
/* For .prepare: the tool's stacks are those of bpf/lib/user_walk.bpf.h, so many at most. */
void stack_walks(struct bpf_object *, u32 most);
/* What the user chose with OPT_STACK_STORAGE, for stacks that are not stored in the maps of bpf/lib/stack.bpf.h. */
u32 stack_storage_chosen(void);
u32 stack_depth_chosen(void);
/* Stop counting stacks: those that come while this last report is made are neither counted nor lost. */
void stack_stop(void);

/* For the library: is this record only an event's stack? Before loading. After the last report. */
bool stack_event(const void *data, size_t size);
void stack_prepare(struct bpf_object *);
void stack_end(void);
