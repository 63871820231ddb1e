/* SPDX-License-Identifier: BSD-2-Clause */
/* Directories that BPF programs recognize (bpf/lib/dirs.bpf.h). */
#pragma once
#include "lib/types.h"
#include <bpf/libbpf.h>

/* False if PATH is not a directory. */
bool dir_identify(const char *path, struct dir_id *);

/* For .prepare: has find_dir() loaded. */
void dirs_prepare(struct bpf_object *);
/* Once find_dir() is loaded, for each directory: tell BPF that PATH is number N.  It is recognized until it is
 * deleted or unmounted; we don't prevent either. */
void dir_find(struct bpf_object *, const char *path, u32 n);
