// SPDX-License-Identifier: BSD-2-Clause
/*
 * Random expressions, computed by the kernel, which runs what common/gen/ makes of them, and here, by C's own
 * operators.  GEN_SEED=N tries others; GEN_ROUNDS=N more.
 */
#include "gen.h"
#include "gen/insn.h"
#include "test.h"
#include <bpf/bpf.h>
#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <unistd.h>

static struct gadget gadgets[2];
static u64 args[GEN_ARGS];
static const char *const arg_types[GEN_ARGS] = { "s32", "u32", "s64", "u64", "s8", "u16" };

/* ---- expressions ---- */

static char text[4096];
static size_t len;

static u32 any(u32 n)
{
	return (u32)random() % n;
}

static void say(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	len += vsnprintf(text + len, sizeof(text) - len, fmt, ap);
	va_end(ap);
}

#define PICK(...)                                                \
	({                                                       \
		static const char *const of[] = { __VA_ARGS__ }; \
		of[any(sizeof(of) / sizeof(*of))];               \
	})

static void value(int depth);

static void leaf(void)
{
	switch (any(4)) {
	case 0:
		say("%s", PICK("0", "1", "2", "7", "31", "100", "255", "0x7fffffff", "0x80000000",
			       "0xffffffff", "4294967296", "0x7fffffffffffffff",
			       "0xffffffffffffffff", "3u", "5l", "'a'", "RUNNING"));
		break;
	case 1:
		say("%s",
		    PICK("p->a", "p->b", "p->c", "p->d[1]", "p->e", "p->f", "p->next->a",
			 "p->next->b", "p->next->c", "(*p).e", "p[1].c", "p->next->next->b",
			 "*p->d", "*(&p->c)", "sizeof(*p)", "(u64)p->next", "((u32 *)&p->c)[1]",
			 "STRCMP(\"widget\", p->name)", "STRCMP(\"widge\", p->name)",
			 "STRCMP(\"widgets\", p->name)", "p->name[1]", "(p->next - p)",
			 "(&p->d[3] - p->d)", "STRCMP(\"longer than eight\", (char *)p->next->c)"));
		break;
	default:
		say("arg%u", any(GEN_ARGS) + 1);
	}
}

static void value(int depth)
{
	if (!depth) {
		leaf();
		return;
	}
	switch (any(8)) {
	case 0:
		say("%s", PICK("-", "~", "!"));
		say("(");
		value(depth - 1);
		say(")");
		break;
	case 1:
		say("(%s)(", PICK("s8", "u8", "s16", "u16", "int", "unsigned", "s64", "u64", "bool",
				  "long"));
		value(depth - 1);
		say(")");
		break;
	case 2:
		say("(");
		value(depth - 1);
		say(" ? ");
		value(depth - 1);
		say(" : ");
		value(depth - 1);
		say(")");
		break;
	case 3:
		say("p->d[(u8)(");
		value(depth - 1);
		say(") %% 4]");
		break;
	default:
		say("(");
		value(any(depth));
		say(" %s ", PICK("+", "-", "*", "/", "%", "<<", ">>", "<", ">",
				 "<=", ">=", "==", "!=", "&", "|", "^", "&&", "||"));
		value(depth - 1);
		say(")");
	}
}

/* ---- computed here ---- */

static u64 eval(const struct expr *e);

static u64 cast(u64 v, struct ctype t)
{
	if (t.depth || t.base != C_INT || t.size == 8)
		return v;
	if (t.is_bool)
		return v != 0;
	switch (t.size) {
	case 1:
		return t.is_signed ? (u64)(s8)v : (u8)v;
	case 2:
		return t.is_signed ? (u64)(s16)v : (u16)v;
	default:
		return t.is_signed ? (u64)(s32)v : (u32)v;
	}
}

static u64 address(const struct expr *e)
{
	u64 i;

	switch (e->op) {
	case E_MEMBER:
		return address(e->kid[0]) + e->off;
	case E_ARROW:
		return eval(e->kid[0]) + e->off;
	case E_INDEX:
		i = eval(e->kid[1]);
		return eval(e->kid[0]) + i * gen_size(e->type);
	default:
		return eval(e->kid[0]);
	}
}

/* The bit-fields are read as C does. */
static u64 content(const struct expr *e)
{
	const void *at = (const void *)address(e);
	const struct gadget *g = at;
	u64 v = 0;

	if (e->bits)
		return e->name.at[0] == 'a' ? (u64)(s64)g->a : g->b;
	memcpy(&v, at, gen_size(e->type));
	return cast(v, e->type);
}

#define IN_TYPE(type, is_signed)                                                         \
	do {                                                                             \
		type x = a, y = b;                                                       \
		bool minus1 = is_signed && (u64)y + 1 == 0;                              \
		u32 by = b & (8 * sizeof(type) - 1);                                     \
		switch (e->op) {                                                         \
		case E_MUL:                                                              \
			return (u64)(type)((u64)x * (u64)y);                             \
		case E_DIV:                                                              \
			return (u64)(type)(!y ? 0 : minus1 ? 0 - (u64)x : (u64)(x / y)); \
		case E_MOD:                                                              \
			return (u64)(type)(!y ? x : minus1 ? 0 : x % y);                 \
		case E_ADD:                                                              \
			return (u64)(type)((u64)x + (u64)y);                             \
		case E_SUB:                                                              \
			return (u64)(type)((u64)x - (u64)y);                             \
		case E_SHL:                                                              \
			return (u64)(type)((u64)x << by);                                \
		case E_SHR:                                                              \
			return (u64)(type)(x >> by);                                     \
		case E_LT:                                                               \
			return x < y;                                                    \
		case E_GT:                                                               \
			return x > y;                                                    \
		case E_LE:                                                               \
			return x <= y;                                                   \
		case E_GE:                                                               \
			return x >= y;                                                   \
		case E_EQ:                                                               \
			return x == y;                                                   \
		case E_NE:                                                               \
			return x != y;                                                   \
		case E_AND:                                                              \
			return (u64)(type)(x & y);                                       \
		case E_XOR:                                                              \
			return (u64)(type)(x ^ y);                                       \
		case E_OR:                                                               \
			return (u64)(type)(x | y);                                       \
		default:                                                                 \
			abort();                                                         \
		}                                                                        \
	} while (0)

static u64 binary(const struct expr *e)
{
	struct ctype t = e->kid[0]->type, u = e->kid[1]->type;
	u64 a = eval(e->kid[0]), b = eval(e->kid[1]);
	/* The kinds of numbers that C computes with, from the lowest rank to the highest. */
	int x = t.size < 4 ? 0 : (t.size == 8) * 2 + !t.is_signed,
	    y = u.size < 4 ? 0 : (u.size == 8) * 2 + !u.is_signed;

	if (t.depth || t.base == C_ARRAY)
		return (s64)(a - b) / gen_size(gen_element(t));
	if (e->op != E_SHL && e->op != E_SHR && y > x)
		x = y;
	switch (x) {
	case 0:
		IN_TYPE(s32, true);
	case 1:
		IN_TYPE(u32, false);
	case 2:
		IN_TYPE(s64, true);
	default:
		IN_TYPE(u64, false);
	}
}

static u64 eval(const struct expr *e)
{
	switch (e->op) {
	case E_NUMBER:
		return e->number;
	case E_ARG:
		return e->off == offsetof(struct gen_frame, ret)
			       ? (u64)gadgets
			       : cast(args[(e->off - offsetof(struct gen_frame, args)) / 8],
				      e->type);
	case E_MEMBER:
	case E_ARROW:
	case E_INDEX:
	case E_DEREF:
		return gen_is_number(e->type) ? content(e) : address(e);
	case E_ADDRESS:
		return address(e->kid[0]);
	case E_CAST:
		return cast(eval(e->kid[0]), e->type);
	case E_NEG:
		return cast(0 - eval(e->kid[0]), e->type);
	case E_COMPLEMENT:
		return cast(~eval(e->kid[0]), e->type);
	case E_NOT:
		return !eval(e->kid[0]);
	case E_LAND:
		return eval(e->kid[0]) && eval(e->kid[1]);
	case E_LOR:
		return eval(e->kid[0]) || eval(e->kid[1]);
	case E_COND:
		return cast(eval(e->kid[0]) ? eval(e->kid[1]) : eval(e->kid[2]), e->type);
	case E_STRCMP:
		return !strcmp(e->string, (const char *)eval(e->kid[0]));
	default:
		return binary(e);
	}
}

/* ---- computed in the kernel ---- */

static int map;

/* A program that fills the frame, calls the code, and keeps its result in the map. */
static bool kernel(const struct gen_code *c, u64 *result, u64 *faults)
{
	static struct bpf_insn insns[GEN_INSNS + 100];
	static char log[65536];
	LIBBPF_OPTS(bpf_prog_load_opts, load, .log_buf = log, .log_size = sizeof(log),
		    .log_level = 0);
	LIBBPF_OPTS(bpf_test_run_opts, run);
	struct gen_frame frame = { .ret = (u64)gadgets };
	u64 values[2] = {};
	u32 n = 0, call, key = 0;
	int fd;

	memcpy(frame.args, args, sizeof(args));
	for (u32 i = 0; i < sizeof(frame) / 8; i++) {
		u64 v = ((u64 *)&frame)[i];

		insns[n++] = INSN(BPF_LD | BPF_DW | BPF_IMM, 1, 0, 0, (s32)v);
		insns[n++] = INSN(0, 0, 0, 0, (s32)(v >> 32));
		insns[n++] = STORE(BPF_DW, 10, 8 * i - sizeof(frame), 1);
	}
	insns[n++] = MOV(2, 10);
	insns[n++] = ALU_IMM(BPF_ADD, 2, -(s32)sizeof(frame));
	insns[n++] = MOV_IMM(1, 0);
	insns[n++] = MOV_IMM(3, 0);
	call = n;
	insns[n++] = INSN(BPF_JMP | BPF_CALL, 0, BPF_PSEUDO_CALL, 0, 0);
	insns[n++] = INSN(BPF_LD | BPF_DW | BPF_IMM, 1, BPF_PSEUDO_MAP_VALUE, 0, map);
	insns[n++] = INSN(0, 0, 0, 0, 0);
	insns[n++] = STORE(BPF_DW, 1, 0, 0);
	insns[n++] = LOAD(BPF_DW, 0, 10, -(s32)sizeof(frame));
	insns[n++] = STORE(BPF_DW, 1, 8, 0);
	insns[n++] = MOV_IMM(0, 0);
	insns[n++] = EXIT;
	insns[call].imm = n - call - 1;
	memcpy(insns + n, c->insns, c->n * sizeof(*insns));
	n += c->n;
	fd = bpf_prog_load(BPF_PROG_TYPE_RAW_TRACEPOINT, "gen", "GPL", insns, n, &load);
	if (fd < 0) {
		load.log_level = 1;
		fd = bpf_prog_load(BPF_PROG_TYPE_RAW_TRACEPOINT, "gen", "GPL", insns, n, &load);
		printf("# %s\n", log);
		return false;
	}
	if (bpf_prog_test_run_opts(fd, &run) || bpf_map_lookup_elem(map, &key, values)) {
		close(fd);
		return false;
	}
	close(fd);
	*result = values[0];
	*faults = values[1];
	return true;
}

static struct gen_scope scope(void)
{
	static const char *const names[] = { "arg1", "arg2", "arg3", "arg4", "arg5", "arg6" };
	struct type_name pointer = { .name = "struct gadget", .depth = 1 };
	struct gen_scope s = { .text = text };
	struct gen_name name = { .name = "p", .op = E_ARG, .off = offsetof(struct gen_frame, ret) };

	name.type = gen_named(&s, &pointer);
	name.type.user = true;
	gen_add(&s.names, &s.n_names, &name);
	for (u32 i = 0; i < GEN_ARGS; i++) {
		struct type_name number = {};

		strcpy(number.name, arg_types[i]);
		name = (struct gen_name){ names[i], gen_named(&s, &number), E_ARG,
					  offsetof(struct gen_frame, args[i]) };
		gen_add(&s.names, &s.n_names, &name);
	}
	return s;
}

static bool same(void)
{
	static struct gen_code code;
	struct gen_scope s = scope();
	u64 here, there, faults;
	struct lexer l;
	struct expr *e;

	lex_begin(&l, text, text);
	e = parse_expr(&l);
	gen_type(e, &s);
	code.text = text;
	gen_number(&code, e);
	here = eval(e);
	if (!kernel(&code, &there, &faults)) {
		printf("# not loaded: %s\n", text);
		return false;
	}
	if (here == there && !faults)
		return true;
	printf("# %s\n# here %#llx, in the kernel %#llx, faults %llu\n# args", text, here, there,
	       faults);
	for (int i = 0; i < GEN_ARGS; i++)
		printf(" %#llx", args[i]);
	printf("\n");
	return false;
}

static u64 random_arg(void)
{
	static const u64 edges[] = { 0,          1,          -1ull,      0x7fffffff, 0x80000000,
				     0xffffffff, 1ull << 63, ~0ull >> 1, 31,         64 };

	return any(2) ? edges[any(10)] : (u64)random() << 40 ^ (u64)random() << 20 ^ random();
}

int main(void)
{
	u32 seed = atoi(getenv("GEN_SEED") ?: "1"), rounds = atoi(getenv("GEN_ROUNDS") ?: "4000"),
	    differ = 0;
	u64 v, f;
	static struct gen_code probe;

	map = bpf_map_create(BPF_MAP_TYPE_ARRAY, "results", 4, 16, 1, NULL);
	probe.insns[0] = MOV_IMM(0, 0);
	probe.insns[1] = EXIT;
	probe.n = 2;
	if (map < 0 || !kernel(&probe, &v, &f)) {
		skip("random expressions", "this kernel runs no BPF programs for us");
		return done();
	}
	srandom(seed);
	for (u32 i = 0; i < rounds && differ < 5; i++) {
		gen_types(gadget_types());
		for (int j = 0; j < GEN_ARGS; j++)
			args[j] = random_arg();
		for (int j = 0; j < 2; j++)
			gadgets[j] = (struct gadget){ .a = random(),
						      .b = random(),
						      .c = random_arg(),
						      .e = random(),
						      .f = random() & 1,
						      .next = &gadgets[1],
						      .name = "widget" };
		gadgets[1].c = (u64) "longer than eight";
		memcpy(gadgets[0].d, &(u32){ random() }, 4);
		len = 0;
		value(1 + any(4));
		differ += !same();
		gen_free();
	}
	is_num(differ, 0, "random expressions are computed the same in the kernel and by C");
	return done();
}
