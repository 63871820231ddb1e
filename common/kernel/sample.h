/* SPDX-License-Identifier: BSD-2-Clause */
/* BPF programs that run on a perf event, on each CPU. */
#pragma once
#include "lib/types.h"
#include <bpf/libbpf.h>

struct sampling {
	u32 type; /* as in perf_event_open(2) */
	u64 config;
	u64 hertz;        /* samples per second, or */
	u64 period;       /* events per sample */
	s32 cpu;          /* only this CPU; negative: all that are online now */
	const char *what; /* the events of a PERF_TYPE_HARDWARE, for sample_failed() */
};

/*
 * Attach a program.  Returns 0, or -1 with errno and nothing attached.  EINVAL can mean
 * more samples per second than the kernel allows.
 */
int sample_attach(struct bpf_program *, const struct sampling *);
/* It did not work, and errno says why: exit with a sentence. */
void sample_failed(const struct sampling *) __attribute__((noreturn));
