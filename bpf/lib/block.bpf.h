/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Requests to block devices: which ones the user wants, and what we know of those in flight. */
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

/* The kernel turns fsync(2) into an empty write, which is a flush. */
static __always_inline u32 request_op(struct request *rq, u32 bytes, const bool typed)
{
	u32 op = ARG_READ(rq, cmd_flags) & 255;

	return op == REQ_WRITE && !bytes ? REQ_FLUSH : op;
}

/* A request in flight.  Tools fill in what they need, and clear what an earlier request left. */
struct inflight {
	u64 begin;  /* when it was queued, or what the tool chooses; 0: not seen */
	u64 issued; /* to the driver, the last time; 0: not yet */
	u64 sector; /* as first issued: by then it is */
	u32 bytes;  /* merged, and nothing is done yet */
	u32 pid;    /* of the task that made it */
	s32 stack;  /* of that task, in the kernel */
	u32 number; /* of its name (name_number.bpf.h); 0: none yet */
	char comm[COMM_LEN];
};

/*
 * The kernel reuses the same few requests, so most get a slot of their own ("place"), which is found
 * without a search.  The first request that hashes to a place owns it for good.  It claims the place by
 * inserting the place's number into the hash table, so that only one CPU wins.
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

/* The verifier forbids arithmetic on typed pointers.  Overwriting a byte turns the pointer into a number. */
static __always_inline u32 place_number(struct request *rq)
{
	volatile union {
		u64 address;
		u8 bytes[8];
	} p = { (u64)rq };

	p.bytes[7] = 0xff; /* as in every kernel address */
	return p.address * 0x9e3779b97f4a7c15 >> 52;
}

/* Bios get no place: there are too many. */
static __always_inline struct place *place_of(struct request *rq)
{
	u32 number = place_number(rq);

	return block.by_bio ? NULL : bpf_map_lookup_elem(&places, &number);
}

/*
 * Requests without a place are in the hash table.  An entry stays when its request is done, so that
 * the next time costs a lookup instead of an insertion and a removal.  Entries of completed requests
 * are removed only when there are very many.
 */
#define INFLIGHT 16384
HASH(inflight, u64, struct inflight, INFLIGHT + PLACES);
static u64 n_inflight;

/* NULL: not seen yet.  The result can still hold what an earlier request left. */
static __always_inline struct inflight *inflight_find(struct request *rq)
{
	u64 key = (u64)rq;
	struct place *p = place_of(rq);

	if (p && p->rq == key)
		return &p->r;
	return bpf_map_lookup_elem(&inflight, &key);
}

/* The same, but creates a zeroed entry.  NULL, and counted as a loss, if there are too many. */
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

/* The request is done, and the caller has read R. */
static __always_inline void inflight_end(struct request *rq, struct inflight *r)
{
	u64 key = (u64)rq;

	r->begin = r->issued = 0;
	if (n_inflight > INFLIGHT / 2 && !bpf_map_delete_elem(&inflight, &key))
		count_add(&n_inflight, -1);
}

/*
 * With lib/probe.bpf.h: ON_QUEUED { ... } runs in the task that makes request RQ, an untyped
 * pointer.  REQUESTS_QUEUED of common/domain/block.h has the ways to see it: a tracepoint since 6.5, and
 * before that the function that counts requests, for queues that keep statistics.  Where compilers
 * inlined that function (5.17 to 6.4), RQ is the bio for which a request is allocated.
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

/* In ON_QUEUED: the request's size, which can still grow by merging. */
static __always_inline u32 queued_bytes(struct request *rq)
{
	return block.by_bio ? BPF_CORE_READ((struct bio *)rq, bi_iter.bi_size)
			    : BPF_CORE_READ(rq, __data_len);
}

/*
 * What we know of a request.  If it was noted under a bio, it moves to the request.  Merging puts
 * other bios before or after that one, rarely both.
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

/* Note the task that makes a request; NULL if the user did not ask for it. */
static __always_inline struct inflight *inflight_begin(struct request *rq, const bool typed)
{
	bool wanted = task_wanted();
	struct inflight *r = wanted ? inflight_get(rq) : inflight_find(rq);

	if (!r)
		return NULL;
	/* Discard an old entry's content in any case: a request merged into another never ends. */
	r->begin = r->issued = r->sector = r->bytes = 0;
	if (!wanted)
		return NULL;
	r->begin = bpf_ktime_get_ns();
	r->pid = task_pid();
	task_comm_key_typed(r->comm, typed);
	return r;
}

/*
 * A request is issued.  One that is issued again, because the device was busy or did only part of
 * it, keeps its sector and size.  If we did not see who made it, we know it from now on, unless the
 * user asked for some tasks only.
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

/* With lib/probe.bpf.h: the programs that note requests for inflight_completed(). */
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
 * At block_rq_complete: what we know of a wanted request that has ended, else NULL.  A request
 * has not ended if only part of it is done (BYTES are done now, __data_len were left), or only a
 * step of it: a flush before or after the data, or the data in between.  (block_io_done would
 * come once per request, but needs 6.5 and a queue that keeps statistics.)
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
