/* SPDX-License-Identifier: BSD-2-Clause */
/* The file descriptors of BPF that processes hold, as /proc shows them. */
#pragma once
#include "lib/types.h"

/* Valid only during the call. */
struct bpf_fd {
	u32 pid, fd;
	const char *type; /* "prog", "map", "link", "iter", "btf" ..., or "perf_event" */
};

/* Before privileges are dropped: keep those that other users' processes need. */
void bpf_fds_prepare(void);
/*
 * Call F for each descriptor of BPF, and for each perf event, as a program can be attached to it.  Not for those of
 * this process.  Returns how many processes it may not look into.
 */
u32 bpf_fds_each(void (*f)(const struct bpf_fd *));
/* A number in its /proc/PID/fdinfo/FD, such as "prog_id"; 0 if there is none. */
u32 bpf_fd_number(const struct bpf_fd *, const char *name);
/* When the kernel refuses to list programs: says why, and exits with status 1. */
void bpf_not_listed(void) __attribute__((noreturn));
/* The name of a process's first thread, NUL-terminated; an empty string if it is gone. */
void process_name(u32 pid, char name[COMM_LEN]);
