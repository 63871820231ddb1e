// SPDX-License-Identifier: BSD-2-Clause
#include "symbols/cfi.h"
#include "base/nsec.h"
#include "symbols/elfimage.h"
#include "symbols/elfsyms.h"
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* These limit what a hostile file can cost us. */
#define MAX_SECTION (256u << 20) /* bytes */
#define MAX_CIES    (64 << 10)
#define MAX_STATES  16                 /* remembered, in a function */
#define MAX_PROBES  64                 /* until we say that the rules are full */
#define MAX_RULES   (UNWIND_RULES / 4) /* new ones: gcc's compiler, a large program, has 650 */

#define MAX_PADDING 63 /* bytes between functions */

/* ---- rules ---- */

struct unwind_rules *unwind_rules_new(void)
{
	struct unwind_rules *rules = calloc(1, sizeof(*rules));

	if (!rules)
		return NULL;
	rules->count = 1;
	/* What a file fills our slots with should not be up to the file. */
	rules->seed = clock_ns(CLOCK_MONOTONIC);
	return rules;
}

static u32 rule_hash(const struct unwind_rule *r, u32 seed)
{
	u32 words[4], h = seed;

	memcpy(words, r, sizeof(words));
	for (int i = 0; i < 4; i++) {
		h = (h ^ words[i]) * 0x9e3779b1u;
		h ^= h >> 15;
	}
	return h;
}

/* most: how many rules there may be. */
static u32 rule_index(struct unwind_rules *rules, u32 most, const struct unwind_rule *r)
{
	const u32 n = sizeof(rules->slots) / sizeof(*rules->slots);
	u32 slot = rule_hash(r, rules->seed) % n;

	if (r->cfa_from == UNWIND_NONE)
		return 0;
	for (int i = 0; i < MAX_PROBES; i++, slot = (slot + 1) % n) {
		u32 at = rules->slots[slot];

		if (at && !memcmp(&rules->v[at], r, sizeof(*r)))
			return at;
		if (at)
			continue;
		if (rules->count >= most)
			break;
		rules->v[rules->count] = *r;
		rules->slots[slot] = rules->count;
		return rules->count++;
	}
	rules->refused++;
	return 0;
}

/* ---- bytes ---- */

/* What is left of a part of a section; bad once more was read than there is. */
struct reader {
	const u8 *p, *end;
	bool bad;
};

static u64 get(struct reader *r, size_t n)
{
	u64 v = 0;

	if (n > (size_t)(r->end - r->p)) {
		r->bad = true;
		r->p = r->end;
		return 0;
	}
	memcpy(&v, r->p, n); /* a file of our own byte order: little-endian */
	r->p += n;
	return v;
}

static u64 get_leb(struct reader *r, bool is_signed)
{
	u64 v = 0, byte;
	u32 shift = 0;

	do {
		byte = get(r, 1);
		if (shift < 64)
			v |= (byte & 0x7f) << shift;
		shift += 7;
	} while (byte & 0x80 && shift < 70);
	if (byte & 0x80)
		r->bad = true;
	if (is_signed && shift < 64 && byte & 0x40)
		v |= ~0ull << shift;
	return v;
}

static u64 uleb(struct reader *r)
{
	return get_leb(r, false);
}

static s64 sleb(struct reader *r)
{
	return get_leb(r, true);
}

/* The next n bytes. */
static struct reader part(struct reader *r, u64 n)
{
	struct reader p = { r->p, r->end, false };

	if (n > (size_t)(r->end - r->p)) {
		r->bad = p.bad = true;
		r->p = r->end;
	} else {
		r->p += n;
		p.end = r->p;
	}
	return p;
}

/* How pointers are encoded. */
enum {
	PE_FORMAT = 0x0f,
	PE_ULEB = 0x01,
	PE_UDATA2 = 0x02,
	PE_UDATA4 = 0x03,
	PE_UDATA8 = 0x04,
	PE_SLEB = 0x09,
	PE_SDATA2 = 0x0a,
	PE_SDATA4 = 0x0b,
	PE_SDATA8 = 0x0c,
	PE_RELATIVE = 0x70,
	PE_PCREL = 0x10,
	PE_DATAREL = 0x30,
	PE_INDIRECT = 0x80,
};

static u64 get_format(struct reader *r, u8 encoding)
{
	switch (encoding & PE_FORMAT) {
	case 0:
	case PE_UDATA8:
	case PE_SDATA8:
		return get(r, 8);
	case PE_ULEB:
		return uleb(r);
	case PE_SLEB:
		return sleb(r);
	case PE_UDATA2:
		return get(r, 2);
	case PE_SDATA2:
		return (s16)get(r, 2);
	case PE_UDATA4:
		return get(r, 4);
	case PE_SDATA4:
		return (s32)get(r, 4);
	}
	r->bad = true;
	return 0;
}

/* at: the pointer's own address; data: what others are relative to, or 0 if that isn't known. */
static u64 get_pointer(struct reader *r, u8 encoding, u64 at, u64 data)
{
	u64 v = get_format(r, encoding);

	switch (encoding & (PE_RELATIVE | PE_INDIRECT)) {
	case 0:
		return v;
	case PE_PCREL:
		return v + at;
	case PE_DATAREL:
		if (data)
			return v + data;
	}
	r->bad = true;
	return 0;
}

/* ---- a file ---- */

struct cpu {
	u8 sp, fp, ra; /* DWARF's numbers */
	bool ra_on_stack;
};

/* Where a register of the caller is. */
struct saved {
	u32 from; /* enum unwind_saved, or: */
	s64 off;
};
#define SAVED_UNDEFINED 100

struct state {
	bool by_expression;
	u32 reg;  /* without an expression; */
	u32 from; /* with one: enum unwind_cfa */
	s64 cfa;
	u64 add;
	struct saved fp, ra;
	bool odd; /* the caller's stack pointer is not the CFA */
};

struct section {
	char *data;
	u64 size, addr;
	bool debug; /* .debug_frame */
	bool ends;  /* at a terminator, as its size isn't known */
};

/* Common to many functions. */
struct cie {
	u32 off;
	const struct section *section;
	u64 code_factor;
	s64 data_factor;
	u8 encoding; /* of addresses */
	bool usable, augmented, signal;
	struct state first;
};

struct fde {
	u64 start;
	u32 size, cie;
	const u8 *code;
	u32 code_size;
};

struct build {
	struct cpu cpu;
	struct unwind_rules *rules;
	u32 most, most_rules;
	struct segment segs[MAX_SEGMENTS];
	size_t nsegs, seg;
	struct section sections[2];
	struct cie *cies;
	u32 ncies, cie_room, first_cie; /* of this section */
	struct fde *fdes;
	u32 nfdes, fde_room;
	u32 row_room;
	bool full;            /* of rows, */
	u64 full_at;          /* at this address */
	bool budgeted, spent; /* also in time */
	u32 steps;
	struct cfi_table *t;
};

/* The address of a section's byte. */
static u64 addr_of(const struct section *s, const u8 *p)
{
	return s->addr + (p - (const u8 *)s->data);
}

/* An array of which n are used, with room for one more; NULL if memory is short. */
static void *grown(void *array, u32 n, u32 *room, size_t size)
{
	u32 more = *room ? *room * 2 : 256;

	if (n < *room)
		return array;
	array = realloc(array, more * size);
	if (array)
		*room = more;
	return array;
}

/* Has reading taken too long? Asked at each step. */
static bool is_spent(struct build *b)
{
	if (!b->spent && b->budgeted && ++b->steps % 65536 == 0 && !budget_left())
		b->spent = b->t->cut = true;
	return b->spent;
}

/* ---- what the small programs do ---- */

/* A function's program while it runs. */
struct run {
	struct build *b;
	const struct cie *cie;
	struct reader in;
	struct state now, kept[MAX_STATES];
	u32 nkept;
	u64 loc, end;
	u64 row;  /* where the next row begins */
	bool bad; /* we don't understand it: nothing is known of the rest */
};

static bool fits(s64 v)
{
	return v == (s32)v;
}

static u32 saved_from(const struct saved *s)
{
	return s->from == SAVED_UNDEFINED ? UNWIND_LOST : s->from;
}

/* All zero, which is UNWIND_NONE, if it can't be said in a rule. */
static struct unwind_rule rule_of(const struct cpu *cpu, const struct state *s)
{
	struct unwind_rule r = { .cfa_from = s->from };

	if (s->ra.from == SAVED_UNDEFINED)
		return (struct unwind_rule){ .cfa_from = UNWIND_END };
	if (!s->by_expression)
		r.cfa_from = s->reg == cpu->sp   ? UNWIND_SP
			     : s->reg == cpu->fp ? UNWIND_FP
						 : UNWIND_NONE;
	if (s->odd || !fits(s->cfa) || !fits(s->fp.off) || !fits(s->ra.off) || s->add > 255 ||
	    (s->ra.from == UNWIND_SAME ? cpu->ra_on_stack : s->ra.from != UNWIND_AT_CFA) ||
	    r.cfa_from == UNWIND_NONE)
		return (struct unwind_rule){ 0 };
	r.cfa = s->cfa;
	r.add = s->add;
	r.fp_from = saved_from(&s->fp);
	r.fp = s->fp.off;
	r.ra_from = s->ra.from;
	r.ra = s->ra.off;
	return r;
}

static void add_row(struct build *b, u64 addr, u32 rule)
{
	struct cfi_table *t = b->t;
	struct unwind_row *rows;
	u32 pc = addr - t->base;

	if (b->full || (t->count && t->rows[t->count - 1].rule == rule))
		return;
	/* The last row needs room, too. */
	rows = t->count + 1 < b->most ? grown(t->rows, t->count + 1, &b->row_room, sizeof(*rows))
				      : NULL;
	if (!rows) {
		b->full = t->cut = true;
		b->full_at = addr;
		return;
	}
	t->rows = rows;
	t->rows[t->count++] = (struct unwind_row){ pc, rule };
}

/* What we have now holds until this address. */
static void go_to(struct run *m, u64 until)
{
	if (until > m->row) {
		struct unwind_rule r = { 0 };

		if (m->cie->signal)
			r.cfa_from = UNWIND_SIGNAL;
		else if (!m->bad)
			r = rule_of(&m->b->cpu, &m->now);
		add_row(m->b, m->row, rule_index(m->b->rules, m->b->most_rules, &r));
		m->row = until;
	}
	m->loc = until;
}

static void advance(struct run *m, u64 n)
{
	u64 factor = m->cie->code_factor;

	if (n && factor > (m->end - m->loc) / n) {
		go_to(m, m->end);
		m->in.p = m->in.end; /* there is no more of the function */
	} else if (n) {
		go_to(m, m->loc + n * factor);
	}
}

static void set_loc(struct run *m)
{
	u64 to = get_pointer(&m->in, m->cie->encoding, addr_of(m->cie->section, m->in.p), 0);

	if (m->in.bad || to < m->loc || to > m->end)
		m->bad = true;
	else
		go_to(m, to);
}

static void set_cfa(struct run *m, u64 reg, s64 off)
{
	m->now.by_expression = false;
	m->now.reg = reg < 256 ? reg : 256;
	m->now.cfa = off;
	m->now.add = 0;
}

static s64 factored(const struct run *m, u64 off)
{
	return off * m->cie->data_factor;
}

/* The caller's register is there. */
static void set_saved(struct run *m, u64 reg, u32 from, s64 off)
{
	const struct cpu *cpu = &m->b->cpu;

	if (reg == cpu->fp)
		m->now.fp = (struct saved){ from, off };
	else if (reg == cpu->ra)
		m->now.ra = (struct saved){ from, off };
	else if (reg == cpu->sp)
		m->now.odd = from != UNWIND_SAME;
}

static void restore(struct run *m, u64 reg)
{
	const struct cpu *cpu = &m->b->cpu;
	const struct state *first = &m->cie->first;

	if (reg == cpu->fp)
		m->now.fp = first->fp;
	else if (reg == cpu->ra)
		m->now.ra = first->ra;
	else if (reg == cpu->sp)
		m->now.odd = first->odd;
}

enum {
	OP_DEREF = 0x06,
	OP_PLUS_UCONST = 0x23,
	OP_LIT0 = 0x30,
	OP_LIT15 = 0x3f,
	OP_BREG0 = 0x70,
	OP_BREG31 = 0x8f,
};

/* x86: the slots of a procedure linkage table, in which a push comes at byte 5, 9 or 11. */
static bool is_plt(const struct reader *in, u8 *at)
{
	static const u8 want[] = { 0x77, 8, 0x80, 0, 0x3f, 0x1a, OP_LIT0, 0x2a, 0x33, 0x24, 0x22 };
	const u8 *p = in->p;

	if (in->end - p != sizeof(want) || p[6] < OP_LIT0 || p[6] > OP_LIT15 ||
	    memcmp(p, want, 6) || memcmp(p + 7, want + 7, sizeof(want) - 7))
		return false;
	*at = p[6] - OP_LIT0;
	return true;
}

static void cfa_expression(struct run *m)
{
	struct reader in = part(&m->in, uleb(&m->in));
	const struct cpu *cpu = &m->b->cpu;
	struct state *s = &m->now;
	bool is_sp, deref = false;
	u8 op, plt;

	*s = (struct state){ .by_expression = true, .fp = s->fp, .ra = s->ra, .odd = s->odd };
	if (cpu->ra_on_stack && is_plt(&in, &plt)) {
		s->from = UNWIND_PLT;
		s->cfa = plt;
		return;
	}
	op = get(&in, 1);
	is_sp = op == OP_BREG0 + cpu->sp;
	if (!is_sp && op != OP_BREG0 + cpu->fp)
		return;
	s->cfa = sleb(&in);
	while (in.p < in.end) {
		op = get(&in, 1);
		if (op == OP_DEREF && !deref)
			deref = true;
		else if (op == OP_PLUS_UCONST && deref)
			s->add += uleb(&in);
		else if (op == OP_PLUS_UCONST)
			s->cfa += uleb(&in);
		else
			return;
	}
	if (!in.bad)
		s->from = is_sp ? (deref ? UNWIND_SP_AT : UNWIND_SP)
				: (deref ? UNWIND_FP_AT : UNWIND_FP);
}

/* The caller's register is at the address that an expression computes. */
static void saved_expression(struct run *m, u64 reg)
{
	struct reader in = part(&m->in, uleb(&m->in));
	u8 op = get(&in, 1);
	s64 off = sleb(&in);

	if (reg == m->b->cpu.fp && op == OP_BREG0 + m->b->cpu.fp && in.p == in.end && !in.bad)
		set_saved(m, reg, UNWIND_AT_FP, off);
	else
		set_saved(m, reg, UNWIND_LOST, 0);
}

enum {
	CFA_ADVANCE = 0x40,
	CFA_OFFSET = 0x80,
	CFA_RESTORE = 0xc0,
	CFA_NOP = 0x00,
	CFA_SET_LOC,
	CFA_ADVANCE1,
	CFA_ADVANCE2,
	CFA_ADVANCE4,
	CFA_OFFSET_EXTENDED,
	CFA_RESTORE_EXTENDED,
	CFA_UNDEFINED,
	CFA_SAME_VALUE,
	CFA_REGISTER,
	CFA_REMEMBER,
	CFA_RESTORE_STATE,
	CFA_DEF_CFA,
	CFA_DEF_CFA_REGISTER,
	CFA_DEF_CFA_OFFSET,
	CFA_DEF_CFA_EXPRESSION,
	CFA_EXPRESSION,
	CFA_OFFSET_EXTENDED_SF,
	CFA_DEF_CFA_SF,
	CFA_DEF_CFA_OFFSET_SF,
	CFA_VAL_OFFSET,
	CFA_VAL_OFFSET_SF,
	CFA_VAL_EXPRESSION,
	CFA_ADVANCE8 = 0x1d,
	CFA_RA_SIGNED_WITH_PC = 0x2c, /* arm64: signing a return address does not move it */
	CFA_RA_SIGNED = 0x2d,
	CFA_ARGS_SIZE = 0x2e,
	CFA_NEGATIVE_OFFSET = 0x2f,
};

static void step(struct run *m)
{
	struct reader *in = &m->in;
	u8 op = get(in, 1);
	u64 reg;

	switch (op & 0xc0) {
	case CFA_ADVANCE:
		return advance(m, op & 0x3f);
	case CFA_OFFSET:
		return set_saved(m, op & 0x3f, UNWIND_AT_CFA, factored(m, uleb(in)));
	case CFA_RESTORE:
		return restore(m, op & 0x3f);
	}
	switch (op) {
	case CFA_NOP:
	case CFA_RA_SIGNED:
	case CFA_RA_SIGNED_WITH_PC:
		return;
	case CFA_SET_LOC:
		return set_loc(m);
	case CFA_ADVANCE1:
		return advance(m, get(in, 1));
	case CFA_ADVANCE2:
		return advance(m, get(in, 2));
	case CFA_ADVANCE4:
		return advance(m, get(in, 4));
	case CFA_ADVANCE8:
		return advance(m, get(in, 8));
	case CFA_ARGS_SIZE:
		uleb(in);
		return;
	case CFA_REMEMBER:
		if (m->nkept == MAX_STATES)
			m->bad = true;
		else
			m->kept[m->nkept++] = m->now;
		return;
	case CFA_RESTORE_STATE:
		if (!m->nkept)
			m->bad = true;
		else
			m->now = m->kept[--m->nkept];
		return;
	case CFA_DEF_CFA_EXPRESSION:
		return cfa_expression(m);
	case CFA_DEF_CFA_REGISTER:
		m->bad |= m->now.by_expression;
		return set_cfa(m, uleb(in), m->now.cfa);
	case CFA_DEF_CFA_OFFSET:
		m->bad |= m->now.by_expression;
		m->now.cfa = uleb(in);
		return;
	case CFA_DEF_CFA_OFFSET_SF:
		m->bad |= m->now.by_expression;
		m->now.cfa = factored(m, sleb(in));
		return;
	}
	reg = uleb(in); /* what is left begins with a register */
	switch (op) {
	case CFA_OFFSET_EXTENDED:
		return set_saved(m, reg, UNWIND_AT_CFA, factored(m, uleb(in)));
	case CFA_OFFSET_EXTENDED_SF:
		return set_saved(m, reg, UNWIND_AT_CFA, factored(m, sleb(in)));
	case CFA_NEGATIVE_OFFSET:
		return set_saved(m, reg, UNWIND_AT_CFA, -(u64)factored(m, uleb(in)));
	case CFA_RESTORE_EXTENDED:
		return restore(m, reg);
	case CFA_UNDEFINED:
		return set_saved(m, reg, SAVED_UNDEFINED, 0);
	case CFA_SAME_VALUE:
		return set_saved(m, reg, UNWIND_SAME, 0);
	case CFA_REGISTER:
	case CFA_VAL_OFFSET:
	case CFA_VAL_OFFSET_SF:
		if (uleb(in) || op == CFA_REGISTER || reg != m->b->cpu.sp)
			return set_saved(m, reg, UNWIND_LOST, 0);
		return set_saved(m, reg, UNWIND_SAME, 0); /* the stack pointer is the CFA */
	case CFA_DEF_CFA:
		return set_cfa(m, reg, uleb(in));
	case CFA_DEF_CFA_SF:
		return set_cfa(m, reg, factored(m, sleb(in)));
	case CFA_EXPRESSION:
		return saved_expression(m, reg);
	case CFA_VAL_EXPRESSION:
		part(in, uleb(in));
		return set_saved(m, reg, UNWIND_LOST, 0);
	}
	m->bad = true;
}

static void run(struct run *m)
{
	while (m->in.p < m->in.end && !m->bad && !m->b->full) {
		step(m);
		m->bad |= m->in.bad || is_spent(m->b);
	}
	go_to(m, m->end);
}

/* ---- entries of a section ---- */

/* The augmentation says how the entries are made. False if it isn't understood. */
static bool read_augmentation(struct cie *c, struct reader *in, const char *letters)
{
	struct reader data;

	if (!*letters)
		return true;
	if (*letters != 'z')
		return false;
	c->augmented = true;
	data = part(in, uleb(in));
	while (*++letters)
		switch (*letters) {
		case 'R':
			c->encoding = get(&data, 1);
			break;
		case 'L':
			get(&data, 1);
			break;
		case 'P':
			get_format(&data, get(&data, 1));
			break;
		case 'S':
			c->signal = true;
			break;
		case 'B': /* arm64: which key signs return addresses */
		case 'G': /* arm64: tagged memory */
			break;
		default:
			return false;
		}
	return !data.bad;
}

static void read_cie(struct build *b, const struct section *s, u32 off, struct reader in)
{
	struct cie *c =
		b->ncies < MAX_CIES ? grown(b->cies, b->ncies, &b->cie_room, sizeof(*c)) : NULL;
	const char *letters;
	u64 version, ra;
	struct run m;

	if (!c) {
		b->t->cut = true;
		return;
	}
	b->cies = c;
	c += b->ncies++;
	*c = (struct cie){ .off = off, .section = s };
	version = get(&in, 1);
	letters = (const char *)in.p;
	while (get(&in, 1))
		;
	if (in.bad || (version != 1 && version != 3 && version != 4))
		return;
	if (version == 4 && (get(&in, 1) != 8 || get(&in, 1))) /* sizes of addresses and segments */
		return;
	c->code_factor = uleb(&in);
	c->data_factor = sleb(&in);
	ra = version == 1 ? get(&in, 1) : uleb(&in);
	if (in.bad || ra != b->cpu.ra || !read_augmentation(c, &in, letters) || in.bad)
		return;
	c->first.reg = 256;
	m = (struct run){ .b = b, .cie = c, .in = in, .now = c->first };
	run(&m);
	c->first = m.now;
	c->usable = !m.bad;
}

/* The one at that offset, which is usually the last one. */
static u32 find_cie(const struct build *b, u64 off)
{
	u32 lo = b->first_cie, hi = b->ncies;

	if (lo < hi && b->cies[hi - 1].off == off)
		return hi - 1;
	while (lo < hi) {
		u32 mid = lo + (hi - lo) / 2;

		if (b->cies[mid].off == off)
			return mid;
		if (b->cies[mid].off < off)
			lo = mid + 1;
		else
			hi = mid;
	}
	return UINT32_MAX;
}

/* How many bytes of code there are at an address. */
static u64 code_at(struct build *b, u64 addr)
{
	for (size_t i = 0; i < b->nsegs; i++) {
		const struct segment *s = &b->segs[b->seg];

		if (s->exec && addr >= s->addr && addr - s->addr < s->size)
			return s->size - (addr - s->addr);
		b->seg = (b->seg + 1) % b->nsegs;
	}
	return 0;
}

static void read_fde(struct build *b, const struct section *s, u32 cie, struct reader in)
{
	const struct cie *c = &b->cies[cie];
	struct fde *fdes;
	u64 start, size, most;

	if (!c->usable)
		return;
	start = get_pointer(&in, c->encoding, addr_of(s, in.p), 0);
	size = get_format(&in, c->encoding);
	if (c->augmented)
		part(&in, uleb(&in));
	most = start ? code_at(b, start) : 0; /* 0: the linker left the function out */
	if (size > most)
		size = most;
	if (in.bad || !size || size > UINT32_MAX)
		return;
	fdes = b->nfdes < b->most ? grown(b->fdes, b->nfdes, &b->fde_room, sizeof(*fdes)) : NULL;
	if (!fdes) {
		b->t->cut = true;
		return;
	}
	b->fdes = fdes;
	fdes[b->nfdes++] = (struct fde){ start, size, cie, in.p, in.end - in.p };
}

static void read_entries(struct build *b, const struct section *s)
{
	const u8 *data = (const u8 *)s->data;
	struct reader in = { data, data + s->size, false };

	b->first_cie = b->ncies;
	while (in.p < in.end && !in.bad && !is_spent(b)) {
		u32 off = in.p - data, cie;
		u64 size = get(&in, 4), id, at;
		bool wide = size == 0xffffffff;
		struct reader entry;

		if (!size && s->ends)
			return;
		if (!size)
			continue;
		if (wide)
			size = get(&in, 8);
		entry = part(&in, size);
		at = entry.p - data;
		/* Only .debug_frame's IDs are wider in wide entries. */
		id = get(&entry, wide && s->debug ? 8 : 4);
		if (entry.bad)
			break;
		if (id == (!s->debug ? 0 : wide ? UINT64_MAX : UINT32_MAX)) {
			read_cie(b, s, off, entry);
			continue;
		}
		cie = find_cie(b, s->debug ? id : at - id);
		if (cie != UINT32_MAX)
			read_fde(b, s, cie, entry);
	}
	b->t->cut |= s->size == MAX_SECTION;
}

/* ---- the table ---- */

/* By address; those of equal addresses stay in order. False if memory is short. */
static bool sort_fdes(struct build *b)
{
	struct fde *from = b->fdes, *to;
	u32 sorted = 1;

	while (sorted < b->nfdes && from[sorted - 1].start <= from[sorted].start)
		sorted++;
	if (sorted >= b->nfdes)
		return true;
	to = malloc(b->nfdes * sizeof(*to));
	if (!to)
		return false;
	for (int shift = 0; shift < 32; shift += 11) {
		u32 places[2048] = { 0 }, sum = 0;
		struct fde *swap;

		for (u32 i = 0; i < b->nfdes; i++)
			places[(from[i].start - b->t->base) >> shift & 2047]++;
		for (int i = 0; i < 2048; i++) {
			u32 n = places[i];

			places[i] = sum;
			sum += n;
		}
		for (u32 i = 0; i < b->nfdes; i++)
			to[places[(from[i].start - b->t->base) >> shift & 2047]++] = from[i];
		swap = from;
		from = to;
		to = swap;
	}
	free(to);
	b->fdes = from;
	return true;
}

/* A row is relative to the base, in 32 bits. */
static void set_base(struct build *b)
{
	u64 base = UINT64_MAX;
	u32 n = 0;

	for (u32 i = 0; i < b->nfdes; i++)
		if (b->fdes[i].start < base)
			base = b->fdes[i].start;
	for (u32 i = 0; i < b->nfdes; i++)
		if (b->fdes[i].start - base <= UINT32_MAX - b->fdes[i].size)
			b->fdes[n++] = b->fdes[i];
	b->t->cut |= n < b->nfdes;
	b->nfdes = n;
	b->t->base = base;
}

/* Are the bytes from here to there, where a function begins, no more than its alignment takes? */
static bool is_padding(u64 from, u64 to)
{
	return from >= to || (to - from <= MAX_PADDING && to - from < (to & -to));
}

static void make_rows(struct build *b)
{
	u64 done = b->t->base;

	for (u32 i = 0; i < b->nfdes && !b->full && !is_spent(b); i++) {
		const struct fde *f = &b->fdes[i];
		const struct cie *c = &b->cies[f->cie];
		struct run m;

		if (f->start + f->size <= done)
			continue;
		m.b = b;
		m.cie = c;
		m.in = (struct reader){ f->code, f->code + f->code_size, false };
		m.now = c->first;
		m.nkept = 0;
		m.loc = f->start;
		m.end = f->start + f->size;
		m.row = done;
		m.bad = false;
		if (!is_padding(done, f->start)) {
			add_row(b, done, 0);
			m.row = f->start;
		}
		run(&m);
		done = m.end;
	}
	if (b->full)
		done = b->full_at;
	/* Room for this one is always left. */
	if (b->t->count && b->t->rows[b->t->count - 1].rule)
		b->t->rows[b->t->count++] = (struct unwind_row){ done - b->t->base, 0 };
}

/* ---- finding the sections ---- */

/* The part of the file at an address: how many bytes from *off on are mapped there. */
static u64 bytes_at(const struct build *b, u64 addr, u64 *off)
{
	for (size_t i = 0; i < b->nsegs; i++)
		if (addr - b->segs[i].addr < b->segs[i].size) {
			*off = b->segs[i].off + (addr - b->segs[i].addr);
			return b->segs[i].size - (addr - b->segs[i].addr);
		}
	return 0;
}

static void load(const struct image *im, struct section *s, u64 off, u64 size)
{
	s->size = size < MAX_SECTION ? size : MAX_SECTION;
	s->data = src_copy(&im->src, off, s->size, MAX_SECTION);
}

static bool load_section(const struct image *im, const char *name, u32 type, struct section *s)
{
	const Elf64_Shdr *sh = image_section(im, name, type);

	if (!sh || sh->sh_flags & SHF_COMPRESSED || !sh->sh_size)
		return false;
	s->addr = sh->sh_addr;
	load(im, s, sh->sh_offset, sh->sh_size);
	return s->data;
}

/* Stripped files may lack sections. What programs search for exceptions tells where .eh_frame begins. */
static void load_by_header(const struct image *im, const struct build *b, struct section *s)
{
	struct segment hdr;
	struct reader in;
	u8 bytes[16];
	u64 off, size;
	size_t n;

	if (!image_header(im, PT_GNU_EH_FRAME, &hdr))
		return;
	n = src_read_some(&im->src, hdr.off, bytes, sizeof(bytes));
	in = (struct reader){ bytes, bytes + n, false };
	if (get(&in, 1) != 1) /* the version */
		return;
	in.p = bytes + (n < 4 ? n : 4);
	s->addr = get_pointer(&in, bytes[1], hdr.addr + 4, hdr.addr);
	size = bytes_at(b, s->addr, &off);
	if (in.bad || !size)
		return;
	if (off < im->src.size && size > im->src.size - off)
		size = im->src.size - off;
	s->ends = true;
	load(im, s, off, size);
}

static void load_sections(const struct image *im, struct build *b)
{
	struct section *s = b->sections;

	if (!load_section(im, ".eh_frame", SHT_PROGBITS, s) &&
	    !load_section(im, ".eh_frame", SHT_X86_64_UNWIND, s))
		load_by_header(im, b, s);
	s[1].debug = true;
	load_section(im, ".debug_frame", SHT_PROGBITS, &s[1]);
}

static void read_image(const struct image *im, struct build *b)
{
	size_t n = 0;

	b->nsegs = image_segments(im, b->segs);
	for (size_t i = 0; i < b->nsegs; i++)
		if (b->segs[i].size <= UINT64_MAX - b->segs[i].addr)
			b->segs[n++] = b->segs[i];
	b->nsegs = n;
	load_sections(im, b);
	for (int i = 0; i < 2; i++)
		if (b->sections[i].data)
			read_entries(b, &b->sections[i]);
	set_base(b);
	if (sort_fdes(b))
		make_rows(b);
	for (int i = 0; i < 2; i++)
		free(b->sections[i].data);
	free(b->cies);
	free(b->fdes);
}

bool cfi_read(struct src src, struct unwind_rules *rules, u32 most, struct cfi_table *t)
{
	struct build b = { .rules = rules, .most = most, .budgeted = !src.mem, .t = t };
	struct image im;

	*t = (struct cfi_table){ 0 };
	if (b.budgeted && !budget_left())
		return false;
	b.most_rules =
		rules->count + MAX_RULES < UNWIND_RULES ? rules->count + MAX_RULES : UNWIND_RULES;
	if (b.budgeted)
		budget_begin();
	if (image_open(&im, src) && im.wide) {
		if (im.eh.e_machine == EM_X86_64)
			b.cpu = (struct cpu){ .sp = 7, .fp = 6, .ra = 16, .ra_on_stack = true };
		else if (im.eh.e_machine == EM_AARCH64)
			b.cpu = (struct cpu){ .sp = 31, .fp = 29, .ra = 30 };
		if (b.cpu.ra)
			read_image(&im, &b);
	}
	image_close(&im);
	if (b.budgeted)
		budget_end();
	if (t->count < 2) /* the last row alone */
		cfi_free(t);
	return t->count;
}

void cfi_free(struct cfi_table *t)
{
	free(t->rows);
	*t = (struct cfi_table){ .cut = t->cut };
}

const struct unwind_rule *cfi_rule(const struct cfi_table *t, const struct unwind_rules *rules,
				   u64 addr)
{
	u32 lo = 0, hi = t->count;

	if (addr < t->base || addr - t->base > UINT32_MAX)
		return &rules->v[0];
	while (lo < hi) {
		u32 mid = lo + (hi - lo) / 2;

		if (t->rows[mid].pc <= addr - t->base)
			lo = mid + 1;
		else
			hi = mid;
	}
	return &rules->v[lo ? t->rows[lo - 1].rule : 0];
}
