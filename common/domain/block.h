/* SPDX-License-Identifier: BSD-2-Clause */
/* Disks, and the kinds of requests to them. */
#pragma once
#include "base/opt.h"
#include "lib/block.h"
#include "output/out.h"

/* For the tools whose BPF program includes lib/block.bpf.h. */
#define OPT_DISK \
	OPT_CALL('d', "disk", "DISK", disk_only, "Trace only this disk or partition, such as sda")
void disk_only(const char *name); /* or MAJOR:MINOR */

/* For .probes of a tool with ON_QUEUED: what is seen, and the ways to see it. */
#define REQUESTS_QUEUED          \
	"requests being queued", \
	{                        \
		QUEUED_WAYS      \
	}
#define QUEUED_WAYS "queued", "__blk_account_io_start", "blk_account_io_start", "queued_bio"

/*
 * For .prepare: passes BPF the chosen disk and what it needs to know about this kernel.  Exits
 * with a message if there is no such disk.
 */
void block_prepare(void *skel);
/* The same, and also prepares for flush requests: for inflight_completed(). */
void block_prepare_flushes(void *skel);

/* The partition of the disk (major << 20 | minor) that has this sector, or NULL. */
const char *partition_name(u32 dev, u64 sector);

/* Before loading: look up what the bits of a request's cmd_flags mean on this kernel. */
void request_kinds_init(void);
/* For a tool's .prepare: this and block_prepare_flushes(). */
void request_kinds_prepare(void *skel);
/* The bits that request_kind() names. */
u32 request_kind_mask(void);
/* Any disk of this machine, such as "vda", or "" if it has none; valid until the next call. */
const char *some_disk(void);
/* "Sync-Write", as BCC's biolatency -F names it; valid until the next call. */
const char *request_kind(u32 cmd_flags);
/* For .compare: orders two kinds of request by name. */
int request_kind_compare(u32 a, u32 b);
/* For a COL_OF() cmd_flags. */
struct value request_kind_value(const void *u32_cmd_flags);
/* The letter that the kernel's own traces use: R, W, D(iscard), F(lush), E(rase), Z(one), N(one of these). */
char request_letter(u32 op);
/* A column with that letter, for field M of struct TYPE, a u32. */
#define COL_OPERATION(n, type, m)                                                               \
	COL_OF(request_letter_value, n, -1, type, m),                                           \
		HELP("R(ead), W(rite), F(lush), D(iscard), E (secure erase), Z(one), or N for " \
		     "others")
struct value request_letter_value(const void *u32_op);
