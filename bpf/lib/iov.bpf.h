/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The data that a struct iov_iter describes, whatever its shape: one buffer of the process, many of them,
 * buffers of the kernel, or pages.
 *
 *	struct TYPE { ...; struct pieces pieces; struct iov_at iov; };
 *	EVENT_SCRATCH(struct TYPE, SLOTS);
 *	PIECES_IOV(TYPE)		and in the tool: .prepare = iov_prepare (domain/iov.h)
 *
 *	iov_begin(&at, iter)		where it begins; call this before the kernel moves the iterator
 *	pieces_send_iov(e, &at, n)	sends N bytes from there on, as pieces.bpf.h does
 *
 * Memory of the process is read best when the kernel has just copied it: then it is not paged out.
 */
#pragma once
#include "iov.h"
#include "kernel_iov.h"
#include "pieces.bpf.h"

enum iov_shape { IOV_USER, IOV_USER_SEGMENTS, IOV_KERNEL_SEGMENTS, IOV_PAGES, IOV_UNKNOWN };

const volatile struct iov_conf iov_conf;

static __always_inline u32 iov_shape(struct iov_iter *iter)
{
	struct iov_iter___5_13 *older = (void *)iter;
	u32 type;

	if (bpf_core_field_exists(iter->iter_type))
		type = BPF_CORE_READ(iter, iter_type);
	else
		type = BPF_CORE_READ(older, type) & ~1; /* whether it is written */
	if (bpf_core_enum_value_exists(enum iter_type, ITER_UBUF) &&
	    type == bpf_core_enum_value(enum iter_type, ITER_UBUF))
		return IOV_USER;
	if (bpf_core_field_exists(iter->iter_type)) {
		if (type == bpf_core_enum_value(enum iter_type, ITER_IOVEC))
			return IOV_USER_SEGMENTS;
		if (type == bpf_core_enum_value(enum iter_type, ITER_KVEC))
			return IOV_KERNEL_SEGMENTS;
		if (type == bpf_core_enum_value(enum iter_type, ITER_BVEC))
			return IOV_PAGES;
		return IOV_UNKNOWN;
	}
	/* There are flags among the bits. */
	if (type & bpf_core_enum_value(enum iter_type, ITER_IOVEC))
		return IOV_USER_SEGMENTS;
	if (type & bpf_core_enum_value(enum iter_type, ITER_KVEC))
		return IOV_KERNEL_SEGMENTS;
	if (type & bpf_core_enum_value(enum iter_type, ITER_BVEC))
		return IOV_PAGES;
	return IOV_UNKNOWN;
}

static __always_inline void iov_begin(struct iov_at *at, struct iov_iter *iter)
{
	struct iov_iter___6_3 *older = (void *)iter;

	__builtin_memset(at, 0, sizeof(*at));
	at->shape = iov_shape(iter);
	at->left = BPF_CORE_READ(iter, count);
	at->skip = BPF_CORE_READ(iter, iov_offset);
	if (at->shape == IOV_USER && bpf_core_field_exists(iter->ubuf)) {
		at->run = (u64)BPF_CORE_READ(iter, ubuf) + at->skip;
		at->n = at->left;
	} else if (at->shape == IOV_USER_SEGMENTS) {
		at->segments = bpf_core_field_exists(iter->__iov) ? (u64)BPF_CORE_READ(iter, __iov)
								  : (u64)BPF_CORE_READ(older, iov);
	} else if (at->shape == IOV_KERNEL_SEGMENTS) {
		at->segments = (u64)BPF_CORE_READ(iter, kvec);
	} else if (at->shape == IOV_PAGES) {
		at->segments = (u64)BPF_CORE_READ(iter, bvec);
	}
}

/* The address of a page's content, or 0. */
static __always_inline u64 page_address(struct page *page)
{
	u64 map = 0, base = 0;

	if (!iov_conf.vmemmap_base || !iov_conf.page_offset_base)
		return 0;
	bpf_probe_read_kernel(&map, sizeof(map), (void *)iov_conf.vmemmap_base);
	bpf_probe_read_kernel(&base, sizeof(base), (void *)iov_conf.page_offset_base);
	if (!map || !base || (u64)page < map)
		return 0;
	return base + (((u64)page - map) / bpf_core_type_size(struct page) << 12);
}

/* Go to the next segment.  False: it can't be read. */
static __always_inline bool iov_next(struct iov_at *at)
{
	if (at->shape == IOV_PAGES) {
		struct bio_vec *bv = (void *)at->segments;
		u64 page = page_address(BPF_CORE_READ(bv, bv_page));

		if (!page)
			return false;
		at->run = page + BPF_CORE_READ(bv, bv_offset);
		at->n = BPF_CORE_READ(bv, bv_len);
		at->segments += bpf_core_type_size(struct bio_vec);
	} else if (at->shape == IOV_USER_SEGMENTS || at->shape == IOV_KERNEL_SEGMENTS) {
		struct iovec *v = (void *)at->segments; /* struct kvec is the same */

		at->run = (u64)BPF_CORE_READ(v, iov_base);
		at->n = BPF_CORE_READ(v, iov_len);
		at->segments += bpf_core_type_size(struct iovec);
	} else {
		return false;
	}
	if (at->skip > at->n)
		return false;
	at->run += at->skip;
	at->n -= at->skip;
	at->skip = 0;
	return true;
}

static __always_inline bool iov_copy(struct iov_at *at, void *to, u64 n)
{
	bool user = at->shape == IOV_USER || at->shape == IOV_USER_SEGMENTS;

	return user ? !bpf_probe_read_user(to, n, (void *)at->run)
		    : !bpf_probe_read_kernel(to, n, (void *)at->run);
}

/* Read some data, and send each piece that is full. */
static __always_inline enum piece_step piece_iov(void *e, const u64 at, struct iov_at *iov)
{
	struct pieces *p = e + at;

	for (int i = 0; i < PIECE_ROUNDS; i++) {
		u64 off, n;

		if (!iov->left)
			return PIECE_DONE;
		if (!iov->n && !iov_next(iov))
			return PIECE_CUT;
		off = piece_len(p);
		if (off > sizeof(p->text) - PIECE_LEN) {
			if (!piece_send(e, at))
				return PIECE_CUT;
			off = 0;
		}
		n = iov->n < iov->left ? iov->n : iov->left;
		if (n > PIECE_LEN)
			n = PIECE_LEN;
		asm volatile("" : "+r"(n));
		if (n > PIECE_LEN || (n && !iov_copy(iov, p->text + off, n)))
			return PIECE_CUT;
		p->len = off + n;
		iov->run += n;
		iov->n -= n;
		iov->left -= n;
	}
	return PIECE_MORE;
}

#define IOV_CALLS 128 /* 2,048 rounds: 1,024 segments, and 16 MB */

#define PIECES_IOV(type)                                                                     \
	__noinline int pieces_read_iov(u32 slot)                                             \
	{                                                                                    \
		struct type *e = scratch_get(&scratch, slot);                                \
                                                                                             \
		return e ? piece_iov(e, offsetof(struct type, pieces), &e->iov) : PIECE_CUT; \
	}
int pieces_read_iov(u32 slot);

/* Send N bytes, or as many as there are. */
#define pieces_send_iov(e, from, n)                                               \
	({                                                                        \
		int __step = PIECE_MORE;                                          \
		(e)->iov = *(from);                                               \
		if ((e)->iov.left > (n))                                          \
			(e)->iov.left = (n);                                      \
		(e)->pieces.len = (e)->pieces.head_len;                           \
		for (int __i = 0; __step == PIECE_MORE && __i < IOV_CALLS; __i++) \
			__step = pieces_read_iov((e)->pieces.slot);               \
		pieces_end(e, offsetof(typeof(*(e)), pieces), __step);            \
	})
