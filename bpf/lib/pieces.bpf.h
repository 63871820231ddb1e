/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Events whose text can be longer than any buffer, such as all of a program's arguments.
 *
 *	struct TYPE { ...; struct pieces pieces; };
 *	EVENT_SCRATCH(struct TYPE, SLOTS);
 *	PIECES(TYPE)
 *
 * A program that builds one in a slot calls pieces_begin(), fills in the text's head (at most
 * HEAD_LEN bytes) and its length, and then calls one of these to read the rest and send it all:
 *
 *	pieces_send_strings(e, argv, size)	what pointers in the caller's memory point to,
 *		up to NULL, at most 1,024 strings; SIZE is that of a pointer, 4 or 8
 *	pieces_send_memory(e, from, to)		bytes of the caller's memory, at most 16 MB
 *
 * If something can't be read, or the ring buffer is full, the end of the text is missing.  The
 * event then says so, and is counted as a loss.
 */
#pragma once
#include "event.bpf.h"
#include "pieces.h"

/*
 * Long loops call a global function, which does a few rounds at a time, because the verifier
 * looks at that only once.
 */
#define PIECE_ROUNDS 16
#define PIECE_CALLS  64
enum piece_step { PIECE_MORE, PIECE_DONE, PIECE_CUT };

#define STRING_READ 8192 /* bytes of a string read at a time */

static __always_inline void pieces_begin(struct pieces *p, u32 slot)
{
	p->cpu = bpf_get_smp_processor_id();
	p->slot = slot;
	p->first = true;
	p->last = p->cut = false;
}

/* Keeps clang from copying the register, so that it uses the one it compares, whose bounds are known. */
static __always_inline u64 piece_len(const struct pieces *p)
{
	u64 len = p->len;

	asm volatile("" : "+r"(len));
	return len;
}

/* AT: the offset of struct pieces in event E. */
static __always_inline bool piece_send(void *e, const u64 at)
{
	struct pieces *p = e + at;
	u64 len = piece_len(p);

	if (len > sizeof(p->text) ||
	    bpf_ringbuf_output(&events, e, at + offsetof(struct pieces, text) + len, 0))
		return false;
	p->first = false;
	p->len = 0;
	return true;
}

/* Send the last piece, or a shorter one if there is no room for it and the rest is missing anyway. */
static __always_inline int pieces_end(void *e, const u64 at, enum piece_step how)
{
	struct pieces *p = e + at;
	bool cut = how != PIECE_DONE, sent;

	p->last = true;
	p->cut = cut;
	sent = piece_send(e, at);
	if (!sent && cut) {
		p->len = p->first ? p->head_len : 0;
		sent = piece_send(e, at);
	}
	if (!sent)
		count_add(&loss.events, 1);
	else if (cut)
		count_add(&loss.cut, 1);
	return 0;
}

/* Read a few strings, and send each piece that is full. */
static __always_inline enum piece_step piece_strings(void *e, const u64 at, u32 size)
{
	struct pieces *p = e + at;

	for (int i = 0; i < PIECE_ROUNDS; i++) {
		u64 off;
		long n;

		if (!p->rest) {
			if (bpf_probe_read_user(&p->rest, size == 4 ? 4 : 8, (void *)p->next))
				return PIECE_CUT;
			if (!p->rest)
				return PIECE_DONE;
			p->next += size;
		}
		off = piece_len(p);
		if (off > sizeof(p->text) - STRING_READ) {
			if (!piece_send(e, at))
				return PIECE_CUT;
			off = 0;
		}
		n = bpf_probe_read_user_str(p->text + off, STRING_READ, (void *)p->rest);
		if (n < 0)
			return PIECE_CUT;
		if (!n) { /* an empty string, before about 6.13: the NUL is not copied */
			p->text[off] = 0;
			n = 1;
		}
		if (n == STRING_READ) { /* there is more, or just the NUL: continue from it */
			p->rest += --n;
		} else {
			p->rest = 0;
		}
		p->len = off + n;
	}
	return PIECE_MORE;
}

/* Read some memory, and send all but the last piece. */
static __always_inline enum piece_step piece_memory(void *e, const u64 at)
{
	struct pieces *p = e + at;

	for (int i = 0; i < PIECE_ROUNDS; i++) {
		u64 off = piece_len(p);
		u64 n = p->rest - p->next;

		if (n > PIECE_LEN)
			n = PIECE_LEN;
		if (off > sizeof(p->text) - PIECE_LEN ||
		    bpf_probe_read_user(p->text + off, n, (void *)p->next))
			return PIECE_CUT;
		p->len = off + n;
		p->next += n;
		if (p->next == p->rest)
			return PIECE_DONE;
		if (!piece_send(e, at))
			return PIECE_CUT;
	}
	return PIECE_MORE;
}

#define PIECES(type)                                                                          \
	__noinline int pieces_read_strings(u32 slot, u32 size)                                \
	{                                                                                     \
		struct type *e = scratch_get(&scratch, slot);                                 \
                                                                                              \
		return e ? piece_strings(e, offsetof(struct type, pieces), size) : PIECE_CUT; \
	}                                                                                     \
	__noinline int pieces_read_memory(u32 slot)                                           \
	{                                                                                     \
		struct type *e = scratch_get(&scratch, slot);                                 \
                                                                                              \
		return e ? piece_memory(e, offsetof(struct type, pieces)) : PIECE_CUT;        \
	}
int pieces_read_strings(u32 slot, u32 size);
int pieces_read_memory(u32 slot);

#define pieces_send_strings(e, argv, size) \
	pieces_strings(e, offsetof(typeof(*(e)), pieces), argv, size)
static __always_inline int pieces_strings(void *e, const u64 at, u64 argv, u32 size)
{
	struct pieces *p = e + at;
	int step = argv ? PIECE_MORE : PIECE_DONE;

	p->len = p->head_len;
	p->next = argv;
	p->rest = 0;
	for (int i = 0; step == PIECE_MORE && i < PIECE_CALLS; i++)
		step = pieces_read_strings(p->slot, size);
	return pieces_end(e, at, step);
}

#define pieces_send_memory(e, from, to) pieces_memory(e, offsetof(typeof(*(e)), pieces), from, to)
static __always_inline int pieces_memory(void *e, const u64 at, u64 from, u64 to)
{
	struct pieces *p = e + at;
	int step = PIECE_MORE;

	p->len = p->head_len;
	p->next = from;
	p->rest = to;
	for (int i = 0; step == PIECE_MORE && i < PIECE_CALLS; i++)
		step = pieces_read_memory(p->slot);
	return pieces_end(e, at, step);
}
