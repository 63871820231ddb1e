/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Types shared by BPF programs and user space: both halves of every tool include this. */
#pragma once
#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>

typedef __u8 u8;
typedef __u16 u16;
typedef __u32 u32;
typedef __u64 u64;
typedef __s8 s8;
typedef __s16 s16;
typedef __s32 s32;
typedef __s64 s64;

#define COMM_LEN 16

/*
 * Which tasks to trace, read by BPF as constant data.  All zero: every task.
 * The library fills it from OPT_PID, OPT_UID ... (common/main/filter.h).
 */
struct task_filter {
	bool set;            /* any of these, but note_cgroup */
	u32 pid;             /* this process, 0: any */
	u32 tid;             /* this thread, 0: any */
	u32 uid;             /* with has_uid */
	u32 ppid;            /* children of this process, 0: any */
	u32 comm_len;        /* 0: any */
	char comm[COMM_LEN]; /* those whose name contains this */
	bool has_uid;
	bool pids, tids;  /* only those in the map filter_ids */
	bool cgroup;      /* only those in or below filter_cgroup */
	bool cgroupmap;   /* only those whose cgroup ID is in the map */
	bool mntnsmap;    /* only those whose mount namespace's inode is in the map */
	bool note_cgroup; /* also keep their cgroups in task_cgroups */
	u64 cgroup_id;    /* the ID of filter_cgroup */
};

/* The PID namespace whose PIDs the user sees; the library fills it in. */
struct pid_ns {
	u32 inum; /* of the tool's PID namespace; 0: the initial one, whose PIDs are the kernel's */
};

/* Filled in by sched_prepare(). */
struct sched_conf {
	bool state_given; /* sched_switch has the previous task's state as an argument */
};

/* Filled in by interrupt_prepare(). */
struct interrupt_conf {
	s64 count; /* a CPU's preemption count, from its queue of tasks on; 0: the kernel doesn't tell */
};

/* For tools that act: whether they do.  The library fills it in from --enforce and --for. */
struct acting {
	bool enforce;
	u64 until; /* CLOCK_MONOTONIC, ns; 0: until the tool ends */
};

/* A directory's identity, as from stat(2). */
struct dir_id {
	u64 ino;
	u32 dev; /* major << 20 | minor */
};

/* Losses, which BPF counts from the start and never resets. */
struct loss {
	u64 events;  /* the ring buffer was full */
	u64 entries; /* a map was full */
	u64 returns; /* a function's return was missed (kretprobe) */
	u64 stacks;  /* a stack could not be stored */
	u64 cut;     /* a string or list was longer than its room */
};

/* Power-of-two histogram: slot 0 counts 0 and 1, slot n values in [2^n, 2^(n+1)). */
#define HIST_SLOTS 64
struct hist {
	u64 sum;
	u64 slots[HIST_SLOTS];
};

/*
 * A histogram for percentiles: from 32 on, 32 slots for each power of two, so that a slot's middle
 * is at most 1.6 % off.  Up to 2^41, which is 36 minutes in nanoseconds.
 */
#define FINE_SLOTS 1184

/*
 * A stack as returned by bpf_get_stackid(): an ID, or a negative errno.  The bits from
 * STACK_MAP_SHIFT on tell which stack map it is in.
 */
struct stack_ids {
	s32 kernel, user;
};
/*
 * The kernel stack of a thread that was off the CPU before tracing began: user space has it, by
 * the thread's ID.
 */
#define STACK_BEFORE    -1000
#define STACK_MAP_SHIFT 27
#define STACK_MAPS      3 /* in a set; see stack.bpf.h */

/* Who was where: the key of a table that counts stacks. */
struct stack_key {
	struct stack_ids stack;
	u32 pid, tid; /* tid: 0 if the tool does not tell threads apart */
	u32 program;  /* differs between the programs that a process runs one after another */
	u32 pad;
	char comm[COMM_LEN];
};

/* Such a thread's kernel stack. */
#define BEFORE_FRAMES 127
struct stack_before {
	u32 tid;
	s32 bytes; /* of frames */
	u64 frames[BEFORE_FRAMES];
};

/* A program that was just seen, or with pid 0: there are many new stacks. */
struct stack_met {
	u64 time;
	u32 pid, program, uid, pad;
};

/* What user space and stack_key.bpf.h tell each other. */
struct stack_window {
	u32 set;   /* of maps that stacks go to */
	u32 fresh; /* new stacks since the last message about them */
	u32 limit; /* send a message at this many */
	u32 done;  /* count no more stacks */
};

/* How user stacks are followed: see unwind.bpf.h. */
struct unwind_conf {
	u32 on;
	u32 depth; /* frames in a stack, at most UNWIND_FRAMES */
};

/* The user stack of an event, sent before the event itself. */
#define EVENT_FRAMES 127
struct stack_event {
	u64 zero; /* tells it from an event, which begins with a time, never 0 */
	u64 ts;   /* of the event */
	u32 tid, bytes;
	u64 frames[EVENT_FRAMES];
};

/* Which stacks the user asked for; filled in from OPT_STACKS. */
struct stack_filter {
	bool no_kernel, no_user;
};
