// SPDX-License-Identifier: BSD-2-Clause
#include "gen/emit.h"
#include "gen/insn.h"
#include "lib/gen.h"
#include <string.h>

enum { R0, R1, R2, R3, CTX = 6, FRAME, VALUES, FP = 10 };
#define BUFFER  -8   /* what was read, on the stack */
#define LOWEST  -256 /* the program that calls has the rest of the 512 bytes */
#define LONGEST 100  /* string to compare with */

static void put(struct gen_code *c, struct bpf_insn i)
{
	if (c->n == GEN_INSNS)
		gen_error(c->text, (struct piece){ c->text, strlen(c->text) },
			  "this probe needs more than %d instructions", GEN_INSNS);
	c->insns[c->n++] = i;
}

static void put_number(struct gen_code *c, u8 reg, u64 v)
{
	if ((s64)v == (s32)v) {
		put(c, MOV_IMM(reg, (s32)v));
		return;
	}
	put(c, INSN(BPF_LD | BPF_DW | BPF_IMM, reg, 0, 0, (s32)v));
	put(c, INSN(0, 0, 0, 0, (s32)(v >> 32)));
}

/* ---- jumps ---- */

static u32 put_jump(struct gen_code *c, struct bpf_insn i)
{
	put(c, i);
	return c->n - 1;
}

/* This jump leads here. */
static void land(struct gen_code *c, u32 jump)
{
	c->insns[jump].off = c->n - jump - 1;
}

/* R0 becomes 1 if JUMP is taken, else 0. */
static void put_truth(struct gen_code *c, struct bpf_insn jump)
{
	u32 yes = put_jump(c, jump), end;

	put(c, MOV_IMM(R0, 0));
	end = put_jump(c, JUMP);
	land(c, yes);
	put(c, MOV_IMM(R0, 1));
	land(c, end);
}

/* ---- the stack ---- */

static s32 reserve(struct gen_code *c, u32 bytes, struct piece why)
{
	c->low -= (bytes + 7) & ~7u;
	if (c->low < LOWEST)
		gen_error(c->text, why,
			  "this expression is too complex: it needs too much of the stack");
	return c->low;
}

static void push(struct gen_code *c, struct piece why)
{
	put(c, STORE(BPF_DW, FP, reserve(c, 8, why), R0));
}

static void pop(struct gen_code *c, u8 reg)
{
	put(c, LOAD(BPF_DW, reg, FP, c->low));
	c->low += 8;
}

/* ---- memory ---- */

static u8 width(u32 size)
{
	return size == 1 ? BPF_B : size == 2 ? BPF_H : size == 4 ? BPF_W : BPF_DW;
}

/* A helper returned R0; less than 0 is a fault. */
static void count_fault(struct gen_code *c)
{
	put(c, MOV(R1, R0));
	put(c, ALU_IMM(BPF_RSH, R1, 63));
	put(c, LOAD(BPF_DW, R2, FRAME, offsetof(struct gen_frame, faults)));
	put(c, ALU(BPF_ADD, R2, R1));
	put(c, STORE(BPF_DW, FRAME, offsetof(struct gen_frame, faults), R2));
}

/* Whose memory it is.  Addresses tell: the kernel's are the upper half of all. */
enum memory { ANY_MEMORY, USER_MEMORY, KERNEL_MEMORY };

static enum memory memory_of(struct ctype t)
{
	return t.user ? USER_MEMORY : ANY_MEMORY;
}

/* What a value points to: an array in a tracepoint's record is there. */
static enum memory memory_of_value(const struct expr *e)
{
	return e->op == E_FIELD && e->type.base == C_ARRAY && !e->type.depth ? KERNEL_MEMORY
									     : memory_of(e->type);
}

/* Read SIZE bytes from the address in R0 to what is at REG + OFF; a string if STRING. */
static void put_read(struct gen_code *c, u8 reg, s32 off, u32 size, enum memory memory, bool string)
{
	struct bpf_insn user =
		CALL_HELPER(string ? BPF_FUNC_probe_read_user_str : BPF_FUNC_probe_read_user);
	struct bpf_insn kernel =
		CALL_HELPER(string ? BPF_FUNC_probe_read_kernel_str : BPF_FUNC_probe_read_kernel);
	bool maybe_null = string && memory != KERNEL_MEMORY;
	u32 other, end, null = 0;

	put(c, MOV(R3, R0));
	/* No string at all is no fault. */
	if (maybe_null) {
		put(c, MOV_IMM(R0, -1));
		null = put_jump(c, JUMP_IMM(BPF_JEQ, R3, 0));
	}
	put(c, MOV(R1, reg));
	put(c, ALU_IMM(BPF_ADD, R1, off));
	put(c, MOV_IMM(R2, size));
	if (memory != ANY_MEMORY) {
		put(c, memory == USER_MEMORY ? user : kernel);
	} else {
		other = put_jump(c, JUMP_IMM(BPF_JSLT, R3, 0));
		put(c, user);
		end = put_jump(c, JUMP);
		land(c, other);
		put(c, kernel);
		land(c, end);
	}
	/* An empty string of a process, before about Linux 6.13: its NUL does not count. */
	if (maybe_null) {
		other = put_jump(c, JUMP_IMM(BPF_JNE, R0, 0));
		put(c, MOV_IMM(R0, 1));
		land(c, other);
	}
	count_fault(c);
	if (maybe_null)
		land(c, null);
}

/* Bring what is in R0 into the range of a type, of which it may have too many bits. */
static void put_cut(struct gen_code *c, struct ctype t)
{
	u32 unused = 64 - 8 * t.size;

	if (t.is_bool) {
		put_truth(c, JUMP_IMM(BPF_JNE, R0, 0));
	} else if (!t.depth && t.base == C_INT && unused) {
		put(c, ALU_IMM(BPF_LSH, R0, unused));
		put(c, ALU_IMM(t.is_signed ? BPF_ARSH : BPF_RSH, R0, unused));
	}
}

static u8 size_of_value(struct ctype t)
{
	return t.depth || t.base != C_INT ? 8 : t.size;
}

/* As in C. */
static void convert(struct gen_code *c, struct ctype from, struct ctype to)
{
	u8 have = size_of_value(from), want = size_of_value(to);
	bool is_signed = from.base == C_INT && !from.depth && from.is_signed;

	if (!to.is_bool && (want == 8 || (have == want && is_signed == to.is_signed) ||
			    (have < want && (!is_signed || to.is_signed))))
		return;
	put_cut(c, to);
}

/* ---- expressions ---- */

static void put_value(struct gen_code *, const struct expr *);

static void put_offset(struct gen_code *c, u32 off)
{
	if (off)
		put(c, ALU_IMM(BPF_ADD, R0, off));
}

/* R0 becomes the address of a place, less *OFF. */
static void put_place(struct gen_code *c, const struct expr *e, u32 *off)
{
	const struct expr *of = e->kid[0], *index = e->kid[1];
	u32 size;

	*off = 0;
	switch (e->op) {
	case E_MEMBER:
		put_place(c, of, off);
		*off += e->off;
		return;
	case E_ARROW:
		put_value(c, of);
		*off = e->off;
		return;
	case E_FIELD:
		if (e->dynamic) {
			put(c, LOAD(BPF_W, R0, CTX, e->off));
			put(c, ALU_IMM(BPF_AND, R0, 0xffff));
			put(c, ALU(BPF_ADD, R0, CTX));
		} else {
			put(c, MOV(R0, CTX));
			*off = e->off;
		}
		return;
	case E_INDEX:
		size = gen_size(e->type);
		if (index->op == E_NUMBER && index->number < 1 << 16) {
			if (gen_is_place(of) && of->type.base == C_ARRAY && !of->type.depth)
				put_place(c, of, off);
			else
				put_value(c, of);
			*off += index->number * size;
			return;
		}
		put_value(c, of);
		push(c, e->is);
		put_value(c, index);
		put(c, ALU_IMM(BPF_MUL, R0, size));
		pop(c, R1);
		put(c, ALU(BPF_ADD, R0, R1));
		return;
	default: /* E_DEREF */
		put_value(c, of);
	}
}

static void put_address(struct gen_code *c, const struct expr *e)
{
	u32 off;

	put_place(c, e, &off);
	put_offset(c, off);
}

/* R0 becomes what is at a place. */
static void put_content(struct gen_code *c, const struct expr *e)
{
	u32 size = gen_size(e->type);

	if (e->op == E_FIELD && !e->dynamic && e->off % size == 0) {
		put(c, LOAD(width(size), R0, CTX, e->off));
	} else if (e->bits) {
		put_address(c, e);
		put(c, STORE_IMM(BPF_DW, FP, BUFFER, 0));
		put_read(c, FP, BUFFER, (e->bit_off + e->bits + 7) / 8, memory_of(e->kid[0]->type),
			 false);
		put(c, LOAD(BPF_DW, R0, FP, BUFFER));
		put(c, ALU_IMM(BPF_LSH, R0, 64 - e->bit_off - e->bits));
		put(c, ALU_IMM(e->is_unsigned ? BPF_RSH : BPF_ARSH, R0, 64 - e->bits));
		return;
	} else {
		put_address(c, e);
		/* The helper takes the whole buffer for written only if it was before: a read may fail. */
		put(c, STORE_IMM(BPF_DW, FP, BUFFER, 0));
		put_read(c, FP, BUFFER, size,
			 e->op == E_FIELD ? KERNEL_MEMORY : memory_of(e->kid[0]->type), false);
		put(c, LOAD(width(size), R0, FP, BUFFER));
	}
	if (e->type.is_signed || e->type.is_bool)
		put_cut(c, e->type);
}

/* The division that BPF has is of unsigned numbers: R1 by R0, to R1. */
static void put_divide(struct gen_code *c, enum op op, bool is_signed)
{
	u8 code = op == E_DIV ? BPF_DIV : BPF_MOD;
	u32 skip;

	if (!is_signed) {
		put(c, ALU(code, R1, R0));
		return;
	}
	put(c, MOV(R2, R1)); /* has the result's sign */
	if (op == E_DIV)
		put(c, ALU(BPF_XOR, R2, R0));
	for (u8 r = R0; r <= R1; r++) {
		skip = put_jump(c, JUMP_IMM(BPF_JSGE, r, 0));
		put(c, ALU_IMM(BPF_NEG, r, 0));
		land(c, skip);
	}
	put(c, ALU(code, R1, R0));
	skip = put_jump(c, JUMP_IMM(BPF_JSGE, R2, 0));
	put(c, ALU_IMM(BPF_NEG, R1, 0));
	land(c, skip);
}

static struct ctype decayed(struct ctype t)
{
	if (t.base == C_ARRAY && !t.depth) {
		t = gen_element(t);
		t.depth++;
	}
	return t;
}

static void put_scaled(struct gen_code *c, const struct expr *e, struct ctype pointer)
{
	u32 size;

	put_value(c, e);
	if (!pointer.depth || decayed(e->type).depth)
		return;
	size = gen_size(gen_element(pointer));
	if (size > 1)
		put(c, ALU_IMM(BPF_MUL, R0, size));
}

static u8 jump_of(enum op op, bool is_signed)
{
	switch (op) {
	case E_LT:
		return is_signed ? BPF_JSLT : BPF_JLT;
	case E_GT:
		return is_signed ? BPF_JSGT : BPF_JGT;
	case E_LE:
		return is_signed ? BPF_JSLE : BPF_JLE;
	case E_GE:
		return is_signed ? BPF_JSGE : BPF_JGE;
	case E_EQ:
		return BPF_JEQ;
	default:
		return BPF_JNE;
	}
}

static u8 alu_of(enum op op, bool is_signed)
{
	static const u8 ops[] = {
		[E_MUL] = BPF_MUL, [E_ADD] = BPF_ADD, [E_SUB] = BPF_SUB, [E_SHL] = BPF_LSH,
		[E_AND] = BPF_AND, [E_XOR] = BPF_XOR, [E_OR] = BPF_OR
	};

	return op == E_SHR ? (is_signed ? BPF_ARSH : BPF_RSH) : ops[op];
}

static void put_binary(struct gen_code *c, const struct expr *e)
{
	const struct expr *a = e->kid[0], *b = e->kid[1];
	bool compares = e->op >= E_LT && e->op <= E_NE, shifts = e->op == E_SHL || e->op == E_SHR;
	struct ctype t = compares ? gen_common(decayed(a->type), decayed(b->type)) : e->type,
		     pointer = decayed(e->type);

	put_scaled(c, a, pointer);
	convert(c, a->type, t);
	push(c, e->is);
	put_scaled(c, b, pointer);
	if (shifts)
		put(c, ALU_IMM(BPF_AND, R0, 8 * size_of_value(t) - 1));
	else
		convert(c, b->type, t);
	pop(c, R1);
	if (compares) {
		put_truth(c, JUMP_IF(jump_of(e->op, t.is_signed), R1, R0));
		return;
	}
	if (e->op == E_DIV || e->op == E_MOD)
		put_divide(c, e->op, t.is_signed);
	else
		put(c, ALU(alu_of(e->op, t.is_signed), R1, R0));
	put(c, MOV(R0, R1));
	if (e->op == E_SUB && decayed(a->type).depth && decayed(b->type).depth) {
		u32 size = gen_size(gen_element(decayed(a->type)));

		put(c, MOV(R1, R0));
		put_number(c, R0, size);
		put_divide(c, E_DIV, true);
		put(c, MOV(R0, R1));
	}
	put_cut(c, e->type);
}

static void put_logical(struct gen_code *c, const struct expr *e)
{
	u8 decides = e->op == E_LOR ? BPF_JNE : BPF_JEQ;
	u32 early, end;

	put_value(c, e->kid[0]);
	early = put_jump(c, JUMP_IMM(decides, R0, 0));
	put_value(c, e->kid[1]);
	put_truth(c, JUMP_IMM(BPF_JNE, R0, 0));
	end = put_jump(c, JUMP);
	land(c, early);
	put(c, MOV_IMM(R0, e->op == E_LOR));
	land(c, end);
}

static void put_cond(struct gen_code *c, const struct expr *e)
{
	u32 no, end;

	put_value(c, e->kid[0]);
	no = put_jump(c, JUMP_IMM(BPF_JEQ, R0, 0));
	put_value(c, e->kid[1]);
	convert(c, e->kid[1]->type, e->type);
	end = put_jump(c, JUMP);
	land(c, no);
	put_value(c, e->kid[2]);
	convert(c, e->kid[2]->type, e->type);
	land(c, end);
}

/* Eight bytes of the string at a time, the last of them filled with zeros. */
static void put_strcmp(struct gen_code *c, const struct expr *e)
{
	u32 len = c->binary ? e->string_len : strlen(e->string);
	/* A longer string has one more byte, which is read for that. */
	u32 read = c->binary ? len : len + 2, room = (read + 7) & ~7u;
	u32 differs[2 + LONGEST / 8], n = 0, end;
	s32 at;
	u64 word;

	if (len > LONGEST)
		gen_error(c->text, e->is, "STRCMP() compares with at most %d characters", LONGEST);
	if (!len && c->binary)
		gen_error(c->text, e->is, "with -B, there must be bytes to compare with");
	at = reserve(c, room, e->is);
	put_value(c, e->kid[0]);
	for (u32 i = 0; i < room; i += 8)
		put(c, STORE_IMM(BPF_DW, FP, at + i, 0));
	put_read(c, FP, at, read, memory_of_value(e->kid[0]), !c->binary);
	differs[n++] = put_jump(c, JUMP_IMM(BPF_JNE, R0, c->binary ? 0 : len + 1));
	for (u32 i = 0; i < len; i += 8) {
		word = 0;
		memcpy(&word, e->string + i, len - i < 8 ? len - i : 8);
		put(c, LOAD(BPF_DW, R1, FP, at + i));
		put_number(c, R2, word);
		differs[n++] = put_jump(c, JUMP_IF(BPF_JNE, R1, R2));
	}
	put(c, MOV_IMM(R0, 1));
	end = put_jump(c, JUMP);
	while (n)
		land(c, differs[--n]);
	put(c, MOV_IMM(R0, 0));
	land(c, end);
	c->low += room;
}

static void put_value(struct gen_code *c, const struct expr *e)
{
	switch (e->op) {
	case E_NUMBER:
		put_number(c, R0, e->number);
		break;
	case E_ARG:
		put(c, LOAD(BPF_DW, R0, FRAME, e->off & ~7u));
		if (e->off & 7) /* $tgid, the upper half */
			put(c, ALU_IMM(BPF_RSH, R0, 32));
		/* The rest of the register is not the bool's. */
		if (e->type.is_bool && !e->type.depth)
			put(c, ALU_IMM(BPF_AND, R0, 0xff));
		put_cut(c, e->type);
		break;
	case E_CURRENT:
		put(c, CALL_HELPER(e->func));
		if (e->bit_off)
			put(c, ALU_IMM(BPF_RSH, R0, e->bit_off));
		put_cut(c, e->type);
		break;
	case E_MEMBER:
	case E_ARROW:
	case E_FIELD:
	case E_INDEX:
	case E_DEREF:
		if (gen_is_number(e->type))
			put_content(c, e);
		else
			put_address(c, e);
		break;
	case E_USER:
		put_value(c, e->kid[0]);
		break;
	case E_ADDRESS:
		put_address(c, e->kid[0]);
		break;
	case E_CAST:
		put_value(c, e->kid[0]);
		convert(c, e->kid[0]->type, e->type);
		break;
	case E_NEG:
	case E_COMPLEMENT:
		put_value(c, e->kid[0]);
		put(c, e->op == E_NEG ? ALU_IMM(BPF_NEG, R0, 0) : ALU_IMM(BPF_XOR, R0, -1));
		put_cut(c, e->type);
		break;
	case E_NOT:
		put_value(c, e->kid[0]);
		put_truth(c, JUMP_IMM(BPF_JEQ, R0, 0));
		break;
	case E_LAND:
	case E_LOR:
		put_logical(c, e);
		break;
	case E_COND:
		put_cond(c, e);
		break;
	case E_STRCMP:
		put_strcmp(c, e);
		break;
	default:
		put_binary(c, e);
	}
}

/* ---- functions ---- */

static void begin(struct gen_code *c)
{
	c->n = 0;
	c->low = BUFFER;
	put(c, MOV(CTX, R1));
	put(c, MOV(FRAME, R2));
	put(c, MOV(VALUES, R3));
}

void gen_number(struct gen_code *c, const struct expr *e)
{
	begin(c);
	put_value(c, e);
	put(c, EXIT);
}

void gen_filter(struct gen_code *c, const struct expr *filter)
{
	begin(c);
	if (filter) {
		put_value(c, filter);
		put_truth(c, JUMP_IMM(BPF_JNE, R0, 0));
	} else {
		put(c, MOV_IMM(R0, 1));
	}
	put(c, EXIT);
}

static u32 string_room(const struct gen_value *v)
{
	return (v->room + 7) & ~7u;
}

u32 gen_value_size(const struct gen_value *v)
{
	if (v->told)
		return offsetof(struct gen_told, bytes) + string_room(v) + ((v->target + 7) & ~7u);
	return v->room ? offsetof(struct gen_string, bytes) + string_room(v) : 8;
}

static void put_string(struct gen_code *c, const struct gen_value *v, u32 at)
{
	u32 bytes = at + offsetof(struct gen_string, bytes), room = v->room,
	    size = gen_size(v->is->type);

	/* An array that is full has no NUL. */
	if (v->is->type.base == C_ARRAY && !v->is->type.depth && !v->is->dynamic && size + 1 < room)
		room = size + 1;
	put_value(c, v->is);
	for (u32 i = 0; i < string_room(v); i += 8)
		put(c, STORE_IMM(BPF_DW, VALUES, bytes + i, 0));
	put_read(c, VALUES, bytes, room, memory_of_value(v->is), true);
	put(c, STORE(BPF_DW, VALUES, at, R0));
}

/* What can't be read is told here, and is no fault. */
static void put_told(struct gen_code *c, const struct gen_value *v, u32 at)
{
	u32 bytes = at + offsetof(struct gen_told, bytes), size = v->room ?: v->target;

	put(c, LOAD(BPF_DW, R0, FRAME, offsetof(struct gen_frame, faults)));
	push(c, v->is->is);
	put_value(c, v->is);
	put(c, STORE(BPF_DW, VALUES, at + offsetof(struct gen_told, number), R0));
	if (size) {
		for (u32 i = 0; i < string_room(v); i += 8)
			put(c, STORE_IMM(BPF_DW, VALUES, bytes + i, 0));
		/* The last of them may not be written to. */
		if (v->target & 7)
			put(c, STORE_IMM(BPF_DW, VALUES, bytes + (v->target & ~7u), 0));
		put_read(c, VALUES, bytes, size, memory_of_value(v->is), v->room);
		if (v->target) {
			u32 failed = put_jump(c, JUMP_IMM(BPF_JSLT, R0, 0));

			put(c, MOV_IMM(R0, v->target));
			land(c, failed);
		}
	} else {
		put(c, LOAD(BPF_DW, R0, FP, c->low));
		put(c, LOAD(BPF_DW, R1, FRAME, offsetof(struct gen_frame, faults)));
		put(c, ALU(BPF_SUB, R0, R1));
	}
	put(c, STORE(BPF_DW, VALUES, at + offsetof(struct gen_told, got), R0));
	pop(c, R0);
	put(c, STORE(BPF_DW, FRAME, offsetof(struct gen_frame, faults), R0));
}

void gen_values(struct gen_code *c, const struct gen_value *v, u32 n)
{
	u32 at = 0;

	begin(c);
	for (u32 i = 0; i < n; i++) {
		if (v[i].told) {
			put_told(c, &v[i], at);
		} else if (v[i].room) {
			put_string(c, &v[i], at);
		} else {
			put_value(c, v[i].is);
			put(c, STORE(BPF_DW, VALUES, at, R0));
		}
		at += gen_value_size(&v[i]);
	}
	put(c, MOV_IMM(R0, 0));
	put(c, EXIT);
}
