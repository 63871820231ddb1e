/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#pragma once
#include "lib/task_state.h"
#include "lib/throttled.h"
#include "lib/types.h"

#define LEDGER_SYSCALLS   512
#define NO_SYSCALL        (~0u)
#define TASK_STATE_NOLOAD 0x400 /* asleep, as an idle thread of the kernel */

/* What a thread spends its time with. */
enum ledger_cause {
	CAUSE_RUNS, /* on a CPU; in a report only what can't be split into the next two */
	CAUSE_USER,
	CAUSE_KERNEL,
	CAUSE_QUEUE,
	CAUSE_THROTTLED,
	CAUSE_DISK,
	CAUSE_MEMORY,
	CAUSE_NETWORK,
	CAUSE_LOCK,
	CAUSE_FUTEX,
	CAUSE_PROCESS,
	CAUSE_POLL,
	CAUSE_TIMER,
	CAUSE_STOPPED,
	CAUSE_OTHER,
	CAUSES
};

/* What a system call waits for, by its number alone. */
enum ledger_waits {
	WAITS_OTHER,
	WAITS_FILE, /* its first argument tells */
	WAITS_FUTEX,
	WAITS_TIMER,
	WAITS_POLL,
	WAITS_PROCESS,
	WAITS_LOCK,
	WAITS_DISK,
};

enum ledger_file { FILE_NONE, FILE_PIPE, FILE_UNIX, FILE_SOCKET, FILE_DEVICE, FILE_OTHER };

enum ledger_flags {
	LEDGER_COMPAT = 1,    /* the call is one of a 32-bit program */
	LEDGER_PENDING = 2,   /* it had not ended when tracing did */
	LEDGER_INTERRUPT = 4, /* nobody woke it up but an interrupt */
};

struct conf {
	u32 command; /* 0: the tasks that the filters choose; else this thread, and what it starts */
	u8 waits[LEDGER_SYSCALLS];
};

/* A thread, and what it does since when. */
struct ledger_thread {
	struct task_state_head head;
	u64 since;
	u64 user, kernel; /* that the kernel has counted until then */
	struct throttled throttled;
	u64 lock; /* the kernel's lock that it waits for */
	char waker[COMM_LEN];
	u32 waker_pid, syscall, state;
	u8 phase, cause, file, flags;
};
enum ledger_phase { RUNS, QUEUED, SLEEPS };

struct ledger_key {
	u32 pid, tid;
	char comm[COMM_LEN];
	u32 syscall;
	u32 state; /* with CAUSE_OTHER */
	u8 cause, file, flags, pad;
	u32 waker_pid;
	char waker[COMM_LEN];
} __attribute__((aligned(8))); /* names are copied eight bytes at a time */

struct ledger {
	struct ledger_key key;
	struct ledger_value {
		u64 ns, count;
		u64 user, kernel; /* with CAUSE_RUNS: by the kernel's clock */
		u64 last;         /* when it was counted */
		/* In a report: time of the process or thread in all, that of the cause, and the number of threads. */
		u64 whole, part, threads;
	} v;
};
