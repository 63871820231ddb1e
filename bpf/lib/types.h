/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Types that cross the kernel boundary: included by both halves of every tool. */
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
	bool pids, tids;  /* those in the map filter_ids */
	bool cgroup;      /* those below filter_cgroup */
	bool cgroupmap;   /* those whose cgroup's ID is in the map */
	bool mntnsmap;    /* those whose mount namespace's inode is in the map */
	bool note_cgroup; /* and keep in task_cgroups where they are */
};

/* Whose PIDs are the user's; the library fills it in. */
struct pid_ns {
	u32 inum; /* of the tool's PID namespace; 0: the first, whose PIDs are the kernel's own */
};

/* A directory, as stat(2) has it. */
struct dir_id {
	u64 ino;
	u32 dev; /* major << 20 | minor */
};

/* What was not seen, counted by BPF since the start.  Never reset. */
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
 * A histogram for percentiles: 32 slots for each power of two, from 32 on, so that a slot's middle
 * is at most 1.6 % off.  Up to 2^41: in nanoseconds 36 minutes.
 */
#define FINE_SLOTS 1184

/*
 * A stack as bpf_get_stackid() returns it: an ID, or a negative errno.  Bits from STACK_MAP_SHIFT
 * on tell which of the maps of stacks it is in.
 */
struct stack_ids {
	s32 kernel, user;
};
#define STACK_MAP_SHIFT 27
#define STACK_MAPS      3 /* of a set; see stack.bpf.h */

/* Who was where: the key of a table that counts stacks. */
struct stack_key {
	struct stack_ids stack;
	u32 pid, tid; /* tid: 0 where the tool does not tell threads apart */
	u32 program;  /* differs between the programs that a process runs one after another */
	u32 pad;
	char comm[COMM_LEN];
};

/* A program that was just met, or pid is 0: there are many new stacks. */
struct stack_met {
	u64 time;
	u32 pid, program, uid, pad;
};

/* What user space and stack_key.bpf.h tell each other. */
struct stack_window {
	u32 set;   /* that stacks go to */
	u32 fresh; /* new stacks since the last message about them */
	u32 limit; /* this many make one */
	u32 done;  /* no more of them are wanted */
};

/* The user's stack of an event, sent before the event itself. */
#define EVENT_FRAMES 127
struct stack_event {
	u64 zero; /* an event begins with the time, which is never 0 */
	u64 ts;   /* of the event */
	u32 tid, bytes;
	u64 frames[EVENT_FRAMES];
};

/* Which stacks the user asked for; filled in from OPT_STACKS. */
struct stack_filter {
	bool no_kernel, no_user;
};
