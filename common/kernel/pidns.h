/* SPDX-License-Identifier: BSD-2-Clause */
/* PIDs as seen in the tool's own PID namespace (bpf/lib/pid.bpf.h). */
#pragma once
#include <bpf/libbpf.h>

/* Before loading: tell BPF which namespace's PIDs to show and compare. */
void pidns_prepare(const struct bpf_object *);
