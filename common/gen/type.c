// SPDX-License-Identifier: BSD-2-Clause
#include "gen/expr.h"
#include "kernel/kbtf.h"
#include "lib/gen.h"
#include <err.h>
#include <linux/bpf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct btf *types;
static enum { UNKNOWN, TELL, DONT_TELL } enums; /* which of them are signed */

void gen_types(struct btf *btf)
{
	types = btf;
	enums = UNKNOWN;
}

void gen_add(struct gen_name **names, u32 *n, const struct gen_name *add)
{
	struct gen_name *more = gen_alloc((*n + 1) * sizeof(*more));

	if (*n)
		memcpy(more, *names, *n * sizeof(*more));
	more[(*n)++] = *add;
	*names = more;
}

/* ---- BTF ---- */

struct ctype gen_int(u8 size, bool is_signed)
{
	return (struct ctype){ .base = C_INT, .size = size, .is_signed = is_signed };
}

static const struct btf_type *bare(u32 *id, struct ctype *c)
{
	const struct btf_type *t = btf__type_by_id(types, *id);

	while (t && (btf_is_mod(t) || btf_is_typedef(t) || btf_kind(t) == BTF_KIND_TYPE_TAG)) {
		if (btf_kind(t) == BTF_KIND_TYPE_TAG &&
		    !strcmp(btf__str_by_offset(types, t->name_off), "user"))
			c->user = true;
		*id = t->type;
		t = btf__type_by_id(types, *id);
	}
	return t;
}

/* If any enum is said to be signed, those that are not said to be are not.  Before Linux 6.0 none is. */
static bool enums_tell(void)
{
	for (u32 id = 1, n = btf__type_cnt(types); enums == UNKNOWN && id < n; id++) {
		const struct btf_type *t = btf__type_by_id(types, id);

		if (btf_is_any_enum(t) && btf_kflag(t))
			enums = TELL;
	}
	if (enums == UNKNOWN)
		enums = DONT_TELL;
	return enums == TELL;
}

static bool is_signed_enum(const struct btf_type *t)
{
	for (u32 i = 0; btf_is_enum(t) && !btf_kflag(t) && i < btf_vlen(t); i++)
		if (btf_enum(t)[i].val < 0)
			return !enums_tell();
	return btf_kflag(t);
}

struct ctype gen_btf_type(u32 id)
{
	struct ctype c = { .declared = id };
	const struct btf_type *t = bare(&id, &c);

	for (; t && btf_is_ptr(t); t = bare(&id, &c)) {
		c.depth++;
		id = t->type;
	}
	if (!t || !id)
		return c;
	switch (btf_kind(t)) {
	case BTF_KIND_INT:
		c.base = C_INT;
		c.size = t->size;
		c.is_signed = btf_int_encoding(t) & BTF_INT_SIGNED;
		c.is_bool = btf_int_encoding(t) & BTF_INT_BOOL;
		break;
	case BTF_KIND_ENUM:
	case BTF_KIND_ENUM64:
		/* Without negative values, C's enums are unsigned. */
		c.base = C_INT;
		c.size = t->size;
		c.is_signed = is_signed_enum(t);
		break;
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
	case BTF_KIND_FWD:
		c.base = C_RECORD;
		c.id = id;
		break;
	case BTF_KIND_ARRAY:
		c.base = C_ARRAY;
		c.id = id;
		break;
	case BTF_KIND_FUNC_PROTO:
		c.base = C_FUNC;
		break;
	}
	return c;
}

u32 gen_size(struct ctype c)
{
	s64 n;

	if (c.depth)
		return 8;
	if (c.base == C_INT)
		return c.size;
	n = c.id ? btf__resolve_size(types, c.id) : c.size * c.elements;
	return n > 0 ? n : 1;
}

/* What a pointer leads to, as it was declared, or 0. */
static u32 pointee(u32 id)
{
	struct ctype c;
	const struct btf_type *t = id ? bare(&id, &c) : NULL;

	return t && btf_is_ptr(t) ? t->type : 0;
}

struct ctype gen_element(struct ctype c)
{
	struct ctype e;

	if (c.depth) {
		c.depth--;
		c.declared = pointee(c.declared);
		return c;
	}
	if (!c.id)
		return gen_int(c.size, c.is_signed);
	e = gen_btf_type(btf_array(btf__type_by_id(types, c.id))->type);
	e.user |= c.user;
	return e;
}

/* ---- names that are near ---- */

static u32 distance(const char *a, size_t n, const char *b)
{
	size_t m = strlen(b);
	u32 row[64];

	if (n > 63 || m > 63)
		return 99;
	for (size_t j = 0; j <= m; j++)
		row[j] = j;
	for (size_t i = 1; i <= n; i++) {
		u32 diagonal = row[0];

		row[0] = i;
		for (size_t j = 1; j <= m; j++) {
			u32 up = row[j], best = diagonal + (a[i - 1] != b[j - 1]);

			best = best < up + 1 ? best : up + 1;
			best = best < row[j - 1] + 1 ? best : row[j - 1] + 1;
			diagonal = up;
			row[j] = best;
		}
	}
	return row[m];
}

struct nearest {
	struct piece to;
	const char *name;
	u32 distance;
};

static void nearer(struct nearest *n, const char *name)
{
	u32 d = distance(n->to.at, n->to.len, name);

	/* The end of a name, as pos of f_pos, is nearer than a few wrong letters. */
	if (strlen(name) > n->to.len &&
	    !memcmp(name + strlen(name) - n->to.len, n->to.at, n->to.len))
		d = 1;
	if (!n->name || d < n->distance) {
		n->name = name;
		n->distance = d;
	}
}

static bool is_name(struct piece p, const char *name)
{
	return strlen(name) == p.len && !memcmp(name, p.at, p.len);
}

/* ---- names of types ---- */

static const struct {
	const char *name;
	u8 size;
	bool is_signed;
} ints[] = {
	{ "char", 1, true },
	{ "signed char", 1, true },
	{ "unsigned char", 1, false },
	{ "short", 2, true },
	{ "unsigned short", 2 },
	{ "int", 4, true },
	{ "unsigned int", 4 },
	{ "unsigned", 4 },
	{ "signed", 4, true },
	{ "signed int", 4, true },
	{ "long", 8, true },
	{ "unsigned long", 8 },
	{ "long int", 8, true },
	{ "long unsigned int", 8 },
	{ "unsigned long int", 8 },
	{ "long long", 8, true },
	{ "short int", 2, true },
	{ "unsigned short int", 2 },
	{ "short unsigned int", 2 },
	{ "unsigned long long", 8 },
	{ "long long int", 8, true },
	{ "unsigned long long int", 8 },
	{ "long long unsigned int", 8 },
	{ "u8", 1 },
	{ "u16", 2 },
	{ "u32", 4 },
	{ "u64", 8 },
	{ "s8", 1, true },
	{ "s16", 2, true },
	{ "s32", 4, true },
	{ "s64", 8, true },
	{ "__u8", 1 },
	{ "__u16", 2 },
	{ "__u32", 4 },
	{ "__u64", 8 },
	{ "__s8", 1, true },
	{ "__s16", 2, true },
	{ "__s32", 4, true },
	{ "__s64", 8, true },
	{ "uint8_t", 1 },
	{ "uint16_t", 2 },
	{ "uint32_t", 4 },
	{ "uint64_t", 8 },
	{ "int8_t", 1, true },
	{ "int16_t", 2, true },
	{ "int32_t", 4, true },
	{ "int64_t", 8, true },
	{ "size_t", 8 },
	{ "ssize_t", 8, true },
	{ "uintptr_t", 8 },
	{ "pid_t", 4, true },
	{ "uid_t", 4 },
	{ "gid_t", 4 },
	{ "off_t", 8, true },
	{ "loff_t", 8, true },
};

static struct ctype pointer_to(struct ctype c, u8 depth)
{
	c.depth += depth;
	c.declared = depth ? 0 : c.declared;
	return c;
}

static s32 find_type(const char *name)
{
	static const struct {
		const char *word;
		u32 kind;
	} tags[] = { { "struct ", BTF_KIND_STRUCT },
		     { "union ", BTF_KIND_UNION },
		     { "enum ", BTF_KIND_ENUM } };

	for (size_t i = 0; i < sizeof(tags) / sizeof(*tags); i++)
		if (!strncmp(name, tags[i].word, strlen(tags[i].word)))
			return btf__find_by_name_kind(types, name + strlen(tags[i].word),
						      tags[i].kind);
	return btf__find_by_name_kind(types, name, BTF_KIND_TYPEDEF);
}

/* Structs of programs that the kernel has by another name. */
static const struct {
	const char *name, *kernel;
} same_structs[] = {
	{ "struct timespec", "struct __kernel_timespec" },
	{ "struct timeval", "struct __kernel_old_timeval" },
};

static s32 find_same_struct(const char *name)
{
	for (size_t i = 0; i < sizeof(same_structs) / sizeof(*same_structs); i++)
		if (!strcmp(name, same_structs[i].name))
			return find_type(same_structs[i].kernel);
	return -1;
}

bool gen_find_type(const struct type_name *t, struct ctype *found)
{
	s32 id;

	if (!strcmp(t->name, "void")) {
		*found = pointer_to((struct ctype){ .base = C_VOID }, t->depth);
		return true;
	}
	if (!strcmp(t->name, "bool") || !strcmp(t->name, "_Bool")) {
		*found = pointer_to(gen_int(1, false), t->depth);
		found->is_bool = true;
		return true;
	}
	for (size_t i = 0; i < sizeof(ints) / sizeof(*ints); i++)
		if (!strcmp(ints[i].name, t->name)) {
			*found = pointer_to(gen_int(ints[i].size, ints[i].is_signed), t->depth);
			return true;
		}
	id = types ? find_type(t->name) : -1;
	if (id < 0 && types)
		id = find_same_struct(t->name);
	if (id < 0)
		return false;
	*found = pointer_to(gen_btf_type(id), t->depth);
	return true;
}

struct ctype gen_named(const struct gen_scope *s, const struct type_name *t)
{
	struct ctype c;

	if (!gen_find_type(t, &c))
		gen_error(s->text, t->is, "the kernel's types have no %s%s",
			  strchr(t->name, ' ') ? "" : "type ", t->name);
	return c;
}

/* ---- members ---- */

/* Names that the kernel's headers define for members of members: sk_dport is __sk_common.skc_dport. */
static const struct {
	const char *record, *prefix, *path, *member_prefix;
} defined[] = {
	{ "sock", "sk_", "__sk_common", "skc_" },
	{ "inet_sock", "inet_", "sk", "sk_" },
};

static bool find_member(u32 id, struct piece name, struct expr *e, u32 at, struct nearest *near);

static bool find_defined(u32 id, struct piece name, struct expr *e, u32 at, struct nearest *near)
{
	const char *record = btf__str_by_offset(types, btf__type_by_id(types, id)->name_off);
	char renamed[64];

	for (size_t i = 0; i < sizeof(defined) / sizeof(*defined); i++) {
		size_t n = strlen(defined[i].prefix);
		struct piece path = { defined[i].path, strlen(defined[i].path) };
		struct expr via = {};

		if (strcmp(record, defined[i].record) || name.len <= n ||
		    memcmp(name.at, defined[i].prefix, n) ||
		    !find_member(id, path, &via, 0, near) || via.type.base != C_RECORD ||
		    via.type.depth)
			continue;
		n = snprintf(renamed, sizeof(renamed), "%s%.*s", defined[i].member_prefix,
			     (int)(name.len - n), name.at + n);
		return n < sizeof(renamed) && find_member(via.type.id, (struct piece){ renamed, n },
							  e, at + via.off * 8, near);
	}
	return false;
}

/* Set E's type and offset to those of a member, which can be in a struct or union without a name.  AT is in bits. */
static bool find_member(u32 id, struct piece name, struct expr *e, u32 at, struct nearest *near)
{
	const struct btf_type *t = btf__type_by_id(types, id);
	const struct btf_member *m = btf_members(t);

	if (!btf_is_composite(t))
		return false;
	for (u32 i = 0; i < btf_vlen(t); i++) {
		const char *its = btf__str_by_offset(types, m[i].name_off);
		u32 bit = at + btf_member_bit_offset(t, i);
		struct ctype inner;

		if (!*its) {
			inner = gen_btf_type(m[i].type);
			if (inner.base == C_RECORD && !inner.depth &&
			    find_member(inner.id, name, e, bit, near))
				return true;
			continue;
		}
		if (!is_name(name, its)) {
			nearer(near, its);
			continue;
		}
		e->type = gen_btf_type(m[i].type);
		e->off = bit / 8;
		e->bits = btf_member_bitfield_size(t, i);
		e->bit_off = bit % 8;
		return true;
	}
	return find_defined(id, name, e, at, near);
}

static void type_member(struct expr *e, const struct gen_scope *s)
{
	struct ctype of = e->kid[0]->type;
	struct nearest near = { .to = e->name };
	const char *record;

	if (e->op == E_ARROW ? of.depth != 1 : of.depth) {
		if (of.base == C_RECORD && of.depth < 2)
			gen_error(s->text, e->kid[0]->is, "expected %s; use %s",
				  e->op == E_ARROW ? "a pointer to a struct"
						   : "a struct, but this is a pointer",
				  e->op == E_ARROW ? "." : "->");
		gen_error(s->text, e->kid[0]->is, "expected a %sstruct with members",
			  e->op == E_ARROW ? "pointer to a " : "");
	}
	if (of.base != C_RECORD)
		gen_error(s->text, e->kid[0]->is,
			  "expected a %sstruct with members: cast it, as in ((struct file "
			  "*)arg1)->f_pos",
			  e->op == E_ARROW ? "pointer to a " : "");
	record = btf__str_by_offset(types, btf__type_by_id(types, of.id)->name_off);
	if (btf_is_fwd(btf__type_by_id(types, of.id)))
		gen_error(s->text, e->kid[0]->is,
			  "the kernel's types only have the name of struct %s", record);
	if (!find_member(of.id, e->name, e, 0, &near)) {
		if (near.name)
			gen_error(s->text, e->name,
				  "struct %s has no member %.*s; the nearest is %s", record,
				  (int)e->name.len, e->name.at, near.name);
		gen_error(s->text, e->name, "struct %s has no member %.*s", record,
			  (int)e->name.len, e->name.at);
	}
	if (e->bits && (e->bit_off + e->bits > 64))
		gen_error(s->text, e->name, "this bit-field can't be read");
	e->type.user |= of.user;
	if (!e->bits)
		return;
	/* What C makes of it before it computes: an int, if that has all its values. */
	e->is_unsigned = !e->type.is_signed;
	if (e->bits > 32)
		return;
	e->type.is_signed = e->bits < 32 || !e->is_unsigned;
	e->type.is_bool = false;
	e->type.size = 4;
}

/* ---- names ---- */

static void become_number(struct expr *e, u64 n, struct ctype type)
{
	e->op = E_NUMBER;
	e->number = n;
	e->type = type;
}

static bool is_enumerator(struct piece name, u32 name_off)
{
	return is_name(name, btf__str_by_offset(types, name_off));
}

/* A constant is an int if that has its value. */
static void become_enumerator(struct expr *e, s32 v, bool is_signed)
{
	if (v < 0 && !is_signed)
		become_number(e, (u32)v, gen_int(4, false));
	else
		become_number(e, (s64)v, gen_int(4, true));
}

static bool find_enumerator(struct expr *e)
{
	u32 n = types ? btf__type_cnt(types) : 0;

	for (u32 id = 1; id < n; id++) {
		const struct btf_type *t = btf__type_by_id(types, id);

		for (u32 i = 0; btf_is_enum(t) && i < btf_vlen(t); i++)
			if (is_enumerator(e->name, btf_enum(t)[i].name_off)) {
				become_enumerator(e, btf_enum(t)[i].val, is_signed_enum(t));
				return true;
			}
		for (u32 i = 0; btf_is_enum64(t) && i < btf_vlen(t); i++)
			if (is_enumerator(e->name, btf_enum64(t)[i].name_off)) {
				become_number(e, btf_enum64_value(&btf_enum64(t)[i]),
					      gen_int(8, btf_kflag(t)));
				return true;
			}
	}
	return false;
}

static void become(struct expr *e, const struct gen_name *n)
{
	e->op = n->op;
	e->type = n->type;
	e->off = n->off;
	e->dynamic = n->dynamic;
}

/* Names of macros are in capitals. */
static bool is_macro(struct piece name)
{
	for (u32 i = 0; i < name.len; i++)
		if (name.at[i] >= 'a' && name.at[i] <= 'z')
			return false;
	return true;
}

static void type_name(struct expr *e, const struct gen_scope *s)
{
	struct nearest near = { .to = e->name };

	for (u32 i = 0; i < s->n_names; i++) {
		if (is_name(e->name, s->names[i].name)) {
			become(e, &s->names[i]);
			return;
		}
		nearer(&near, s->names[i].name);
	}
	if (is_name(e->name, "NULL") || is_name(e->name, "true") || is_name(e->name, "false")) {
		become_number(e, is_name(e->name, "true"), gen_int(4, true));
		return;
	}
	if (is_name(e->name, "args"))
		gen_error(s->text, e->is,
			  s->n_fields ? "expected args->FIELD" : "only tracepoints have args->");
	if (find_enumerator(e))
		return;
	for (u32 i = 0; i < s->n_entry; i++)
		if (is_name(e->name, s->entry[i].name))
			gen_error(s->text, e->is,
				  "the arguments are not known any more when a function returns: "
				  "write $entry(%s)",
				  s->entry[i].name);
	if (e->name.len == 4 && !memcmp(e->name.at, "arg", 3) && s->no_args)
		gen_error(s->text, e->is, "%s", s->no_args);
	if (is_macro(e->name))
		gen_error(s->text, e->is,
			  "there is no %.*s in the kernel's enums, and what its headers #define is "
			  "not known: give the number",
			  (int)e->name.len, e->name.at);
	if (near.name && near.distance <= 3)
		gen_error(s->text, e->is, "there is no %.*s here; the nearest is %s",
			  (int)e->name.len, e->name.at, near.name);
	gen_error(
		s->text, e->is,
		"there is no %.*s here: expected an argument, a constant of an enum or a $variable",
		(int)e->name.len, e->name.at);
}

static void type_field(struct expr *e, const struct gen_scope *s)
{
	struct nearest near = { .to = e->name };

	for (u32 i = 0; i < s->n_fields; i++) {
		if (is_name(e->name, s->fields[i].name)) {
			become(e, &s->fields[i]);
			return;
		}
		nearer(&near, s->fields[i].name);
	}
	gen_error(s->text, e->name, "this tracepoint has no field %.*s; the nearest is %s",
		  (int)e->name.len, e->name.at, near.name);
}

static void type_entry(struct expr *e, const struct gen_scope *s)
{
	struct nearest near = { .to = e->name };

	if (!s->returns)
		gen_error(s->text, e->is, "only probes of returns, r:, have $entry()");
	for (u32 i = 0; i < s->n_entry; i++) {
		if (is_name(e->name, s->entry[i].name)) {
			become(e, &s->entry[i]);
			return;
		}
		nearer(&near, s->entry[i].name);
	}
	gen_error(s->text, e->name, "the function has no argument %.*s; the nearest is %s",
		  (int)e->name.len, e->name.at, near.name);
}

static void type_variable(struct expr *e, const struct gen_scope *s)
{
	/* Of struct gen_frame, or what a helper returns. */
	static const struct {
		const char *name;
		enum op op;
		u32 off, func, shift;
	} variables[] = {
		{ "$pid", E_ARG, offsetof(struct gen_frame, ids) },
		{ "$tgid", E_ARG, offsetof(struct gen_frame, ids) + 4 },
		{ "$PID", E_ARG, offsetof(struct gen_frame, ids) + 4 },
		{ "$latency", E_ARG, offsetof(struct gen_frame, latency) },
		{ "$uid", E_CURRENT, 0, BPF_FUNC_get_current_uid_gid },
		{ "$gid", E_CURRENT, 0, BPF_FUNC_get_current_uid_gid, 32 },
		{ "$cpu", E_CURRENT, 0, BPF_FUNC_get_smp_processor_id },
		{ "$task", E_CURRENT, 0, BPF_FUNC_get_current_task },
		{ "$comm", E_CURRENT, 0, BPF_FUNC_get_current_task },
		{ "$COMM", E_CURRENT, 0, BPF_FUNC_get_current_task },
	};
	const struct type_name task = { .is = e->is, .name = "struct task_struct", .depth = 1 };
	struct expr *of;

	for (size_t i = 0; i < sizeof(variables) / sizeof(*variables); i++) {
		if (!is_name(e->name, variables[i].name))
			continue;
		e->op = variables[i].op;
		e->off = variables[i].off;
		e->func = variables[i].func;
		e->bit_off = variables[i].shift;
		e->type = gen_int(4, false);
		if (e->func == BPF_FUNC_get_current_task)
			e->type = gen_named(s, &task);
		if (e->off == offsetof(struct gen_frame, latency)) {
			if (!s->returns)
				gen_error(s->text, e->is,
					  "only probes of returns, r:, have $latency");
			e->type = gen_int(8, false);
		}
		if (is_name(e->name, "$comm") || is_name(e->name, "$COMM")) { /* $task->comm */
			of = gen_alloc(sizeof(*of));
			*of = *e;
			e->op = E_ARROW;
			e->kid[0] = of;
			e->name = (struct piece){ "comm", 4 };
			type_member(e, s);
			e->name = e->is;
		}
		return;
	}
	if (is_name(e->name, "$retval")) {
		e->name.at++;
		e->name.len--;
		type_name(e, s);
		return;
	}
	gen_error(
		s->text, e->is,
		"expected $pid, $tgid, $PID, $uid, $gid, $cpu, $comm, $task, $retval, $latency or "
		"$entry(x)");
}

/* ---- operators ---- */

bool gen_is_place(const struct expr *e)
{
	return e->op == E_MEMBER || e->op == E_ARROW || e->op == E_INDEX || e->op == E_DEREF ||
	       e->op == E_FIELD;
}

/* A value: a number, or a pointer.  An array is a pointer to its first element. */
struct ctype gen_value_type(struct expr *e, const struct gen_scope *s)
{
	struct ctype t = e->type;

	if (t.base == C_ARRAY && !t.depth)
		return pointer_to(gen_element(t), 1);
	if (!gen_is_number(t))
		gen_error(s->text, e->is,
			  t.base == C_RECORD
				  ? "expected a value, but this is a whole struct: choose a member"
				  : "expected a value, but this has none");
	if (!t.depth && t.size > 8)
		gen_error(s->text, e->is, "this number has %u bits, and there are 64", 8 * t.size);
	return t;
}

/* C's integer promotions. */
static struct ctype promoted(struct ctype t)
{
	if (t.depth)
		return gen_int(8, false);
	return t.size < 4 ? gen_int(4, true) : gen_int(t.size, t.is_signed);
}

/* C's usual arithmetic conversions. */
struct ctype gen_common(struct ctype a, struct ctype b)
{
	a = promoted(a);
	b = promoted(b);
	if (a.size != b.size)
		return a.size > b.size ? a : b;
	return gen_int(a.size, a.is_signed && b.is_signed);
}

static void type_binary(struct expr *e, const struct gen_scope *s)
{
	struct ctype a = gen_value_type(e->kid[0], s), b = gen_value_type(e->kid[1], s);

	switch (e->op) {
	case E_ADD:
	case E_SUB:
		if (a.depth && b.depth && e->op == E_SUB) {
			if (gen_size(gen_element(a)) != gen_size(gen_element(b)))
				gen_error(s->text, e->is, "these pointers are of different types");
			e->type = gen_int(8, true);
		} else if (a.depth && b.depth) {
			gen_error(s->text, e->is, "pointers can't be added");
		} else if (b.depth && e->op == E_SUB) {
			gen_error(s->text, e->is, "a pointer can't be subtracted from a number");
		} else {
			e->type = a.depth ? a : b.depth ? b : gen_common(a, b);
		}
		return;
	case E_SHL:
	case E_SHR:
		e->type = promoted(a);
		break;
	case E_LAND:
	case E_LOR:
	case E_LT:
	case E_GT:
	case E_LE:
	case E_GE:
	case E_EQ:
	case E_NE:
		e->type = gen_int(4, true);
		return;
	default:
		e->type = gen_common(a, b);
	}
	if (a.depth || b.depth)
		gen_error(s->text, e->is,
			  "expected numbers, but there is a pointer: cast it to u64");
}

void gen_type(struct expr *e, const struct gen_scope *s)
{
	struct ctype t, u;

	if (e->op == E_ARROW && e->kid[0]->op == E_NAME && s->n_fields &&
	    is_name(e->kid[0]->name, "args")) {
		type_field(e, s);
		return;
	}
	for (int i = 0; i < 3 && e->kid[i]; i++)
		gen_type(e->kid[i], s);
	switch (e->op) {
	case E_NUMBER:
		e->type = gen_int(e->is_long ? 8 : 4, !e->is_unsigned);
		break;
	case E_NAME:
		type_name(e, s);
		break;
	case E_VARIABLE:
		type_variable(e, s);
		break;
	case E_ENTRY:
		type_entry(e, s);
		break;
	case E_MEMBER:
	case E_ARROW:
		if (e->op == E_MEMBER && !e->kid[0]->type.depth && !gen_is_place(e->kid[0]))
			gen_error(s->text, e->kid[0]->is, "expected a struct with members");
		type_member(e, s);
		break;
	case E_INDEX:
		gen_value_type(e->kid[1], s);
		t = gen_value_type(e->kid[0], s);
		if (!t.depth || e->kid[1]->type.depth)
			gen_error(s->text, e->is,
				  "expected an array or a pointer, and a number in brackets");
		goto deref;
	case E_DEREF:
		t = gen_value_type(e->kid[0], s);
		if (!t.depth)
			gen_error(s->text, e->kid[0]->is,
				  "expected a pointer: cast it, as in *(u32 *)arg1");
	deref:
		e->type = gen_element(t);
		if (!e->type.depth && (e->type.base == C_VOID || e->type.base == C_FUNC))
			gen_error(s->text, e->is,
				  "there is nothing to read at this pointer: cast it, as in *(u32 "
				  "*)arg1");
		break;
	case E_USER:
		e->type = e->kid[0]->type;
		e->type.user = true;
		break;
	case E_STRCMP:
		gen_value_type(e->kid[0], s);
		e->type = gen_int(4, true);
		break;
	case E_SIZEOF:
		t = e->cast ? gen_named(s, e->cast) : e->kid[0]->type;
		e->op = E_NUMBER;
		e->number = gen_size(t);
		e->kid[0] = NULL;
		e->type = gen_int(8, false);
		break;
	case E_CAST:
		t = gen_value_type(e->kid[0], s);
		e->type = gen_named(s, e->cast);
		if (!gen_is_number(e->type))
			gen_error(s->text, e->cast->is, "expected a type of a number or a pointer");
		e->type.user |= t.user;
		break;
	case E_NEG:
	case E_COMPLEMENT:
		t = gen_value_type(e->kid[0], s);
		if (t.depth)
			gen_error(s->text, e->is, "expected a number, but this is a pointer");
		e->type = promoted(t);
		break;
	case E_NOT:
		gen_value_type(e->kid[0], s);
		e->type = gen_int(4, true);
		break;
	case E_ADDRESS:
		if (!gen_is_place(e->kid[0]) || e->kid[0]->bits)
			gen_error(s->text, e->kid[0]->is, "this has no address");
		e->type = pointer_to(e->kid[0]->type, 1);
		break;
	case E_COND:
		gen_value_type(e->kid[0], s);
		t = gen_value_type(e->kid[1], s);
		u = gen_value_type(e->kid[2], s);
		e->type = t.depth ? t : u.depth ? u : gen_common(t, u);
		break;
	default:
		type_binary(e, s);
	}
}

/* ---- functions ---- */

bool gen_func(struct gen_scope *s, const char *func, struct ctype *ret)
{
	s32 id = types ? btf__find_by_name_kind(types, func, BTF_KIND_FUNC) : -1;
	const struct btf_type *t =
		id < 0 ? NULL : btf__type_by_id(types, btf__type_by_id(types, id)->type);
	const struct btf_param *p = t ? btf_params(t) : NULL;

	if (!t)
		return false;
	*ret = gen_btf_type(t->type);
	for (u32 i = 0, at = 0; i < btf_vlen(t) && at < GEN_ARGS; i++) {
		struct gen_name name = { .name = btf__str_by_offset(types, p[i].name_off),
					 .op = E_ARG,
					 .type = gen_btf_type(p[i].type),
					 .off = offsetof(struct gen_frame, args[at]) };
		u32 words = kbtf_arg_words(btf__resolve_size(types, p[i].type));

		/* A whole struct is in one register or two; if it doesn't fit there, where the others are is not known. */
		if (!words || at + words > GEN_ARGS)
			break;
		if (gen_is_number(name.type))
			gen_add(&s->names, &s->n_names, &name);
		at += words;
	}
	return true;
}
