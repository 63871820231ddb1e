// SPDX-License-Identifier: BSD-2-Clause
#include "gen/shape.h"
#include "lib/gen.h"
#include "output/out.h"
#include <err.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MOST_NODES    4096
#define DEEPEST       32
#define MOST_NAMES    64    /* of an enum */
#define MOST_ELEMENTS 65536 /* printed of one value */

enum how {
	SHAPE_IS_NUMBER,
	SHAPE_IS_POINTER, /* to what was read, or to nothing that can be read */
	SHAPE_IS_PLACE,   /* a struct or array itself was read */
	SHAPE_IS_STRING,
};

/* Then the nodes of what was read, or of the number; then strings. */
struct shape_head {
	u32 how;
	u32 room; /* of what is read, in the event */
	u32 size; /* of all that could have been read */
	u32 name, type;
	u32 n_nodes;
	u32 n_strings; /* bytes */
	u32 full;      /* there were more nodes */
};

enum node_kind {
	NODE_SIGNED,
	NODE_UNSIGNED,
	NODE_BOOL,
	NODE_POINTER,
	NODE_ENUM,
	NODE_NAME,  /* in an enum, of the number AT */
	NODE_CHARS, /* an array of them */
	NODE_ARRAY, /* of the node that follows */
	NODE_STRUCT,
	NODE_UNION,
	NODE_KINDS
};

struct shape_node {
	u32 kind;
	u32 name, type; /* strings; no name: "" */
	u32 at;         /* from its parent's beginning, in bits */
	u32 bits;
	u32 n;     /* elements of an array */
	u32 below; /* how many of the nodes that follow are parts of this one */
};

/* ---- from BTF ---- */

static struct btf *types; /* of what is being put together */
static struct btf_dump *declarer;
static struct btf *declarer_of;
static struct str *declared;

static void on_declared(void *ctx, const char *fmt, va_list ap)
{
	char text[256];
	int n = vsnprintf(text, sizeof(text), fmt, ap);

	(void)ctx;
	if (n > 0)
		str_put(declared, text, n < (int)sizeof(text) ? (size_t)n : sizeof(text) - 1);
}

/* Without const and typedefs. */
static u32 bare(u32 id)
{
	const struct btf_type *t = btf__type_by_id(types, id);

	while (t && (btf_is_mod(t) || btf_is_typedef(t) || btf_kind(t) == BTF_KIND_TYPE_TAG)) {
		id = t->type;
		t = btf__type_by_id(types, id);
	}
	return id;
}

static u32 kind_of(u32 id)
{
	const struct btf_type *t = btf__type_by_id(types, bare(id));

	return t && bare(id) ? btf_kind(t) : BTF_KIND_UNKN;
}

/* What pointers and arrays lead to, if that is a type without a name, which libbpf would declare in full. */
static const char *nameless(u32 id)
{
	const struct btf_type *t = btf__type_by_id(types, id);

	while (id && t &&
	       (btf_is_mod(t) || btf_is_ptr(t) || btf_is_array(t) ||
		btf_kind(t) == BTF_KIND_TYPE_TAG)) {
		id = btf_is_array(t) ? btf_array(t)->type : t->type;
		t = btf__type_by_id(types, id);
	}
	if (!id || !t || t->name_off)
		return NULL;
	return btf_is_union(t)      ? "union"
	       : btf_is_struct(t)   ? "struct"
	       : btf_is_any_enum(t) ? "enum"
				    : NULL;
}

void shape_declare(struct str *to, struct btf *btf, u32 type, const char *name)
{
	LIBBPF_OPTS(btf_dump_emit_type_decl_opts, o, .field_name = name, .strip_mods = true);
	const char *none;

	types = btf;
	none = nameless(type);
	if (declarer_of != btf) {
		btf_dump__free(declarer);
		declarer = btf_dump__new(btf, on_declared, NULL, NULL);
		declarer_of = btf;
		if (!declarer)
			err(1, "cannot read the kernel's types");
	}
	declared = to;
	if (none) {
		str_put(to, none, strlen(none));
		str_put(to, kind_of(type) == BTF_KIND_PTR ? " *" : "",
			kind_of(type) == BTF_KIND_PTR ? 2 : 0);
		str_put(to, *name ? " " : "", *name != 0);
		str_put(to, name, strlen(name));
		return;
	}
	if (!type)
		str_put(to, "void", 4);
	else
		btf_dump__emit_type_decl(declarer, type, &o);
}

/* What is being put together. */
static struct shape_node *nodes;
static u32 n_nodes, limit; /* bits that are read */
static bool full;
static struct str strings;

static u32 add_string(const char *s, size_t n)
{
	const char *p = strings.p, *end = p + strings.len;
	u32 at;

	for (; p < end; p += strlen(p) + 1)
		if (strlen(p) == n && !memcmp(p, s, n))
			return p - strings.p;
	at = strings.len;
	str_put(&strings, s, n);
	str_put(&strings, "", 1);
	return at;
}

static u32 add_type(u32 id)
{
	static struct str s;

	s.len = 0;
	shape_declare(&s, types, id, "");
	return add_string(s.p ?: "", s.len);
}

/* A pointer to a type that BTF has, but perhaps no pointer to it. */
static u32 add_pointer(u32 id)
{
	struct str s = {};
	u32 at;

	shape_declare(&s, types, id, "");
	str_put(&s, " *", 2);
	at = add_string(s.p, s.len);
	free(s.p);
	return at;
}

static struct shape_node *add_node(u32 kind, const char *name, u32 at, u32 bits)
{
	if (n_nodes == MOST_NODES) {
		full = true;
		return NULL;
	}
	nodes[n_nodes] = (struct shape_node){
		.kind = kind, .name = add_string(name, strlen(name)), .at = at, .bits = bits
	};
	return &nodes[n_nodes++];
}

static const char *int_name(const struct ctype *c)
{
	static const char *const names[][2] = {
		{ "u8", "s8" }, { "u16", "s16" }, { "u32", "s32" }, { "u64", "s64" }
	};

	return names[c->size == 1 ? 0 : c->size == 2 ? 1 : c->size == 4 ? 2 : 3][c->is_signed];
}

static u32 bits_of(u32 id)
{
	s64 size = btf__resolve_size(types, id);

	return size > 0 && size < 1 << 24 ? size * 8 : 0;
}

/* Is this char, by that name?  Or UNSIGNED_TOO: what has another one, such as u8, is mostly no text. */
static bool is_text(u32 id, bool unsigned_too)
{
	const struct btf_type *t = btf__type_by_id(types, id);
	const char *name;

	while (t && btf_is_mod(t))
		t = btf__type_by_id(types, t->type);
	if (!t || !btf_is_int(t) || t->size != 1)
		return false;
	name = btf__str_by_offset(types, t->name_off);
	return !strcmp(name, "char") || (unsigned_too && !strcmp(name, "unsigned char"));
}

static void add_names(const struct btf_type *t)
{
	for (u32 i = 0; i < btf_vlen(t) && i < MOST_NAMES; i++) {
		bool is_long = btf_is_enum64(t);
		u32 name = is_long ? btf_enum64(t)[i].name_off : btf_enum(t)[i].name_off;

		add_node(NODE_NAME, btf__str_by_offset(types, name),
			 is_long ? btf_enum64(t)[i].val_lo32 : (u32)btf_enum(t)[i].val, 0);
	}
}

/*
 * Add a value of a type, and what it consists of.  AT counts from its parent, ALL from the beginning of what is read;
 * BITS is set for a bit-field.  Leaves out what is not read.
 */
static void add(u32 id, const char *name, u32 at, u32 all, u32 bits, u32 depth)
{
	const struct btf_type *t = btf__type_by_id(types, bare(id));
	u32 here = n_nodes, size = bits ?: bits_of(id), kind;
	struct shape_node *n;

	if (!t || !bare(id) || !size || depth == DEEPEST || all >= limit)
		return;
	switch (btf_kind(t)) {
	case BTF_KIND_INT:
		kind = btf_int_encoding(t) & BTF_INT_BOOL     ? NODE_BOOL
		       : btf_int_encoding(t) & BTF_INT_SIGNED ? NODE_SIGNED
							      : NODE_UNSIGNED;
		break;
	case BTF_KIND_PTR:
		kind = NODE_POINTER;
		break;
	case BTF_KIND_ENUM:
	case BTF_KIND_ENUM64:
		kind = NODE_ENUM;
		break;
	case BTF_KIND_ARRAY:
		kind = is_text(btf_array(t)->type, false) ? NODE_CHARS : NODE_ARRAY;
		break;
	case BTF_KIND_STRUCT:
		kind = NODE_STRUCT;
		break;
	case BTF_KIND_UNION:
		kind = NODE_UNION;
		break;
	default:
		return;
	}
	if (kind < NODE_CHARS && (size > 64 || all + size > limit))
		return;
	if (all + size > limit)
		size = limit - all;
	n = add_node(kind, name, at, size);
	if (!n)
		return;
	n->type = add_type(id);
	if (kind == NODE_ENUM) {
		add_names(t);
	} else if (kind == NODE_ARRAY) {
		u32 each = bits_of(btf_array(t)->type);

		n->n = each ? size / each : 0;
		add(btf_array(t)->type, "", 0, all, 0, depth + 1);
		if (!n->n || n_nodes == here + 1) { /* nothing of it can be shown */
			n_nodes = here;
			return;
		}
	} else if (kind == NODE_STRUCT || kind == NODE_UNION) {
		for (u32 i = 0; i < btf_vlen(t); i++) {
			const struct btf_member *m = &btf_members(t)[i];
			u32 off = btf_member_bit_offset(t, i);

			add(m->type, btf__str_by_offset(types, m->name_off), off, all + off,
			    btf_member_bitfield_size(t, i), depth + 1);
		}
	}
	nodes[here].below = n_nodes - here - 1;
}

/* The type of what is read besides the number, or 0. */
static u32 read_type(const struct ctype *c)
{
	const struct btf_type *t;

	if (!c->depth && (c->base == C_RECORD || c->base == C_ARRAY))
		return c->declared ?: c->id;
	if (c->depth != 1)
		return 0;
	if (!c->declared)
		return c->base == C_RECORD ? c->id : 0;
	t = btf__type_by_id(types, bare(c->declared));
	return t && btf_is_ptr(t) ? t->type : 0;
}

struct gen_value shape_value(struct btf *btf, struct expr *e)
{
	struct gen_value v = { .is = e, .told = true };
	u32 id, size;

	types = btf;
	id = read_type(&e->type);
	if (!id || e->bits)
		return v;
	size = bits_of(id) / 8;
	if (e->type.depth && is_text(id, true))
		v.room = SHAPE_STRING;
	else
		v.target = size > SHAPE_BYTES ? SHAPE_BYTES : size;
	return v;
}

void shape_put(struct str *to, struct btf *btf, const struct gen_value *v, struct piece name)
{
	const struct ctype *c = &v->is->type;
	struct shape_head h = {};
	u32 id;

	types = btf;
	nodes = calloc(MOST_NODES, sizeof(*nodes));
	if (!nodes)
		err(1, NULL);
	n_nodes = strings.len = 0;
	full = false;
	add_string("", 0);
	id = read_type(c);
	h.room = v->room ?: v->target;
	h.size = v->room ?: id ? bits_of(id) / 8 : 0;
	h.name = add_string(name.at, name.len);
	h.how = v->room                  ? SHAPE_IS_STRING
		: v->target && !c->depth ? SHAPE_IS_PLACE
		: c->depth               ? SHAPE_IS_POINTER
					 : SHAPE_IS_NUMBER;
	if (c->declared)
		h.type = add_type(c->declared);
	else if (c->depth)
		h.type = add_pointer(id);
	else
		h.type = add_string(int_name(c), strlen(int_name(c)));
	limit = v->target ? v->target * 8 : 64;
	if (v->target)
		add(id, "", 0, 0, 0, 0);
	else if (h.how == SHAPE_IS_NUMBER && c->declared)
		add(c->declared, "", 0, 0, 0, 0);
	else if (h.how == SHAPE_IS_NUMBER)
		add_node(c->is_signed ? NODE_SIGNED : NODE_UNSIGNED, "", 0, 64)->type = h.type;
	h.full = full;
	h.n_nodes = n_nodes;
	h.n_strings = strings.len;
	str_put(to, &h, sizeof(h));
	str_put(to, nodes, n_nodes * sizeof(*nodes));
	str_put(to, strings.p, strings.len);
	free(nodes);
}

/* ---- from a recording ---- */

/* Is the node at I, with those below it, sound?  It must be within so many bits, and before node END. */
static bool node_is_sound(const struct shape *s, u32 i, u32 end, u32 bits, u32 depth)
{
	const struct shape_node *n = &s->nodes[i];
	u32 last;

	if (depth > DEEPEST || n->kind >= NODE_KINDS || n->name >= s->head->n_strings ||
	    n->type >= s->head->n_strings || n->below >= end - i)
		return false;
	if (n->kind == NODE_NAME)
		return !n->below && !n->bits;
	if (!n->bits || n->bits > bits || n->at > bits - n->bits)
		return false;
	if (n->kind < NODE_CHARS && n->bits > 64)
		return false;
	last = i + 1 + n->below;
	if (n->kind == NODE_ARRAY)
		return n->n && n->below && s->nodes[i + 1].kind != NODE_NAME &&
		       s->nodes[i + 1].below == n->below - 1 && !s->nodes[i + 1].at &&
		       node_is_sound(s, i + 1, last, n->bits / n->n, depth + 1);
	if (n->kind != NODE_ENUM && n->kind != NODE_STRUCT && n->kind != NODE_UNION)
		return !n->below;
	for (u32 j = i + 1; j < last; j += 1 + s->nodes[j].below)
		if (((n->kind == NODE_ENUM) != (s->nodes[j].kind == NODE_NAME)) ||
		    !node_is_sound(s, j, last, n->bits, depth + 1))
			return false;
	return true;
}

bool shape_take(struct shape *s, const void *p, size_t len)
{
	const struct shape_head *h = p;
	u32 bits;

	if (len < sizeof(*h))
		return false;
	len -= sizeof(*h);
	if (h->n_nodes > MOST_NODES || h->n_nodes * sizeof(*s->nodes) > len)
		return false;
	len -= h->n_nodes * sizeof(*s->nodes);
	s->head = h;
	s->nodes = (const void *)(h + 1);
	s->strings = (const char *)(s->nodes + h->n_nodes);
	if (!len || len != h->n_strings || s->strings[len - 1] || h->name >= len ||
	    h->type >= len || h->how > SHAPE_IS_STRING || h->room > SHAPE_BYTES)
		return false;
	if (h->how == SHAPE_IS_NUMBER ? h->room : h->how != SHAPE_IS_POINTER && !h->room)
		return false;
	bits = h->how == SHAPE_IS_NUMBER ? 64 : h->room * 8;
	return !h->n_nodes ||
	       (h->how != SHAPE_IS_STRING && s->nodes[0].below == h->n_nodes - 1 &&
		s->nodes[0].kind != NODE_NAME && node_is_sound(s, 0, h->n_nodes, bits, 0));
}

u32 shape_len(const struct shape *s)
{
	return sizeof(*s->head) + s->head->n_nodes * sizeof(*s->nodes) + s->head->n_strings;
}

u32 shape_size(const struct shape *s)
{
	return offsetof(struct gen_told, bytes) + ((s->head->room + 7) & ~7u);
}

const char *shape_name(const struct shape *s)
{
	return s->strings + s->head->name;
}

bool shape_is_sound(const struct shape *s, const struct gen_told *v)
{
	return v->got <= (s64)s->head->room;
}

bool shape_is_cut(const struct shape *s, const struct gen_told *v)
{
	return s->head->how == SHAPE_IS_STRING && v->got == s->head->room;
}

/* ---- to text and JSON ---- */

static u32 left; /* nodes that may still be printed */

static u64 number_at(const struct shape_node *n, const char *bytes, u32 bit)
{
	u32 first = bit / 8, size = (bit % 8 + n->bits + 7) / 8;
	unsigned __int128 wide = 0;
	u64 v;

	memcpy(&wide, bytes + first, size);
	v = wide >> bit % 8;
	v <<= 64 - n->bits;
	return n->kind == NODE_SIGNED || n->kind == NODE_ENUM ? (u64)((s64)v >> (64 - n->bits))
							      : v >> (64 - n->bits);
}

static bool is_zero(const struct shape_node *n, const char *bytes, u32 bit)
{
	if (n->kind < NODE_CHARS)
		return !number_at(n, bytes, bit);
	for (u32 i = bit / 8; i < (bit + n->bits) / 8; i++)
		if (bytes[i])
			return false;
	return true;
}

static const char *enum_name(const struct shape *s, const struct shape_node *n, u64 v)
{
	for (u32 i = 1; i <= n->below; i++)
		if (n[i].at == (u32)v)
			return s->strings + n[i].name;
	return NULL;
}

static void put_name(const char *s)
{
	text_str(s, strlen(s));
}

static void put_line(u32 indent)
{
	text("\n%*s", (int)indent, "");
}

static void put_chars(const char *p, size_t n)
{
	text("\"");
	text_str(p, strnlen(p, n));
	text("\"");
}

static void node_text(const struct shape *s, const struct shape_node *n, const char *bytes, u32 bit,
		      u32 indent);

static void number_text(const struct shape *s, const struct shape_node *n, u64 v)
{
	const char *name = n->kind == NODE_ENUM ? enum_name(s, n, v) : NULL;

	if (name)
		put_name(name);
	else if (n->kind == NODE_POINTER)
		text("0x%llx", v);
	else if (n->kind == NODE_BOOL)
		text(v ? "true" : "false");
	else
		text(n->kind == NODE_UNSIGNED ? "%llu" : "%lld", v);
}

static void array_text(const struct shape *s, const struct shape_node *n, const char *bytes,
		       u32 bit, u32 indent)
{
	u32 each = n->bits / n->n, shown = n->n;

	/* As in a struct, zeros at the end say nothing. */
	while (shown && is_zero(n + 1, bytes, bit + (shown - 1) * each))
		shown--;
	text("[");
	for (u32 i = 0; i < shown && left; i++) {
		put_line(indent + 1);
		if (n[1].kind < NODE_CHARS)
			number_text(s, n + 1, number_at(n + 1, bytes, bit + i * each));
		else
			node_text(s, n + 1, bytes, bit + i * each, indent + 1);
		text(",");
		left--;
	}
	put_line(indent);
	text("]");
}

static void node_text(const struct shape *s, const struct shape_node *n, const char *bytes, u32 bit,
		      u32 indent)
{
	const struct shape_node *end = n + 1 + n->below;

	text("(");
	put_name(s->strings + n->type);
	text(")");
	left -= left != 0;
	if (n->kind < NODE_CHARS) {
		number_text(s, n, number_at(n, bytes, bit));
	} else if (n->kind == NODE_CHARS) {
		put_chars(bytes + bit / 8, n->bits / 8);
	} else if (n->kind == NODE_ARRAY) {
		array_text(s, n, bytes, bit, indent);
	} else {
		text("{");
		for (const struct shape_node *m = n + 1; m < end && left; m += 1 + m->below) {
			const char *name = s->strings + m->name;

			if (is_zero(m, bytes, bit + m->at))
				continue;
			put_line(indent + 1);
			text(*name ? "." : "");
			put_name(name);
			text(*name ? " = " : "");
			node_text(s, m, bytes, bit + m->at, indent + 1);
			text(",");
		}
		put_line(indent);
		text("}");
	}
}

/* Pointers that lead nowhere can be NULL, or an error's number. */
static void failed_text(const struct shape *s, const struct gen_told *v)
{
	bool is_pointer = s->head->how != SHAPE_IS_NUMBER;

	if (!is_pointer || (v->number && (s64)v->number < -4095) || (s64)v->number > 0) {
		text("/* this could not be read */");
		return;
	}
	text("(");
	put_name(s->strings + s->head->type);
	text(v->number ? ")%lld" : ")NULL", v->number);
}

void shape_text(const struct shape *s, const struct gen_told *v, u32 indent)
{
	const struct shape_head *h = s->head;

	text("%*s ", (int)indent - 1, "");
	put_name(shape_name(s));
	text(" = ");
	if (h->how == SHAPE_IS_STRING || (h->how == SHAPE_IS_POINTER && h->n_nodes))
		text("*(0x%llx)", v->number);
	if (v->got < 0) {
		put_line(indent + 1);
		failed_text(s, v);
		return;
	}
	put_line(indent + 1);
	left = MOST_ELEMENTS;
	if (h->how == SHAPE_IS_STRING || !h->n_nodes) {
		text("(");
		put_name(s->strings + h->type);
		text(")");
	}
	if (h->how == SHAPE_IS_STRING) {
		put_chars(v->bytes, v->got);
		text(shape_is_cut(s, v) ? "..." : "");
	} else if (!h->n_nodes) {
		text("0x%llx", v->number);
	} else {
		node_text(s, s->nodes,
			  h->how == SHAPE_IS_NUMBER ? (const char *)&v->number : v->bytes, 0,
			  indent + 1);
	}
	if (h->size > h->room)
		text(" /* the first %u of %u bytes */", h->room, h->size);
	else if (h->full)
		text(" /* not all of it */");
}

static void node_json(const struct shape *s, const struct shape_node *n, const char *bytes,
		      u32 bit);

static void number_json(const struct shape_node *n, u64 v)
{
	if (n->kind == NODE_BOOL)
		out_plain(v ? "true" : "false");
	else if (n->kind == NODE_POINTER)
		kind_address.json(NULL, value_as(&kind_address, v), (struct rec){});
	else if (n->kind == NODE_UNSIGNED)
		out_plain_uint(v);
	else
		out_plain_int(v);
}

/* The members, also those of members without a name, as C sees them. */
static bool members_json(const struct shape *s, const struct shape_node *n, const char *bytes,
			 u32 bit, bool more)
{
	const struct shape_node *end = n + 1 + n->below;

	for (const struct shape_node *m = n + 1; m < end && left; m += 1 + m->below) {
		const char *name = s->strings + m->name;

		if (!*name && (m->kind == NODE_STRUCT || m->kind == NODE_UNION)) {
			more = members_json(s, m, bytes, bit + m->at, more);
			continue;
		}
		out_plain(more ? "," : "");
		json_str(name, strlen(name));
		out_plain(":");
		node_json(s, m, bytes, bit + m->at);
		more = true;
	}
	return more;
}

static void node_json(const struct shape *s, const struct shape_node *n, const char *bytes, u32 bit)
{
	left -= left != 0;
	if (n->kind < NODE_CHARS) {
		number_json(n, number_at(n, bytes, bit));
	} else if (n->kind == NODE_CHARS) {
		json_str(bytes + bit / 8, strnlen(bytes + bit / 8, n->bits / 8));
	} else if (n->kind == NODE_ARRAY) {
		u32 each = n->bits / n->n;

		out_plain("[");
		for (u32 i = 0; i < n->n && left; i++) {
			out_plain(i ? "," : "");
			node_json(s, n + 1, bytes, bit + i * each);
		}
		out_plain("]");
	} else {
		out_plain("{");
		members_json(s, n, bytes, bit, false);
		out_plain("}");
	}
}

static void content_json(const struct shape *s, const struct gen_told *v)
{
	const struct shape_head *h = s->head;

	if (v->got < 0)
		out_plain("null");
	else if (h->how == SHAPE_IS_STRING)
		json_str(v->bytes, strnlen(v->bytes, v->got));
	else
		node_json(s, s->nodes,
			  h->how == SHAPE_IS_NUMBER ? (const char *)&v->number : v->bytes, 0);
}

void shape_json(const struct shape *s, const struct gen_told *v)
{
	static const struct shape_node pointer = { .kind = NODE_POINTER };
	const struct shape_head *h = s->head;
	bool cut = h->size > h->room || h->full || shape_is_cut(s, v);
	bool has_content = h->how == SHAPE_IS_STRING || h->n_nodes;

	left = MOST_ELEMENTS;
	if (h->how == SHAPE_IS_NUMBER && v->got >= 0 && has_content) {
		content_json(s, v);
		return;
	}
	if (h->how == SHAPE_IS_NUMBER ||
	    (h->how == SHAPE_IS_POINTER && v->got < 0 && !has_content)) {
		out_plain("null");
		return;
	}
	if (h->how == SHAPE_IS_PLACE && has_content && !cut) {
		content_json(s, v);
		return;
	}
	out_plain("{\"address\":");
	number_json(&pointer, v->number);
	if (has_content) {
		out_plain(",\"value\":");
		content_json(s, v);
	}
	if (cut)
		out_plain(",\"cut\":true");
	out_plain("}");
}
