// SPDX-License-Identifier: BSD-2-Clause
#include "base/str.h"
#include "gen/expr.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DEEPEST 200 /* the parser is recursive, and so is what uses its trees */

struct expr *gen_make(enum op op, struct piece from)
{
	struct expr *e = gen_alloc(sizeof(*e));

	e->op = op;
	e->is = from;
	return e;
}

/* From the beginning of one piece to the end of another. */
static struct piece span(struct piece from, struct piece to)
{
	return (struct piece){ from.at, to.at + to.len - from.at };
}

static struct piece taken(struct lexer *l)
{
	struct piece is = l->now.is;

	lex_next(l);
	return is;
}

/* ---- types ---- */

/* Words that only types begin with; other names are types only where nothing else makes sense. */
static const char *const type_words[] = {
	"struct", "union",   "enum",    "const",   "volatile",  "unsigned", "signed",
	"void",   "char",    "short",   "int",     "long",      "bool",     "_Bool",
	"u8",     "u16",     "u32",     "u64",     "s8",        "s16",      "s32",
	"s64",    "size_t",  "ssize_t", "uint8_t", "uint16_t",  "uint32_t", "uint64_t",
	"int8_t", "int16_t", "int32_t", "int64_t", "uintptr_t", "pid_t",    "uid_t",
	"gid_t",  "off_t",   "loff_t",  "__u8",    "__u16",     "__u32",    "__u64",
	"__s8",   "__s16",   "__s32",   "__s64",   NULL
};

bool parse_at_type(const struct lexer *l)
{
	for (const char *const *w = type_words; *w; w++)
		if (lex_is_word(l, *w))
			return true;
	return false;
}

static bool is_qualifier(const struct lexer *l)
{
	return lex_is_word(l, "const") || lex_is_word(l, "volatile") || lex_is_word(l, "__user");
}

static bool is_number_word(const struct lexer *l)
{
	return lex_is_word(l, "unsigned") || lex_is_word(l, "signed") || lex_is_word(l, "long") ||
	       lex_is_word(l, "short") || lex_is_word(l, "int") || lex_is_word(l, "char");
}

static void add_word(struct lexer *l, struct type_name *t)
{
	size_t n = strlen(t->name);

	if (n + l->now.is.len + 2 > sizeof(t->name))
		gen_error(l->text, l->now.is, "this type's name is too long");
	snprintf(t->name + n, sizeof(t->name) - n, "%s%.*s", n ? " " : "", (int)l->now.is.len,
		 l->now.is.at);
	t->is = span(t->is, taken(l));
}

struct type_name *parse_type(struct lexer *l)
{
	struct type_name *t = gen_alloc(sizeof(*t));

	t->is = l->now.is;
	while (is_qualifier(l))
		lex_next(l);
	if (l->now.kind != T_NAME)
		gen_error(l->text, l->now.is, "expected a type's name");
	if (lex_is_word(l, "struct") || lex_is_word(l, "union") || lex_is_word(l, "enum")) {
		add_word(l, t);
		if (l->now.kind != T_NAME)
			gen_error(l->text, l->now.is, "expected the name of a %s", t->name);
		add_word(l, t);
	} else if (is_number_word(l)) {
		while (is_number_word(l))
			add_word(l, t);
	} else {
		add_word(l, t);
	}
	for (;;) {
		if (is_qualifier(l) || lex_is(l, '*')) {
			if (lex_is(l, '*') && ++t->depth > 8)
				gen_error(l->text, l->now.is, "too many *");
			t->is = span(t->is, taken(l));
		} else {
			return t;
		}
	}
}

/*
 * Is the parenthesis before the current token that of a cast?  `(x)` is one if x can only be a type, if a * is
 * last in it, or if what follows begins a value.
 */
static bool at_cast(const struct lexer *at)
{
	struct lexer l = *at;
	bool stars = false;

	if (parse_at_type(&l))
		return true;
	if (l.now.kind != T_NAME)
		return false;
	lex_next(&l);
	for (; lex_is(&l, '*'); lex_next(&l))
		stars = true;
	if (!lex_is(&l, ')'))
		return false;
	lex_next(&l);
	return stars || l.now.kind == T_NAME || l.now.kind == T_VARIABLE || l.now.kind == T_NUMBER;
}

/* ---- expressions ---- */

static struct expr *unary(struct lexer *);

static struct expr *strcmp_call(struct lexer *l, struct piece from)
{
	struct expr *e = gen_make(E_STRCMP, from);

	lex_next(l);
	lex_expect(l, '(');
	if (l->now.kind != T_STRING)
		gen_error(l->text, l->now.is,
			  "expected a string in quotes: STRCMP(\"name\", arg1)");
	e->string = lex_string(l->now.is, &e->string_len);
	lex_next(l);
	lex_expect(l, ',');
	e->kid[0] = parse_expr(l);
	e->is = span(from, l->now.is);
	lex_expect(l, ')');
	return e;
}

/* $entry(NAME) */
static struct expr *entry_call(struct lexer *l, struct piece from)
{
	struct expr *e = gen_make(E_ENTRY, from);

	lex_next(l);
	lex_expect(l, '(');
	if (l->now.kind != T_NAME)
		gen_error(l->text, l->now.is, "expected an argument's name: $entry(size)");
	e->name = taken(l);
	e->is = span(from, l->now.is);
	lex_expect(l, ')');
	return e;
}

static struct expr *size_of(struct lexer *l, struct piece from)
{
	struct expr *e = gen_make(E_SIZEOF, from);
	struct lexer after;

	lex_next(l);
	after = *l;
	if (lex_is(l, '(')) {
		lex_next(&after);
		if (parse_at_type(&after)) {
			lex_next(l);
			e->cast = parse_type(l);
			e->is = span(from, l->now.is);
			lex_expect(l, ')');
			return e;
		}
	}
	e->kid[0] = unary(l);
	e->is = span(from, e->kid[0]->is);
	return e;
}

static struct expr *primary(struct lexer *l)
{
	struct token t = l->now;
	struct expr *e;

	if (lex_is_word(l, "STRCMP"))
		return strcmp_call(l, t.is);
	if (lex_is_word(l, "sizeof"))
		return size_of(l, t.is);
	switch (t.kind) {
	case T_NUMBER:
		e = gen_make(E_NUMBER, taken(l));
		e->number = t.number;
		e->is_unsigned = t.is_unsigned;
		e->is_long = t.is_long;
		return e;
	case T_NAME:
	case T_VARIABLE:
		if (t.is.len == 6 && !memcmp(t.is.at, "$entry", 6))
			return entry_call(l, t.is);
		e = gen_make(t.kind == T_NAME ? E_NAME : E_VARIABLE, taken(l));
		e->name = e->is;
		return e;
	case T_STRING:
		gen_error(l->text, t.is, "a string stands only in STRCMP(\"string\", value)");
	case T_PUNCT:
		if (t.punct == '(') {
			lex_next(l);
			e = parse_expr(l);
			e->is = span(t.is, l->now.is);
			lex_expect(l, ')');
			return e;
		}
		/* fall through */
	default:
		gen_error(l->text, t.is, "expected a value%s",
			  t.kind == T_END ? " before the end" : " here");
	}
}

static struct expr *postfix(struct lexer *l)
{
	struct expr *e = primary(l), *of;

	for (;;) {
		bool arrow = lex_is(l, PUNCT2('-', '>'));

		of = e;
		if (arrow || lex_is(l, '.')) {
			lex_next(l);
			if (l->now.kind != T_NAME)
				gen_error(l->text, l->now.is, "expected a member's name");
			e = gen_make(arrow ? E_ARROW : E_MEMBER, span(of->is, l->now.is));
			e->name = taken(l);
		} else if (lex_is(l, '[')) {
			lex_next(l);
			e = gen_make(E_INDEX, of->is);
			e->kid[1] = parse_expr(l);
			e->is = span(of->is, l->now.is);
			lex_expect(l, ']');
		} else if (lex_is(l, '@')) {
			lex_next(l);
			if (!lex_is_word(l, "user"))
				gen_error(l->text, l->now.is, "expected user: arg1@user");
			e = gen_make(E_USER, span(of->is, l->now.is));
			lex_next(l);
		} else {
			return e;
		}
		e->kid[0] = of;
		if (++l->depth > DEEPEST)
			gen_error(l->text, e->is, "this expression is too long");
	}
}

static struct expr *unary(struct lexer *l)
{
	static const struct {
		char punct;
		enum op op;
	} ops[] = { { '-', E_NEG },
		    { '!', E_NOT },
		    { '~', E_COMPLEMENT },
		    { '*', E_DEREF },
		    { '&', E_ADDRESS } };
	struct piece from = l->now.is;
	struct expr *e;

	if (++l->depth > DEEPEST)
		gen_error(l->text, from, "this expression is too long");
	for (size_t i = 0; i < sizeof(ops) / sizeof(*ops); i++)
		if (lex_accept(l, ops[i].punct)) {
			e = gen_make(ops[i].op, from);
			goto operand;
		}
	if (lex_is(l, '(')) {
		struct lexer inside = *l;

		lex_next(&inside);
		if (at_cast(&inside)) {
			*l = inside;
			e = gen_make(E_CAST, from);
			e->cast = parse_type(l);
			lex_expect(l, ')');
			goto operand;
		}
	}
	e = postfix(l);
	return e;
operand:
	e->kid[0] = unary(l);
	e->is = span(from, e->kid[0]->is);
	return e;
}

static const struct binary {
	u32 punct;
	u8 level; /* binds the more tightly, the higher */
	enum op op;
} binaries[] = {
	{ PUNCT2('|', '|'), 1, E_LOR },
	{ PUNCT2('&', '&'), 2, E_LAND },
	{ '|', 3, E_OR },
	{ '^', 4, E_XOR },
	{ '&', 5, E_AND },
	{ PUNCT2('=', '='), 6, E_EQ },
	{ PUNCT2('!', '='), 6, E_NE },
	{ '<', 7, E_LT },
	{ '>', 7, E_GT },
	{ PUNCT2('<', '='), 7, E_LE },
	{ PUNCT2('>', '='), 7, E_GE },
	{ PUNCT2('<', '<'), 8, E_SHL },
	{ PUNCT2('>', '>'), 8, E_SHR },
	{ '+', 9, E_ADD },
	{ '-', 9, E_SUB },
	{ '*', 10, E_MUL },
	{ '/', 10, E_DIV },
	{ '%', 10, E_MOD },
	{ 0 },
};

static struct expr *binary(struct lexer *l, u8 level)
{
	struct expr *left = unary(l), *e;

	for (;;) {
		const struct binary *b = binaries;

		while (b->level && !lex_is(l, b->punct))
			b++;
		if (!b->level || b->level < level) {
			if (lex_is(l, '='))
				gen_error(l->text, l->now.is,
					  "a probe changes nothing: compare with ==");
			return left;
		}
		lex_next(l);
		if (++l->depth > DEEPEST)
			gen_error(l->text, left->is, "this expression is too long");
		e = gen_make(b->op, left->is);
		e->kid[0] = left;
		e->kid[1] = binary(l, b->level + 1);
		e->is = span(left->is, e->kid[1]->is);
		left = e;
	}
}

struct expr *parse_expr(struct lexer *l)
{
	struct expr *test, *e;
	u32 depth = l->depth;

	if (++l->depth > DEEPEST)
		gen_error(l->text, l->now.is, "this expression is too long");
	test = binary(l, 1);
	if (!lex_accept(l, '?')) {
		l->depth = depth;
		return test;
	}
	e = gen_make(E_COND, test->is);
	e->kid[0] = test;
	e->kid[1] = parse_expr(l);
	lex_expect(l, ':');
	e->kid[2] = parse_expr(l);
	e->is = span(test->is, e->kid[2]->is);
	l->depth = depth;
	return e;
}

/* ---- for tests ---- */

static void put(struct str *s, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static void put(struct str *s, const char *fmt, ...)
{
	char buf[160];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(buf, sizeof(buf), fmt, ap);
	va_end(ap);
	str_put(s, buf, n < (int)sizeof(buf) ? (size_t)n : sizeof(buf) - 1);
}

static void put_expr(struct str *s, const struct expr *e)
{
	static const char *const names[] = {
		[E_ENTRY] = "$entry",  [E_MEMBER] = ".",     [E_ARROW] = "->",
		[E_INDEX] = "[]",      [E_USER] = "@user",   [E_STRCMP] = "STRCMP",
		[E_SIZEOF] = "sizeof", [E_CAST] = "cast",    [E_NEG] = "-",
		[E_NOT] = "!",         [E_COMPLEMENT] = "~", [E_DEREF] = "*",
		[E_ADDRESS] = "&",     [E_MUL] = "*",        [E_DIV] = "/",
		[E_MOD] = "%",         [E_ADD] = "+",        [E_SUB] = "-",
		[E_SHL] = "<<",        [E_SHR] = ">>",       [E_LT] = "<",
		[E_GT] = ">",          [E_LE] = "<=",        [E_GE] = ">=",
		[E_EQ] = "==",         [E_NE] = "!=",        [E_AND] = "&",
		[E_XOR] = "^",         [E_OR] = "|",         [E_LAND] = "&&",
		[E_LOR] = "||",        [E_COND] = "?:",
	};

	if (e->op == E_NUMBER) {
		put(s, "%llu%s%s", e->number, e->is_unsigned ? "u" : "", e->is_long ? "l" : "");
		return;
	}
	if (e->op == E_NAME || e->op == E_VARIABLE) {
		str_put(s, e->name.at, e->name.len);
		return;
	}
	put(s, "(%s", names[e->op]);
	if (e->cast) {
		put(s, " %s", e->cast->name);
		for (u32 i = 0; i < e->cast->depth; i++)
			put(s, "*");
	}
	if (e->op == E_STRCMP)
		put(s, " \"%s\"", e->string);
	for (int i = 0; i < 3 && e->kid[i]; i++) {
		put(s, " ");
		put_expr(s, e->kid[i]);
	}
	if (e->name.len)
		put(s, " %.*s", (int)e->name.len, e->name.at);
	put(s, ")");
}

char *expr_text(const struct expr *e)
{
	struct str s = {};

	put_expr(&s, e);
	str_put(&s, "", 1);
	return s.p;
}
