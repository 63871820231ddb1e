/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Requests to block devices: which are wanted, and what is known of those under way. */
#pragma once
#include "block.h"
#include "kernel_block.h"
#include "map.bpf.h"
#include "task.bpf.h"

const volatile struct block_conf block;

/* The request of block_rq_issue. */
static __always_inline struct request *rq_issued(u64 *ctx)
{
	return rq_of(ctx, block.rq_second);
}

/* Is this the disk, and the partition, that the user asked for? */
static __always_inline bool disk_wanted(struct request *rq, u64 sector, const bool typed)
{
	if (!block.dev)
		return true;
	return disk_dev(rq_disk(rq, typed), typed) == block.dev &&
	       (!block.last || (sector >= block.first && sector <= block.last));
}

/* An empty write is what the kernel makes of fsync(2): a flush. */
static __always_inline u32 request_op(struct request *rq, u32 bytes, const bool typed)
{
	u32 op = ARG_READ(rq, cmd_flags) & 255;

	return op == REQ_WRITE && !bytes ? REQ_FLUSH : op;
}

/* Of a request under way: a tool fills in what it needs, and clears what it finds. */
struct inflight {
	u64 begin;  /* when it was queued, or as the tool has it; 0: that was not seen */
	u64 issued; /* to the driver, the last time; 0: not yet */
	u64 sector; /* as it was issued the first time: */
	u32 bytes;  /* merging is done, and nothing is yet */
	u32 pid;    /* of the task that made it */
	s32 stack;  /* of that task, in the kernel */
	u32 number; /* of its name; 0: none yet */
	char comm[COMM_LEN];
};

/*
 * The kernel uses the same few requests again and again, so most have a place of their own, found
 * without a search.  It stays the first one's that was led there by its address; the claim
 * is an entry of the hash table under the place's number, for CPUs not to claim it both.
 */
#define PLACES 4096
struct place {
	u64 rq; /* 0: nobody's */
	struct inflight r;
};
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, PLACES);
	__type(key, u32);
	__type(value, struct place);
} places SEC(".maps");

/* Pointers that have types are not to be computed with: a byte written over makes it a number. */
static __always_inline u32 place_number(struct request *rq)
{
	volatile union {
		u64 address;
		u8 bytes[8];
	} p = { (u64)rq };

	p.bytes[7] = 0xff; /* as in all addresses of the kernel */
	return p.address * 0x9e3779b97f4a7c15 >> 52;
}

/* Bios have none: they are too many. */
static __always_inline struct place *place_of(struct request *rq)
{
	u32 number = place_number(rq);

	return block.by_bio ? NULL : bpf_map_lookup_elem(&places, &number);
}

/*
 * The others are in the hash table.  An entry stays when its request is done, and the next time
 * costs a lookup instead of an insertion and a removal.  Only when there are very many
 * requests the entries of completed ones make room.
 */
#define INFLIGHT 16384
HASH(inflight, u64, struct inflight, INFLIGHT + PLACES);
static u64 n_inflight;

/* NULL: not seen yet.  Otherwise it may be what an earlier request left behind. */
static __always_inline struct inflight *inflight_find(struct request *rq)
{
	u64 key = (u64)rq;
	struct place *p = place_of(rq);

	if (p && p->rq == key)
		return &p->r;
	return bpf_map_lookup_elem(&inflight, &key);
}

/* The same, created zeroed; NULL, and counted as a loss, if there are too many. */
static __always_inline struct inflight *inflight_get(struct request *rq)
{
	struct inflight *r = inflight_find(rq), none = {};
	u64 key = (u64)rq, claim = place_number(rq);
	struct place *p;

	if (r)
		return r;
	p = place_of(rq);
	if (p && !p->rq && !bpf_map_update_elem(&inflight, &claim, &none, BPF_NOEXIST)) {
		p->rq = key;
		return &p->r;
	}
	if (!map_put(&inflight, &key, &none))
		return NULL;
	count_add(&n_inflight, 1);
	return bpf_map_lookup_elem(&inflight, &key);
}

/* The request is done; what R held has been read. */
static __always_inline void inflight_end(struct request *rq, struct inflight *r)
{
	u64 key = (u64)rq;

	r->begin = r->issued = 0;
	if (n_inflight > INFLIGHT / 2 && !bpf_map_delete_elem(&inflight, &key))
		count_add(&n_inflight, -1);
}

/*
 * With lib/probe.bpf.h: ON_QUEUED { ... } runs in the task that makes request RQ, which is not
 * typed.  The ways to see it are REQUESTS_QUEUED of common/domain/block.h: a tracepoint since 6.5, before
 * that the function that counts requests of queues that keep statistics.  Where compilers have
 * inlined that (5.17 to 6.4), the bio that a request is allocated for: then RQ is the bio.
 */
#define ON_QUEUED                                                                              \
	static __always_inline int on_queued(void *ctx, struct request *rq, const bool typed); \
	TRACEPOINT(block_io_start, queued)                                                     \
	{                                                                                      \
		return on_queued(ctx, (void *)ctx[0], typed);                                  \
	}                                                                                      \
	SEC("?raw_tp/block_getrq") int queued_bio(u64 *ctx)                                    \
	{                                                                                      \
		return on_queued(ctx, (void *)ctx[0], false);                                  \
	}                                                                                      \
	KFUNC(__blk_account_io_start, (struct request * rq)) /* since 5.16 */                  \
	{                                                                                      \
		return on_queued(ctx, rq, typed);                                              \
	}                                                                                      \
	KFUNC(blk_account_io_start, (struct request * rq))                                     \
	{                                                                                      \
		return on_queued(ctx, rq, typed);                                              \
	}                                                                                      \
	static __always_inline int on_queued(void *ctx, struct request *rq, const bool typed)

/* In ON_QUEUED: the request's size, to which merging may add. */
static __always_inline u32 queued_bytes(struct request *rq)
{
	return block.by_bio ? BPF_CORE_READ((struct bio *)rq, bi_iter.bi_size)
			    : BPF_CORE_READ(rq, __data_len);
}

/*
 * What is known of a request; what was noted of its bio becomes the request's.  A merge puts
 * other bios before and behind that one, rarely both.
 */
static __always_inline struct inflight *inflight_of(struct request *rq, const bool typed)
{
	struct inflight *r = inflight_find(rq), *b;
	struct request *bio;

	if (!block.by_bio || (r && r->begin))
		return r;
	bio = (void *)ARG_READ(rq, bio);
	b = inflight_find(bio);
	if (!b || !b->begin) {
		bio = (void *)ARG_READ(rq, biotail);
		b = inflight_find(bio);
	}
	if (!b || !b->begin || !(r = inflight_get(rq)))
		return r;
	*r = *b;
	inflight_end(bio, b);
	return r;
}

/* Note the task that makes a request; NULL if it is not wanted. */
static __always_inline struct inflight *inflight_begin(struct request *rq, const bool typed)
{
	bool wanted = task_wanted();
	struct inflight *r = wanted ? inflight_get(rq) : inflight_find(rq);

	if (!r)
		return NULL;
	/* An old entry's content goes in any case: a request merged into another never ends. */
	r->begin = r->issued = r->sector = r->bytes = 0;
	if (!wanted)
		return NULL;
	r->begin = bpf_ktime_get_ns();
	r->pid = task_pid();
	task_comm_key_typed(r->comm, typed);
	return r;
}

/*
 * A request is issued.  One that is issued again (the device was busy, or did only a part
 * of it) keeps its sector and size.  If nobody was seen to make it, it is known from now on,
 * unless the user asked for some tasks only.
 */
static __always_inline void inflight_issue(struct request *rq, const bool typed)
{
	struct inflight *r = inflight_of(rq, typed);

	if (!r && !task_filter_set())
		r = inflight_get(rq);
	if (!r || (task_filter_set() && !r->begin))
		return;
	if (!r->issued) {
		r->sector = ARG_READ(rq, __sector);
		r->bytes = ARG_READ(rq, __data_len);
	}
	r->issued = bpf_ktime_get_ns();
}

/* With lib/probe.bpf.h, the programs that note requests for inflight_completed(). */
#define INFLIGHT_PROBES                                \
	ON_QUEUED                                      \
	{                                              \
		inflight_begin(rq, typed);             \
		return 0;                              \
	}                                              \
	TRACEPOINT(block_rq_issue, issued)             \
	{                                              \
		inflight_issue(rq_issued(ctx), typed); \
		return 0;                              \
	}

/*
 * At block_rq_complete: what is known of a wanted request that has come to its end, else NULL.
 * A part of a request is not its end: BYTES are done now, __data_len was to be done.  Nor
 * is a step of it: a flush before or after the data, or the data between.  (block_io_done
 * would come once a request, but needs 6.5 and a queue that keeps statistics.)
 */
static __always_inline struct inflight *inflight_completed(struct request *rq, u32 bytes,
							   const bool typed)
{
	struct inflight *r;
	u64 sector;

	if (bytes < ARG_READ(rq, __data_len) || ARG_READ(rq, rq_flags) & block.flush_sequence)
		return NULL;
	r = inflight_of(rq, typed);
	if (!r || (!r->begin && !r->issued))
		return NULL;
	sector = ARG_READ(rq, __sector);
	asm volatile("" : "+r"(sector)); /* no load that is either's: the verifier rejects it */
	if (r->issued)
		sector = r->sector;
	return disk_wanted(rq, sector, typed) ? r : NULL;
}
