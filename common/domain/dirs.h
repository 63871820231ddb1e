/* SPDX-License-Identifier: BSD-2-Clause */
/* Directories that BPF programs are to recognize (bpf/lib/dirs.bpf.h). */
#pragma once
#include "lib/types.h"
#include <bpf/libbpf.h>

/* False if PATH is no directory. */
bool dir_identify(const char *path, struct dir_id *);

/* A .prepare's part: have find_dir() loaded. */
void dirs_prepare(struct bpf_object *);
/* Once it is, for each directory: tell BPF that PATH is number N.  It stays recognized until it is deleted or
 * unmounted, which is not hindered. */
void dir_find(struct bpf_object *, const char *path, u32 n);
