/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Probes of a tool that the user typed: found in the kernel or in a file, typed, loaded and attached.  The tool's BPF
 * object has the programs of bpf/lib/gen_programs.bpf.h, and each probe gets copies of its own.
 */
#pragma once
#include "gen/emit.h"
#include "gen/spec.h"
#include "kernel/pattern.h"
#include <bpf/libbpf.h>

struct gen_probe {
	struct spec spec;
	struct pattern pattern;
	const char *name; /* as it is shown: a tracepoint without its category */
	struct gen_scope scope;
	struct expr *filter; /* or NULL */
	struct gen_value *values;
	u32 n_values;
	bool one_number; /* gen_values() returns the only value, instead of writing it */
	bool is_syscall;
	bool fentry_will_do; /* the tool's hit() uses no registers */
	bool keeps_calls;    /* the tool's programs do, for $entry() and $latency */
	bool by_fentry;      /* it is worth a try */
	bool uses_args, uses_latency;
	bool binary; /* STRCMP() compares bytes */
	struct gen_numbers numbers;
};

/* Parse the place; what follows it is returned. */
const char *gen_probe_parse(struct gen_probe *, const char *text);
/* Find the place, in this process only if PID is not 0, and the names of its arguments: for gen_type(). */
void gen_probe_find(struct gen_probe *, u32 pid);
/* The filter and the values have types: have libbpf load what the N probes need, at SIZE bytes each. */
void gen_probes_prepare(struct bpf_object *, struct gen_probe *, u32 n, size_t size);
/*
 * Load the probe's programs from an object that is loaded, and attach them; in this process only if PID is not 0.
 * True: by fentry or fexit.
 */
bool gen_probe_attach(const struct gen_probe *, const struct bpf_object *, u32 pid);
