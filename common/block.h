/* SPDX-License-Identifier: BSD-2-Clause */
/* Disks, and the kinds of requests to them. */
#pragma once
#include "lib/types.h"

/*
 * The number of a whole disk as the kernel has it (major << 20 | minor), given its
 * name in /dev or a path.  Exits with a sentence if it is none.
 */
u32 disk_number(const char *name);

/* Look up what the bits of a request's cmd_flags mean on this kernel: before loading. */
void request_kinds_init(void);
/* The bits that request_kind() names. */
u32 request_kind_mask(void);
/* "Sync-Write", as BCC's biolatency -F names it; valid until the next call. */
const char *request_kind(u32 cmd_flags);
/* The bit of a request's rq_flags that says it goes through the flush machinery. */
u32 request_flush_sequence(void);
