/* SPDX-License-Identifier: BSD-2-Clause */
/* Disks, and the kinds of requests to them. */
#pragma once
#include "base/opt.h"
#include "lib/block.h"
#include "output/out.h"

/* For the tools whose BPF program includes lib/block.bpf.h. */
#define OPT_DISK \
	OPT_CALL('d', "disk", "DISK", disk_only, "Trace this disk or partition only, as in sda")
void disk_only(const char *name); /* or MAJOR:MINOR */

/* For .probes of a tool with ON_QUEUED: what is seen, and the ways to. */
#define REQUESTS_QUEUED          \
	"requests being queued", \
	{                        \
		QUEUED_WAYS      \
	}
#define QUEUED_WAYS "queued", "__blk_account_io_start", "blk_account_io_start", "queued_bio"

/*
 * A .prepare: tells BPF of the disk, and of this kernel.  Exits with a sentence if the disk
 * is none.
 */
void block_prepare(void *skel);
/* The same, and of the flush machinery: for inflight_completed(). */
void block_prepare_flushes(void *skel);

/* Which partition of the disk (major << 20 | minor) has this sector; NULL: none. */
const char *partition_name(u32 dev, u64 sector);

/* Look up what the bits of a request's cmd_flags mean on this kernel: before loading. */
void request_kinds_init(void);
/* The bits that request_kind() names. */
u32 request_kind_mask(void);
/* Some disk of this machine, "vda", or "" if it has none; valid until the next call. */
const char *some_disk(void);
/* "Sync-Write", as BCC's biolatency -F names it; valid until the next call. */
const char *request_kind(u32 cmd_flags);
/* For .compare: the order of two by name. */
int request_kind_compare(u32 a, u32 b);
/* For a COLF(), of the record's FIELD(), cmd_flags. */
void out_request_kind(struct out *, const void *rec);
/* A letter as in the kernel's own traces: R, W, D(iscard), F(lush), E(rase), Z(one), N(one of them). */
char request_letter(u32 op);
/* A column of that letter; the operation is a u32, field M of struct TYPE. */
#define COL_OPERATION(n, type, m)                                                               \
	COLF(n, -1, out_operation), FIELD(type, m),                                             \
		HELP("R(ead), W(rite), F(lush), D(iscard), E (secure erase), Z(one), or N for " \
		     "others")
void out_operation(struct out *, const void *rec);
