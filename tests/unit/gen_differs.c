// SPDX-License-Identifier: BSD-2-Clause
/*
 * Random expressions, computed by the kernel, which runs what common/gen/ makes of their text, and by C.  What is
 * expected shares nothing with common/gen/: trees and text are made here, and each operation, with the type of its
 * result, is the C compiler's own, for each pair of types; only what C leaves undefined is written down, as
 * snoopkit-probes(7) says it.  SEED=N tries others; GEN_ROUNDS=N so many.
 */
#include "gen.h"
#include "gen/insn.h"
#include "test.h"
#include <bpf/bpf.h>
#include <stdarg.h>
#include <stdint.h>
#include <unistd.h>

#pragma GCC diagnostic ignored "-Wsign-compare"
#pragma GCC diagnostic ignored "-Wtype-limits"
#pragma GCC diagnostic ignored "-Wbool-operation"

/* A name, not a macro: it becomes a part of others. */
#undef bool
typedef _Bool bool;

#define BATCH  200 /* expressions in a program */
#define SETS   4   /* of arguments, for each program */
#define LEN(a) (sizeof(a) / sizeof(*(a)))

/* ---- C's types and operations ---- */

#define TYPES(X) X(s8) X(u8) X(s16) X(u16) X(s32) X(u32) X(s64) X(u64) X(bool)
#define TYPES2(X, A) \
	X(A, s8) X(A, u8) X(A, s16) X(A, u16) X(A, s32) X(A, u32) X(A, s64) X(A, u64) X(A, bool)

enum kind {
#define X(t) K_##t,
	TYPES(X)
#undef X
		KINDS
};

/* The kind of a value, which has been promoted if it is a bit-field. */
// clang-format off
#define KIND(x) \
	_Generic((x), char: K_s8, s8: K_s8, u8: K_u8, s16: K_s16, u16: K_u16, s32: K_s32, u32: K_u32, \
		 long: K_s64, long long: K_s64, unsigned long: K_u64, unsigned long long: K_u64, \
		 bool: K_bool)

enum op_here {
	MUL, DIV, MOD, ADD, SUB, SHL, SHR, LT, GT, LE, GE, EQ, NE, AND, XOR, OR, LAND, LOR, BINARIES,
	NEG = BINARIES, COMPL, NOT, UNARIES,
	COND = UNARIES, CAST, SIZEOF, LEAF, AT,
};
// clang-format on

static const struct {
	const char *text;
	u32 level; /* binds the more tightly, the higher */
} ops[] = {
	[MUL] = { "*", 10 },   [DIV] = { "/", 10 }, [MOD] = { "%", 10 },   [ADD] = { "+", 9 },
	[SUB] = { "-", 9 },    [SHL] = { "<<", 8 }, [SHR] = { ">>", 8 },   [LT] = { "<", 7 },
	[GT] = { ">", 7 },     [LE] = { "<=", 7 },  [GE] = { ">=", 7 },    [EQ] = { "==", 6 },
	[NE] = { "!=", 6 },    [AND] = { "&", 5 },  [XOR] = { "^", 4 },    [OR] = { "|", 3 },
	[LAND] = { "&&", 2 },  [LOR] = { "||", 1 }, [NEG] = { "-", 11 },   [COMPL] = { "~", 11 },
	[NOT] = { "!", 11 },   [COND] = { "?", 0 }, [CAST] = { NULL, 11 }, [SIZEOF] = { NULL, 11 },
	[LEAF] = { NULL, 12 }, [AT] = { NULL, 12 },
};

/* Numbers are kept as wide as u64, sign-extended or zero-extended as their type is. */
struct number {
	u64 v;
	enum kind kind;
};

#define NUMBER(x) ((struct number){ (u64)(x), KIND(x) })
#define WRAPPED(op, x, y)                            \
	({                                           \
		r_t r;                               \
		__builtin_##op##_overflow(x, y, &r); \
		NUMBER(r);                           \
	})

/* Of all pairs of types. */
#define PAIR(A, B)                                                                                 \
	static struct number op_##A##_##B(enum op_here op, u64 a, u64 b) {                         \
		A x = (A)a;                                                                        \
		B y = (B)b;                                                                        \
		typedef __typeof__(x * y) r_t;                                                     \
		typedef __typeof__(x << y) shifted_t;                                              \
		bool negates = (r_t)-1 < 0 && (r_t)y == (r_t)-1;                                   \
		u32 by = (u64)y & (8 * sizeof(shifted_t) - 1);                                     \
		switch (op) {                                                                      \
		case MUL:                                                                          \
			return WRAPPED(mul, x, y);                                                 \
		case DIV:                                                                          \
			return !y ? NUMBER((r_t)0) : negates ? WRAPPED(sub, 0, x) : NUMBER(x / y); \
		case MOD:                                                                          \
			return !y ? NUMBER((r_t)x) : negates ? NUMBER((r_t)0) : NUMBER(x % y);     \
		case ADD:                                                                          \
			return WRAPPED(add, x, y);                                                 \
		case SUB:                                                                          \
			return WRAPPED(sub, x, y);                                                 \
		case SHL:                                                                          \
			return NUMBER((shifted_t)((u64)x << by));                                  \
		case SHR:                                                                          \
			return NUMBER(x >> by);                                                    \
		case LT:                                                                           \
			return NUMBER(x < y);                                                      \
		case GT:                                                                           \
			return NUMBER(x > y);                                                      \
		case LE:                                                                           \
			return NUMBER(x <= y);                                                     \
		case GE:                                                                           \
			return NUMBER(x >= y);                                                     \
		case EQ:                                                                           \
			return NUMBER(x == y);                                                     \
		case NE:                                                                           \
			return NUMBER(x != y);                                                     \
		case AND:                                                                          \
			return NUMBER(x & y);                                                      \
		case XOR:                                                                          \
			return NUMBER(x ^ y);                                                      \
		case OR:                                                                           \
			return NUMBER(x | y);                                                      \
		case COND: /* with the second one chosen */                                        \
			return NUMBER(0 ? x : y);                                                  \
		default:                                                                           \
			abort();                                                                   \
		}                                                                                  \
	}
#define X(A) TYPES2(PAIR, A)
TYPES(X)
#undef X

#define OF_PAIR(A, B) [K_##A][K_##B] = op_##A##_##B,
#define X(A)          TYPES2(OF_PAIR, A)
static struct number (*const pairs[KINDS][KINDS])(enum op_here, u64, u64) = { TYPES(X) };
#undef X

static struct number negated(struct number n)
{
	switch (n.kind) {
#define X(t)                                     \
	case K_##t: {                            \
		typedef __typeof__(-(t)n.v) r_t; \
		return WRAPPED(sub, 0, (t)n.v);  \
	}
		TYPES(X)
#undef X
	default:
		abort();
	}
}

static struct number complement(struct number n)
{
	switch (n.kind) {
#define X(t)        \
	case K_##t: \
		return NUMBER(~(t)n.v);
		TYPES(X)
#undef X
	default:
		abort();
	}
}

static struct number cast(u64 v, enum kind to)
{
	switch (to) {
#define X(t)        \
	case K_##t: \
		return NUMBER((t)v);
		TYPES(X)
#undef X
	default:
		abort();
	}
}

static const u8 sizes[] = {
#define X(t) sizeof(t),
	TYPES(X)
#undef X
};

/* ---- what there is to read ---- */

enum mood { CALM, CROSS, FURIOUS = 0x80000000 };
enum far { FAR = 1ull << 32, FURTHER = 1ull << 63 };

struct shelf {
	s32 one : 1;
	u32 two : 2;
	s32 fifteen : 15;
	u32 thirteen : 13;
	u32 thirty_one : 31;
	bool yes : 1;
	u32 all : 32;
	s64 twenty : 20;
	u64 seven : 7;
	u64 five : 5;
	s64 thirty_two : 32;
	u8 three : 3;
	s8 last : 5;
	u16 nine : 9;
	s16 across : 16;
	u64 wide : 40;
	s64 wide_too : 47;
	enum mood mood;
	s8 bytes[4];
	u16 halves[4];
	s32 words[8];
	u64 longs[2];
	bool truths[2];
	struct {
		s16 low;
		union {
			s32 whole;
			u8 part;
		};
	} in;
};

/* Where a bit-field is, and how long: as the compiler has laid it out. */
#define ADD_BITS(type, m)                                     \
	do {                                                  \
		struct shelf s = {};                          \
		u32 bit = 0, n = 0;                           \
		s.m = -1;                                     \
		for (u32 i = sizeof(s) * 8; i--;)             \
			if (((u8 *)&s)[i / 8] >> i % 8 & 1) { \
				bit = i;                      \
				n++;                          \
			}                                     \
		btf__add_field(btf, #m, type, bit, n);        \
	} while (0)
#define ADD_MEMBER(type, m) btf__add_field(btf, #m, type, 8 * offsetof(struct shelf, m), 0)

static struct btf *all_types(void)
{
	struct btf *btf = gadget_types();
	int ids[KINDS], mood, in, either, arrays[5];

	ids[K_s8] = btf__add_int(btf, "signed char", 1, BTF_INT_SIGNED);
	ids[K_u8] = btf__add_int(btf, "unsigned char", 1, 0);
	ids[K_s16] = btf__add_int(btf, "short int", 2, BTF_INT_SIGNED);
	ids[K_u16] = btf__add_int(btf, "short unsigned int", 2, 0);
	ids[K_s32] = btf__add_int(btf, "int", 4, BTF_INT_SIGNED);
	ids[K_u32] = btf__add_int(btf, "unsigned int", 4, 0);
	ids[K_s64] = btf__add_int(btf, "long int", 8, BTF_INT_SIGNED);
	ids[K_u64] = btf__add_int(btf, "long unsigned int", 8, 0);
	ids[K_bool] = btf__add_int(btf, "_Bool", 1, BTF_INT_BOOL);
	/* What tells that enums can be signed. */
	btf__add_enum(btf, "temper", 4);
	btf__add_enum_value(btf, "COLD", -7);
	mood = btf__add_enum(btf, "mood", 4);
	btf__add_enum_value(btf, "CALM", CALM);
	btf__add_enum_value(btf, "CROSS", CROSS);
	btf__add_enum_value(btf, "FURIOUS", FURIOUS);
	btf__add_enum64(btf, "far", 8, false);
	btf__add_enum64_value(btf, "FURTHER", FURTHER);
	arrays[0] = btf__add_array(btf, ids[K_s32], ids[K_s8], 4);
	arrays[1] = btf__add_array(btf, ids[K_s32], ids[K_u16], 4);
	arrays[2] = btf__add_array(btf, ids[K_s32], ids[K_s32], 8);
	arrays[3] = btf__add_array(btf, ids[K_s32], ids[K_u64], 2);
	arrays[4] = btf__add_array(btf, ids[K_s32], ids[K_bool], 2);
	either = btf__add_union(btf, NULL, 4);
	btf__add_field(btf, "whole", ids[K_s32], 0, 0);
	btf__add_field(btf, "part", ids[K_u8], 0, 0);
	in = btf__add_struct(btf, NULL, 8);
	btf__add_field(btf, "low", ids[K_s16], 0, 0);
	btf__add_field(btf, NULL, either, 32, 0);
	btf__add_struct(btf, "shelf", sizeof(struct shelf));
	ADD_BITS(ids[K_s32], one);
	ADD_BITS(ids[K_u32], two);
	ADD_BITS(ids[K_s32], fifteen);
	ADD_BITS(ids[K_u32], thirteen);
	ADD_BITS(ids[K_u32], thirty_one);
	ADD_BITS(ids[K_bool], yes);
	ADD_BITS(ids[K_u32], all);
	ADD_BITS(ids[K_s64], twenty);
	ADD_BITS(ids[K_u64], seven);
	ADD_BITS(ids[K_u64], five);
	ADD_BITS(ids[K_s64], thirty_two);
	ADD_BITS(ids[K_u8], three);
	ADD_BITS(ids[K_s8], last);
	ADD_BITS(ids[K_u16], nine);
	ADD_BITS(ids[K_s16], across);
	ADD_BITS(ids[K_u64], wide);
	ADD_BITS(ids[K_s64], wide_too);
	ADD_MEMBER(mood, mood);
	ADD_MEMBER(arrays[0], bytes);
	ADD_MEMBER(arrays[1], halves);
	ADD_MEMBER(arrays[2], words);
	ADD_MEMBER(arrays[3], longs);
	ADD_MEMBER(arrays[4], truths);
	ADD_MEMBER(in, in);
	return btf;
}

/* The argument of each type, and more than the registers of a function: struct gen_frame with more behind it. */
struct frame {
	struct gen_frame gen;
	u64 args[KINDS]; /* with anything in the bits that the type leaves unused, as in a register */
	u64 p, k, n, s, t;
};

/* Programs and this process have these in common: the value of the map. */
struct shared {
	struct frame frame;
	struct gadget gadgets[2];
	struct shelf shelf;
	struct {
		u64 value, faults;
	} got[BATCH];
};

static struct shared shared;
static struct gadget gadgets[2];
static struct shelf shelf;
static u64 shared_at; /* in the kernel */

struct leaf {
	const char *text;
	struct number is;
	u32 faults;
	bool is_bits; /* a bit-field */
};

#define LITERAL(x)                        \
	{                                 \
#x,                       \
		{                         \
			(u64)(x), KIND(x) \
		}                         \
	}

// clang-format off
static const struct leaf literals[] = {
	LITERAL(0), LITERAL(1), LITERAL(2), LITERAL(3), LITERAL(7), LITERAL(31), LITERAL(32),
	LITERAL(63), LITERAL(64), LITERAL(100), LITERAL(255), LITERAL(0777), LITERAL(00),
	LITERAL(0u), LITERAL(1U), LITERAL(5l), LITERAL(6ul), LITERAL(8LL), LITERAL(9LLU),
	LITERAL(0x1F), LITERAL(0xffffu), LITERAL(32767), LITERAL(65536), LITERAL(2147483647),
	LITERAL(2147483648), LITERAL(2147483648u), LITERAL(4294967295), LITERAL(4294967296),
	LITERAL(4294967296u), LITERAL(0x7fffffff), LITERAL(0x80000000), LITERAL(0x80000000l),
	LITERAL(0xffffffff), LITERAL(0x100000000), LITERAL(017777777777), LITERAL(020000000000),
	LITERAL(037777777777), LITERAL(040000000000), LITERAL(9223372036854775807),
	LITERAL(0x7fffffffffffffff), LITERAL(0x8000000000000000), LITERAL(01777777777777777777777),
	LITERAL(0xffffffffffffffff), LITERAL(18446744073709551615u), LITERAL('a'), LITERAL('\n'),
	LITERAL('\0'), LITERAL('\x7f'), { "'\\377'", { -1ull, K_s32 } }, LITERAL('\\'), LITERAL('\''),
	LITERAL(true), LITERAL(false), LITERAL(CALM), LITERAL(CROSS), LITERAL(FAR),
	{ "FURIOUS", { 0x80000000, K_u32 } }, LITERAL(FURTHER), LITERAL(sizeof(u16)),
	LITERAL(sizeof(struct gadget)), LITERAL(sizeof(void *)), LITERAL(sizeof(struct shelf *)),
	LITERAL(sizeof(struct shelf)), LITERAL(sizeof 'a'), LITERAL(sizeof(unsigned long)),
	LITERAL(sizeof 5l), LITERAL(sizeof(bool)),
};
// clang-format on

static struct leaf places[256];
static u32 n_places;

static void place(const char *text, struct number is, u32 faults, bool is_bits)
{
	if (n_places == LEN(places))
		abort();
	places[n_places++] = (struct leaf){ text, is, faults, is_bits };
}

#define PLACE(e) place(#e, NUMBER(e), 0, false)
#define BITS(e)  place(#e, NUMBER(+(e)), 0, true)
#define READ(type, e)                                           \
	place("*(" #type " *)(" #e ")", NUMBER(({               \
		      type v;                                   \
		      memcpy(&v, (const void *)(e), sizeof(v)); \
		      v;                                        \
	      })),                                              \
	      0, false)
#define STRCMP(s, e) (!strcmp(s, (const char *)(e)))

// clang-format off
#define OF_GADGET(p) \
	BITS(p->a); BITS(p->b); PLACE(p->c); PLACE(p->d[1]); PLACE(p->e); PLACE(p->f); \
	BITS(p->next->a); BITS(p->next->b); PLACE(p->next->c); PLACE((*p).e); PLACE(p[1].c); \
	BITS(p->next->next->b); BITS((*p->next).a); BITS(p[1].b); PLACE(*p->d); PLACE(*(&p->c)); \
	PLACE(sizeof(*p)); PLACE(sizeof *p->d); PLACE(sizeof p->d); PLACE(sizeof(p->name)); \
	PLACE(sizeof p); PLACE(sizeof(p->e)); READ(u32, (u32 *)&p->c + 1); READ(s16, &p->c); \
	READ(s8, (s8 *)&p->c + 3); READ(s32, (u64)p + 8); PLACE((p + 1)->c); PLACE((1 + p)->e); \
	PLACE((p->next - 1)->c); PLACE((&p[1])->e); PLACE(*&p->e); \
	PLACE(STRCMP("widget", p->name)); PLACE(STRCMP("widge", p->name)); \
	PLACE(STRCMP("widgets", p->name)); PLACE(STRCMP("", p->name)); \
	PLACE(STRCMP("", &p->name[6])); PLACE(STRCMP("get", p->name + 3)); \
	PLACE(STRCMP("long enough t", p->next->name)); \
	PLACE(STRCMP("long enough to", p->next->name)); PLACE(p->name[1]); PLACE(*p->name); \
	PLACE(p->name[6]); PLACE(p->next - p); PLACE(p - p->next); PLACE(&p->d[3] - p->d); \
	PLACE(p->d - &p->d[3]); PLACE((u32 *)p->next - (u32 *)p); PLACE(p < p->next); \
	PLACE(p->next == p); PLACE(p->next != p); PLACE(p + 1 == p->next); \
	PLACE(p->next->next >= p->next); PLACE(!p); PLACE((bool)p); \
	PLACE((u8)((u64)p->next - (u64)p)); PLACE(p && 1); PLACE((p ? p->next : p)->c); \
	PLACE((p->f ? p : p->next)->e); PLACE(p->b - 128 < 0)

#define OF_SHELF(s) \
	BITS(s->one); BITS(s->two); BITS(s->fifteen); BITS(s->thirteen); BITS(s->thirty_one); \
	BITS(s->yes); BITS(s->all); BITS(s->twenty); BITS(s->seven); BITS(s->five); \
	BITS(s->thirty_two); BITS(s->three); BITS(s->last); BITS(s->nine); BITS(s->across); \
	PLACE((u64)s->wide); PLACE((s64)s->wide_too); PLACE(s->mood); PLACE(s->bytes[3]); \
	PLACE(s->halves[2]); PLACE(s->words[7]); PLACE(*s->words); PLACE(s->longs[1]); \
	PLACE(s->truths[0]); PLACE(s->in.low); PLACE(s->in.whole); PLACE(s->in.part); \
	PLACE(*(s->words + 5)); PLACE((&s->in)->part); PLACE((s->words + 4)[-1]); \
	PLACE(sizeof s->words); PLACE(sizeof(s->in)); PLACE(&s->words[2] - s->words); \
	PLACE(sizeof(s->words[0])); PLACE(sizeof s->mood); PLACE(s->two - 4 < 0); \
	PLACE(s->yes - 2 < 0); PLACE(-s->all > 0); PLACE(s->words - &s->words[3])
// clang-format on

/* Those of the process and of the kernel are the same, but for addresses. */
static void read_places(void)
{
	struct gadget *p = gadgets, *k = gadgets;
	struct shelf *s = &shelf, *t = &shelf;

	n_places = 0;
	OF_GADGET(p);
	OF_GADGET(k);
	OF_SHELF(s);
	OF_SHELF(t);
	place("$pid", NUMBER((u32)shared.frame.gen.ids), 0, false);
	place("$tgid", NUMBER((u32)(shared.frame.gen.ids >> 32)), 0, false);
	place("$latency", NUMBER(shared.frame.gen.latency), 0, false);
	place("n->c", NUMBER((s64)0), 1, false);
	place("n->b", NUMBER(0), 1, true);
	place("n->d[2]", NUMBER((u8)0), 1, false);
	place("n->next->e", NUMBER((s16)0), 2, false);
	place("STRCMP(\"\", n->name)", NUMBER(0), 1, false);
	place("STRCMP(\"a\", (char *)n)", NUMBER(0), 0, false);
}

/* ---- trees ---- */

struct node {
	enum op_here op;
	struct node *kid[3];
	const struct leaf *leaf;
	u32 which; /* argument, type or array */
};

static struct node nodes[BATCH * 200];
static u32 n_nodes;

static u32 any(u32 n)
{
	return (u32)random() % n;
}

// clang-format off
static const struct {
	const char *name;
	enum kind kind;
} names_of_types[] = {
#define X(t) { #t, K_##t },
	TYPES(X)
#undef X
#define T(t) { #t, KIND((t)0) }
	T(char), T(signed char), T(unsigned char), T(short), T(unsigned short), T(short int),
	T(short unsigned int), T(int), T(unsigned), T(unsigned int), T(signed), T(signed int),
	T(long), T(unsigned long), T(long int), T(long unsigned int), T(long long),
	T(unsigned long long), T(size_t), T(ssize_t), T(uint8_t), T(int16_t), T(uint32_t),
	T(int64_t), T(pid_t), T(_Bool), T(const int), T(unsigned short int),
	T(long long unsigned int), T(uid_t), T(volatile u8),
};
// clang-format on

/* All there is to read comes first. */
static struct node *leaf(u32 i)
{
	struct node *n = &nodes[n_nodes++];

	*n = (struct node){ .op = LEAF };
	if (i < LEN(literals))
		n->leaf = &literals[i];
	else if (i < LEN(literals) + n_places)
		n->leaf = &places[i - LEN(literals)];
	else if (i < LEN(literals) + n_places + KINDS)
		n->which = i - LEN(literals) - n_places;
	else
		return NULL;
	return n;
}

static struct node *tree(int depth)
{
	struct node *n = &nodes[n_nodes++];
	/* BINARIES: one of these; COND: also one of the unary ones. */
	static const u8 chances[] = { BINARIES, BINARIES, BINARIES, BINARIES, BINARIES, COND,
				      COND,     CAST,     CAST,     AT,       SIZEOF };
	u32 kids = 1, op = chances[any(LEN(chances))];

	*n = (struct node){ 0 };
	if (!depth || !any(8)) {
		n->op = LEAF;
		switch (any(5)) {
		case 0:
			n->leaf = &literals[any(LEN(literals))];
			break;
		case 1:
		case 2:
			n->leaf = &places[any(n_places)];
			break;
		default:
			n->which = any(KINDS);
		}
		return n;
	}
	n->op = op;
	if (op == BINARIES) {
		n->op = any(BINARIES);
		kids = 2;
	} else if (op == COND) {
		kids = any(2) ? 3 : 1;
		if (kids == 1)
			n->op = NEG + any(UNARIES - NEG);
	} else if (op == CAST) {
		n->which = any(LEN(names_of_types));
	} else if (op == AT) {
		n->which = any(4);
	}
	for (u32 i = 0; i < kids; i++)
		n->kid[i] = tree(depth - 1 - (i ? 0 : any(2) && depth > 1));
	/* C has none of a bit-field. */
	if (op == SIZEOF && n->kid[0]->op == LEAF && n->kid[0]->leaf && n->kid[0]->leaf->is_bits)
		n->kid[0]->leaf = NULL;
	return n;
}

static char texts[BATCH][8192], *out;

static void say(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	out += vsprintf(out, fmt, ap);
	va_end(ap);
}

static void space(void)
{
	if (any(2))
		say(" ");
}

/* Write down an operand of an operator that binds as tightly as LEVEL. */
static void write_text(const struct node *n, u32 level)
{
	u32 its = ops[n->op].level;
	bool parens = its < level || !any(10);

	if (parens)
		say("(");
	switch (n->op) {
	case LEAF:
		if (n->leaf)
			/* An expression of several words, such as p - p->next, is always in parentheses. */
			say(strchr(n->leaf->text, ' ') || strpbrk(n->leaf->text, "(*!&") ? "(%s)"
											 : "%s",
			    n->leaf->text);
		else
			say("arg%u", n->which + 1);
		break;
	case AT: /* see at() */
		say("%s", (const char *[]){ "s->words[", "*(t->halves + (",
					    "(&t->words[7] - &t->words[", "p->d[(u8)" }[n->which]);
		write_text(n->kid[0], n->which == 3 ? 11 : 6);
		say("%s", (const char *[]){ " & 7]", " & 3))", " & 7])", " % 4]" }[n->which]);
		break;
	case NEG:
	case COMPL:
	case NOT:
		say("%s", ops[n->op].text);
		space();
		write_text(n->kid[0], 11);
		break;
	case CAST:
		say("(%s)", names_of_types[n->which].name);
		space();
		write_text(n->kid[0], 11);
		break;
	case SIZEOF:
		say("sizeof(");
		write_text(n->kid[0], 0);
		say(")");
		break;
	case COND:
		write_text(n->kid[0], 1);
		space();
		say("?");
		space();
		write_text(n->kid[1], 0);
		space();
		say(":");
		space();
		write_text(n->kid[2], 0);
		break;
	default:
		write_text(n->kid[0], its);
		space();
		say("%s", ops[n->op].text);
		space();
		write_text(n->kid[1], its + 1);
	}
	if (parens)
		say(")");
}

/* ---- what is expected ---- */

static u32 faults;

static struct number at(u32 which, u64 i)
{
	switch (which) {
	case 0:
		return NUMBER(shelf.words[i & 7]);
	case 1:
		return NUMBER(shelf.halves[i & 3]);
	case 2:
		return NUMBER(&shelf.words[7] - &shelf.words[i & 7]);
	default:
		return NUMBER(gadgets[0].d[(u8)i % 4]);
	}
}

static struct number eval(const struct node *n)
{
	struct number a, b;
	u32 before = faults;

	switch (n->op) {
	case LEAF:
		if (!n->leaf)
			return cast(shared.frame.args[n->which] &
					    (n->which == K_bool ? 0xff : ~0ull),
				    n->which);
		faults += n->leaf->faults;
		return n->leaf->is;
	case AT:
		return at(n->which, eval(n->kid[0]).v);
	case NEG:
		return negated(eval(n->kid[0]));
	case COMPL:
		return complement(eval(n->kid[0]));
	case NOT:
		return NUMBER(!eval(n->kid[0]).v);
	case CAST:
		return cast(eval(n->kid[0]).v, names_of_types[n->which].kind);
	case SIZEOF:
		a = eval(n->kid[0]);
		faults = before;
		return NUMBER((size_t)sizes[a.kind]);
	case LAND:
		return NUMBER(eval(n->kid[0]).v && eval(n->kid[1]).v);
	case LOR:
		return NUMBER(eval(n->kid[0]).v || eval(n->kid[1]).v);
	case COND: {
		bool first = eval(n->kid[0]).v;
		const struct node *no = n->kid[first ? 2 : 1], *yes = n->kid[first ? 1 : 2];

		before = faults;
		a = eval(no);
		faults = before;
		b = eval(yes);
		return pairs[a.kind][b.kind](COND, a.v, b.v);
	}
	default:
		a = eval(n->kid[0]);
		b = eval(n->kid[1]);
		return pairs[a.kind][b.kind](n->op, a.v, b.v);
	}
}

/* ---- the kernel ---- */

static int map;
static struct bpf_insn insns[BATCH * (GEN_INSNS / 2)];
static u32 n_insns;
static struct gen_code codes[BATCH];

static void put(struct bpf_insn i)
{
	insns[n_insns++] = i;
}

static void put_shared(u8 reg)
{
	put(INSN(BPF_LD | BPF_DW | BPF_IMM, reg, BPF_PSEUDO_MAP_VALUE, 0, map));
	put(INSN(0, 0, 0, 0, 0));
}

static int load(bool tell)
{
	static char log[1 << 20];
	LIBBPF_OPTS(bpf_prog_load_opts, o, .log_buf = tell ? log : NULL,
		    .log_size = tell ? sizeof(log) : 0, .log_level = tell);
	int fd = bpf_prog_load(BPF_PROG_TYPE_RAW_TRACEPOINT, "gen", "GPL", insns, n_insns, &o);

	if (fd < 0 && tell)
		printf("# %m\n# %s\n", log + (strlen(log) > 1500 ? strlen(log) - 1500 : 0));
	return fd;
}

/*
 * A program with the code of some expressions, one after the other, which keeps their results.  The frame is not on
 * its stack, but in the map, of which the verifier remembers nothing: that is how it ends soon.
 */
static int program(u32 first, u32 n, bool tell)
{
	n_insns = 0;
	for (u32 i = first; i < first + n; i++) {
		put(MOV_IMM(1, 0));
		put_shared(2);
		put(STORE_IMM(BPF_DW, 2, offsetof(struct shared, frame.gen.faults), 0));
		put(MOV_IMM(3, 0));
		memcpy(insns + n_insns, codes[i].insns, codes[i].n * sizeof(*insns));
		n_insns += codes[i].n - 1; /* all but its exit */
		put_shared(1);
		put(STORE(BPF_DW, 1, offsetof(struct shared, got[i].value), 0));
		put(LOAD(BPF_DW, 0, 1, offsetof(struct shared, frame.gen.faults)));
		put(STORE(BPF_DW, 1, offsetof(struct shared, got[i].faults), 0));
	}
	put(MOV_IMM(0, 0));
	put(EXIT);
	return load(tell);
}

static bool run(int fd)
{
	LIBBPF_OPTS(bpf_test_run_opts, o);
	u32 key = 0;

	return !bpf_map_update_elem(map, &key, &shared, 0) && !bpf_prog_test_run_opts(fd, &o) &&
	       !bpf_map_lookup_elem(map, &key, &shared);
}

/* Where the kernel has the map's value.  False: it runs no programs for us. */
static bool begin(void)
{
	int fd;
	bool can;

	map = bpf_map_create(BPF_MAP_TYPE_ARRAY, "shared", 4, sizeof(shared), 1, NULL);
	if (map < 0)
		return false;
	put_shared(1);
	put(STORE(BPF_DW, 1, offsetof(struct shared, got), 1));
	put(MOV_IMM(0, 0));
	put(EXIT);
	fd = load(false);
	can = fd >= 0 && run(fd);
	close(fd);
	shared_at = shared.got[0].value;
	return can;
}

/* ---- expressions and arguments ---- */

static void add_name(struct gen_scope *s, const char *name, const char *type, u8 depth, u32 off,
		     bool user)
{
	struct type_name t = { .depth = depth };
	struct gen_name n = { .name = name, .op = E_ARG, .off = off };

	strcpy(t.name, type);
	n.type = gen_named(s, &t);
	n.type.user = user;
	gen_add(&s->names, &s->n_names, &n);
}

static void compile(struct gen_code *c, const char *text)
{
	static const char *const names[] = { "arg1", "arg2", "arg3", "arg4", "arg5",
					     "arg6", "arg7", "arg8", "arg9" },
				 *const types[] = {
#define X(t) #t,
					 TYPES(X)
#undef X
				 };
	struct gen_scope s = { .text = text, .returns = true };
	struct lexer l;
	struct expr *e;

	for (u32 i = 0; i < KINDS; i++)
		add_name(&s, names[i], types[i], 0, offsetof(struct frame, args[i]), false);
	add_name(&s, "p", "struct gadget", 1, offsetof(struct frame, p), true);
	add_name(&s, "k", "struct gadget", 1, offsetof(struct frame, k), false);
	add_name(&s, "n", "struct gadget", 1, offsetof(struct frame, n), true);
	add_name(&s, "s", "struct shelf", 1, offsetof(struct frame, s), true);
	add_name(&s, "t", "struct shelf", 1, offsetof(struct frame, t), false);
	lex_begin(&l, text, text);
	e = parse_expr(&l);
	if (l.now.kind != T_END)
		gen_error(text, l.now.is, "expected the end");
	gen_type(e, &s);
	c->text = text;
	gen_number(c, e);
	gen_free();
}

static u64 random_number(void)
{
	static const u64 edges[] = { 0,           1,          -1ull,
				     2,           3,          7,
				     31,          32,         63,
				     64,          127,        128,
				     255,         256,        32767,
				     32768,       65535,      65536,
				     0x7fffffff,  0x80000000, 0xffffffff,
				     0x100000000, 1ull << 63, ~0ull >> 1,
				     -128ull,     -32768ull,  -0x80000000ull };
	u64 v = (u64)random() << 40 ^ (u64)random() << 20 ^ random();

	return any(2) ? edges[any(LEN(edges))] : v >> any(64);
}

static void fill(void *to, size_t n)
{
	for (size_t i = 0; i < n; i++)
		((u8 *)to)[i] = any(4) ? random() : any(2) ? 0 : 255;
}

static void new_arguments(void)
{
	static const u64 unused[] = { 0, ~0ull, 0xa5a5a5a5a5a5a5a5 };

	fill(&shared.frame, sizeof(shared.frame));
	for (u32 i = 0; i < KINDS; i++) {
		u64 mask = i == K_bool || sizes[i] == 1 ? 0xff
			   : sizes[i] == 8              ? ~0ull
							: (1ull << 8 * sizes[i]) - 1;
		u64 v = i == K_bool ? any(2) : random_number();

		shared.frame.args[i] = (v & mask) | (unused[any(3)] & ~mask);
	}
	/* Only addresses differ in the kernel. */
	for (u32 i = 0; i < 2; i++) {
		gadgets[i] = (struct gadget){ .a = random(),
					      .b = random(),
					      .c = random_number(),
					      .e = random(),
					      .f = random() & 1,
					      .next = &gadgets[1],
					      .name = "widget" };
		fill(gadgets[i].d, sizeof(gadgets[i].d));
	}
	strcpy(gadgets[1].name, "long enough to");
	fill(&shelf, sizeof(shelf));
	shelf.yes = any(2);
	for (u32 i = 0; i < LEN(shelf.truths); i++)
		*(u8 *)&shelf.truths[i] = any(2);
	memcpy(shared.gadgets, gadgets, sizeof(gadgets));
	for (u32 i = 0; i < 2; i++)
		shared.gadgets[i].next = (void *)(shared_at + offsetof(struct shared, gadgets[1]));
	shared.shelf = shelf;
	shared.frame.p = (u64)gadgets;
	shared.frame.k = shared_at + offsetof(struct shared, gadgets);
	shared.frame.n = 0;
	shared.frame.s = (u64)&shelf;
	shared.frame.t = shared_at + offsetof(struct shared, shelf);
	read_places();
}

static u32 compare(struct node *const *trees, u32 n)
{
	u32 differ = 0;

	for (u32 i = 0; i < n; i++) {
		u64 want, got = shared.got[i].value;

		faults = 0;
		want = eval(trees[i]).v;
		if (want == got && faults == shared.got[i].faults)
			continue;
		if (++differ > 3)
			continue;
		printf("# %s\n# here %#llx and %u faults, in the kernel %#llx and %llu\n# "
		       "arguments",
		       texts[i], want, faults, got, shared.got[i].faults);
		for (u32 j = 0; j < KINDS; j++)
			printf(" %#llx", shared.frame.args[j]);
		printf("\n");
	}
	return differ;
}

/* Returns how many of N new expressions, of which FIRST is the first, differ. */
static u32 try_expressions(u32 first, u32 n)
{
	static struct node *trees[BATCH];
	u32 differ = 0;
	int fd;

	n_nodes = 0;
	new_arguments();
	for (u32 i = 0; i < n; i++) {
		trees[i] = leaf(first + i) ?: tree(1 + any(1 + any(4)));
		out = texts[i];
		write_text(trees[i], 0);
		compile(&codes[i], texts[i]);
	}
	fd = program(0, n, false);
	if (fd < 0) {
		for (u32 i = 0; i < n && differ < 3; i++) {
			fd = program(i, 1, true);
			if (fd < 0) {
				printf("# not loaded: %s\n", texts[i]);
				differ++;
			}
			close(fd);
		}
		if (!differ) {
			program(0, n, true);
			printf("# %u expressions together can't be loaded\n", n);
		}
		return differ + 1;
	}
	for (u32 i = 0; i < SETS; i++) {
		new_arguments();
		if (!run(fd)) {
			printf("# the program can't run: %m\n");
			differ++;
		} else {
			differ += compare(trees, n);
		}
	}
	close(fd);
	return differ;
}

int main(void)
{
	u32 seed = atoi(getenv("SEED") ?: "1"), rounds = atoi(getenv("GEN_ROUNDS") ?: "20000"),
	    differ = 0, i;
	char name[80];

	if (!begin()) {
		skip("random expressions", "this kernel runs no BPF programs for us");
		return done();
	}
	srandom(seed);
	gen_types(all_types());
	for (i = 0; i < rounds && differ < 5; i += BATCH)
		differ += try_expressions(i, rounds - i < BATCH ? rounds - i : BATCH);
	snprintf(name, sizeof(name),
		 "%u random expressions are computed the same in the kernel and by C", i);
	is_num(differ, 0, name);
	return done();
}
