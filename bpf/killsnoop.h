/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#pragma once
#include "lib/types.h"

enum signal_by {
	BY_KILL,
	BY_TKILL,
	BY_TGKILL,
	BY_SIGQUEUE,   /* rt_sigqueueinfo */
	BY_TGSIGQUEUE, /* rt_tgsigqueueinfo */
	BY_PIDFD,      /* pidfd_send_signal */
	SIGNAL_CALLS,
	BY_PROCESS = SIGNAL_CALLS, /* not a system call, but a signal: a program sent it, */
	BY_KERNEL,                 /* or the kernel */
	SIGNAL_BYS
};

struct conf {
	bool calls; /* trace system calls, not signals */
	bool failed;
	s32 target; /* only this process; 0: any */
	/* Only these, if there are any: bit N & 63 for signal N; 0, which only checks a process. */
	u64 signals;
	bool null_signal;
};

struct signal_event {
	u64 ts;
	u32 pid, tid; /* who ran when it was sent */
	u32 by;
	s32 sig;
	s32 target; /* process, or what kill(2) takes for several; 0: unknown, unless by kill(2) */
	u32 thread; /* of a signal for a thread, else 0 */
	s32 ret;    /* of the call; of a signal, an enum of the kernel's: 0 is delivered */
	s32 code;   /* of a signal: si_code */
	char comm[COMM_LEN];
	char tcomm[COMM_LEN]; /* empty if unknown */
};
