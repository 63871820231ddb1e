/* SPDX-License-Identifier: BSD-2-Clause */
/* Reports of what BPF gathered in a map. */
#pragma once
#include "lib/types.h"
#include <bpf/libbpf.h>

struct tool;

/* The library's: the maps of a tool are loaded. */
void table_loaded(struct bpf_object *, const struct tool *);

/* Drain, sort and print in the manner of the tool's .report. */
void table_report(void);

/* For .begin: the banner of BCC's interval tables. */
void table_begin(void);
