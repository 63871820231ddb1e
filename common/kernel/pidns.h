/* SPDX-License-Identifier: BSD-2-Clause */
/* PIDs as the tool's own PID namespace has them (bpf/lib/pid.bpf.h). */
#pragma once
#include <bpf/libbpf.h>

/* Before loading: tell BPF whose PIDs to show and to compare with. */
void pidns_prepare(const struct bpf_object *);
