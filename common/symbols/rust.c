// SPDX-License-Identifier: BSD-2-Clause
/*
 * Rust's two kinds of names. The older one looks like C++: _ZN4core3fmt5write17h0123456789abcdefE. The newer one
 * is a small language of its own: https://doc.rust-lang.org/rustc/symbol-mangling/v0.html
 */
#include "lib/types.h"
#include "symbols/demangle.h"
#include <stdio.h>
#include <string.h>

#define MAX_DEPTH 100 /* of what is inside of what */

struct rust {
	const char *s; /* after "_R" */
	size_t n, at;
	char *to;
	size_t room, len;
	bool bad;
	bool quiet; /* read on, but write nothing */
	u32 depth;
	u64 lifetimes; /* those that the binders around this name */
};

static void put(struct rust *r, const char *text, size_t n)
{
	if (r->bad || r->quiet)
		return;
	if (n >= r->room - r->len) {
		r->bad = true;
		return;
	}
	memcpy(r->to + r->len, text, n);
	r->len += n;
	r->to[r->len] = '\0';
}

static void puts_(struct rust *r, const char *text)
{
	put(r, text, strlen(text));
}

static void put_number(struct rust *r, u64 n)
{
	char text[24];

	put(r, text, snprintf(text, sizeof(text), "%llu", n));
}

/* ---- the older kind ---- */

static bool is_hash(const char *s, size_t n)
{
	if (n != 17 || *s != 'h')
		return false;
	for (size_t i = 1; i < n; i++)
		if (!strchr("0123456789abcdef", s[i]))
			return false;
	return true;
}

/* An escape such as $LT$ at S; returns how long it is. */
static size_t escape(struct rust *r, const char *s, size_t n)
{
	static const struct {
		const char *name, *is;
	} names[] = { { "$SP$", "@" }, { "$BP$", "*" }, { "$RF$", "&" }, { "$LT$", "<" },
		      { "$GT$", ">" }, { "$LP$", "(" }, { "$RP$", ")" }, { "$C$", "," } };
	unsigned int c;
	int len = 0;

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (n >= strlen(names[i].name) &&
		    !strncmp(s, names[i].name, strlen(names[i].name))) {
			puts_(r, names[i].is);
			return strlen(names[i].name);
		}
	if (n >= 5 && sscanf(s, "$u%2x$%n", &c, &len) == 1 && len == 5 && c >= ' ' && c < 0x7f) {
		put(r, (char[]){ c }, 1);
		return len;
	}
	return 0;
}

static void old_part(struct rust *r, const char *s, size_t n)
{
	if (n > 1 && s[0] == '_' && s[1] == '$') { /* an identifier can't begin with '$' */
		s++;
		n--;
	}
	while (n) {
		size_t used = *s == '$' ? escape(r, s, n) : 0;

		if (!used && n > 1 && s[0] == '.' && s[1] == '.') {
			puts_(r, "::");
			used = 2;
		} else if (!used) {
			put(r, s, 1);
			used = 1;
		}
		s += used;
		n -= used;
	}
}

static bool old_name(struct rust *r)
{
	const char *s = r->s;
	size_t parts = 0;

	while (*s >= '0' && *s <= '9') {
		size_t n = 0;

		while (*s >= '0' && *s <= '9' && n < r->n)
			n = 10 * n + *s++ - '0';
		if (!n || n > r->n - (s - r->s))
			return false;
		if (s[n] == 'E' && is_hash(s, n))
			return parts && (!s[n + 1] || s[n + 1] == '.') && !r->bad;
		if (parts++)
			puts_(r, "::");
		old_part(r, s, n);
		s += n;
	}
	return false; /* without a hash, it is C++ */
}

/* ---- the newer kind ---- */

static char peek(const struct rust *r)
{
	return r->at < r->n ? r->s[r->at] : '\0';
}

static char next(struct rust *r)
{
	if (r->at < r->n)
		return r->s[r->at++];
	r->bad = true;
	return '\0';
}

static bool eat(struct rust *r, char c)
{
	if (peek(r) != c || !c)
		return false;
	r->at++;
	return true;
}

static u64 add_digit(struct rust *r, u64 n, u32 base, u32 digit)
{
	if (__builtin_mul_overflow(n, base, &n) || __builtin_add_overflow(n, digit, &n))
		r->bad = true;
	return n;
}

/* "_" is 0, "0_" is 1. */
static u64 base62(struct rust *r)
{
	u64 n = 0;

	if (eat(r, '_'))
		return 0;
	while (!r->bad && !eat(r, '_')) {
		char c = next(r);

		if (c >= '0' && c <= '9')
			n = add_digit(r, n, 62, c - '0');
		else if (c >= 'a' && c <= 'z')
			n = add_digit(r, n, 62, c - 'a' + 10);
		else if (c >= 'A' && c <= 'Z')
			n = add_digit(r, n, 62, c - 'A' + 36);
		else
			r->bad = true;
	}
	return add_digit(r, n, 1, 1);
}

/* With this letter before it: 0 without, or 1 more than the number. */
static u64 maybe_base62(struct rust *r, char letter)
{
	return eat(r, letter) ? add_digit(r, base62(r), 1, 1) : 0;
}

struct ident {
	const char *s;
	size_t n;
	u64 number; /* which of those that have the same name */
	bool encoded;
};

static struct ident ident(struct rust *r)
{
	struct ident id = { .number = maybe_base62(r, 's') };
	u64 n = 0;

	id.encoded = eat(r, 'u');
	r->bad |= peek(r) < '0' || peek(r) > '9';
	if (!eat(r, '0'))
		while (peek(r) >= '0' && peek(r) <= '9' && !r->bad)
			n = add_digit(r, n, 10, next(r) - '0');
	eat(r, '_');
	if (n > r->n - r->at) {
		r->bad = true;
		return id;
	}
	id.s = r->s + r->at;
	id.n = n;
	r->at += n;
	return id;
}

static void put_ident(struct rust *r, const struct ident *id)
{
	if (id->encoded)
		puts_(r, "punycode{");
	put(r, id->s, id->n);
	if (id->encoded)
		puts_(r, "}");
}

static bool deeper(struct rust *r)
{
	r->bad |= r->depth++ >= MAX_DEPTH;
	return !r->bad;
}

static void path(struct rust *r, bool value);
static void type(struct rust *r);
static void constant(struct rust *r);

/* After 'B': something that was there before. */
static void again(struct rust *r, void (*what)(struct rust *))
{
	size_t here = r->at - 1, at = base62(r), back = r->at;

	r->bad |= at >= here;
	if (r->bad || r->quiet)
		return;
	r->at = at;
	what(r);
	r->at = back;
}

static void path_of_type(struct rust *r)
{
	path(r, false);
}

static void path_of_value(struct rust *r)
{
	path(r, true);
}

static void lifetime(struct rust *r, u64 n)
{
	u64 depth = r->lifetimes - n;

	if (!n) {
		puts_(r, "'_");
	} else if (n > r->lifetimes) {
		r->bad = true;
	} else if (depth < 26) {
		put(r, (char[]){ '\'', 'a' + depth }, 2);
	} else {
		puts_(r, "'_");
		put_number(r, depth);
	}
}

/* Perhaps "for<'a, 'b> ". Returns how many lifetimes it named. */
static u64 binder(struct rust *r)
{
	u64 n = maybe_base62(r, 'G');

	if (n > MAX_DEPTH)
		r->bad = true;
	if (!n || r->bad)
		return 0;
	puts_(r, "for<");
	for (u64 i = 0; i < n; i++) {
		puts_(r, i ? ", " : "");
		r->lifetimes++;
		lifetime(r, 1);
	}
	puts_(r, "> ");
	return n;
}

static void generic(struct rust *r)
{
	if (eat(r, 'L'))
		lifetime(r, base62(r));
	else if (eat(r, 'K'))
		constant(r);
	else
		type(r);
}

/* Up to 'E', with this between them. Returns how many there were. */
static size_t list(struct rust *r, void (*what)(struct rust *), const char *between)
{
	size_t n = 0;

	while (!r->bad && !eat(r, 'E')) {
		puts_(r, n++ ? between : "");
		what(r);
	}
	return n;
}

/* Where an impl is says nothing that its type does not say. */
static void skip_place(struct rust *r)
{
	bool quiet = r->quiet;

	maybe_base62(r, 's');
	r->quiet = true;
	path(r, false);
	r->quiet = quiet;
}

static void inner_path(struct rust *r, bool value)
{
	char space = next(r);
	struct ident id;

	path(r, value);
	id = ident(r);
	if (space >= 'A' && space <= 'Z') { /* what the compiler makes */
		puts_(r, "::{");
		puts_(r, space == 'C' ? "closure" : space == 'S' ? "shim" : "");
		if (space != 'C' && space != 'S')
			put(r, &space, 1);
		puts_(r, id.n ? ":" : "");
		put_ident(r, &id);
		puts_(r, "#");
		put_number(r, id.number);
		puts_(r, "}");
	} else if (id.n) {
		puts_(r, "::");
		put_ident(r, &id);
	}
}

/* The path, but for the ">" of a trait's generic arguments. Returns whether that is to follow. */
static bool open_path(struct rust *r, bool value, bool leave_open)
{
	bool open = false;
	struct ident id;

	if (!deeper(r))
		return false;
	switch (next(r)) {
	case 'C':
		id = ident(r);
		put_ident(r, &id);
		break;
	case 'N':
		inner_path(r, value);
		break;
	case 'M':
		skip_place(r);
		puts_(r, "<");
		type(r);
		puts_(r, ">");
		break;
	case 'X':
		skip_place(r);
		/* fallthrough */
	case 'Y':
		puts_(r, "<");
		type(r);
		puts_(r, " as ");
		path(r, false);
		puts_(r, ">");
		break;
	case 'I':
		path(r, value);
		puts_(r, value ? "::<" : "<");
		list(r, generic, ", ");
		open = leave_open;
		puts_(r, open ? "" : ">");
		break;
	case 'B':
		again(r, value ? path_of_value : path_of_type);
		break;
	default:
		r->bad = true;
	}
	r->depth--;
	return open;
}

static void path(struct rust *r, bool value)
{
	open_path(r, value, false);
}

static void one_trait(struct rust *r)
{
	bool open = open_path(r, false, true);

	while (!r->bad && eat(r, 'p')) {
		struct ident id = ident(r);

		puts_(r, open ? ", " : "<");
		open = true;
		put_ident(r, &id);
		puts_(r, " = ");
		type(r);
	}
	puts_(r, open ? ">" : "");
}

static void function_type(struct rust *r)
{
	u64 named = binder(r);
	struct ident abi;

	puts_(r, eat(r, 'U') ? "unsafe " : "");
	if (eat(r, 'K')) {
		puts_(r, "extern \"");
		if (eat(r, 'C')) {
			puts_(r, "C");
		} else {
			abi = ident(r);
			for (size_t i = 0; i < abi.n; i++)
				put(r, abi.s[i] == '_' ? "-" : abi.s + i, 1);
		}
		puts_(r, "\" ");
	}
	puts_(r, "fn(");
	list(r, type, ", ");
	puts_(r, ")");
	if (!eat(r, 'u')) { /* that it returns nothing is not said */
		puts_(r, " -> ");
		type(r);
	}
	r->lifetimes -= named;
}

static void dyn_type(struct rust *r)
{
	u64 named, n;

	puts_(r, "dyn ");
	named = binder(r);
	list(r, one_trait, " + ");
	r->lifetimes -= named;
	r->bad |= !eat(r, 'L');
	n = base62(r);
	if (n) {
		puts_(r, " + ");
		lifetime(r, n);
	}
}

static const char *basic(char c)
{
	static const char *const names[26] = {
		"i8",    "bool", "char", "f64", "str",  "f32",  NULL,  "u8", "isize",
		"usize", NULL,   "i32",  "u32", "i128", "u128", "_",   NULL, NULL,
		"i16",   "u16",  "()",   "...", NULL,   "i64",  "u64", "!",
	};

	return c >= 'a' && c <= 'z' ? names[c - 'a'] : NULL;
}

static void type(struct rust *r)
{
	char c = next(r);
	u64 n;

	if (basic(c)) {
		puts_(r, basic(c));
		return;
	}
	if (!deeper(r))
		return;
	switch (c) {
	case 'A':
	case 'S':
		puts_(r, "[");
		type(r);
		if (c == 'A') {
			puts_(r, "; ");
			constant(r);
		}
		puts_(r, "]");
		break;
	case 'T':
		puts_(r, "(");
		puts_(r, list(r, type, ", ") == 1 ? ",)" : ")");
		break;
	case 'R':
	case 'Q':
		puts_(r, "&");
		if (eat(r, 'L') && (n = base62(r))) {
			lifetime(r, n);
			puts_(r, " ");
		}
		puts_(r, c == 'Q' ? "mut " : "");
		type(r);
		break;
	case 'P':
	case 'O':
		puts_(r, c == 'P' ? "*const " : "*mut ");
		type(r);
		break;
	case 'F':
		function_type(r);
		break;
	case 'D':
		dyn_type(r);
		break;
	case 'B':
		again(r, type);
		break;
	default:
		r->at -= !r->bad;
		path(r, false);
	}
	r->depth--;
}

static void constant(struct rust *r)
{
	char t = next(r), c;
	u64 n = 0;
	bool less;

	if (!deeper(r))
		return;
	if (t == 'B') {
		again(r, constant);
	} else if (t == 'p') {
		puts_(r, "_");
	} else if (t && strchr("ahsltmxyijonbc", t)) {
		less = eat(r, 'n');
		while (!r->bad && (c = next(r)) != '_') {
			if (c >= '0' && c <= '9')
				n = add_digit(r, n, 16, c - '0');
			else if (c >= 'a' && c <= 'f')
				n = add_digit(r, n, 16, c - 'a' + 10);
			else
				r->bad = true;
		}
		puts_(r, less ? "-" : "");
		if (t == 'b')
			puts_(r, n ? "true" : "false");
		else if (t == 'c' && n >= ' ' && n < 0x7f)
			put(r, (char[]){ '\'', n, '\'' }, 3);
		else
			put_number(r, n);
	} else {
		r->bad = true; /* strings and structs as generic arguments are rare */
	}
	r->depth--;
}

static bool new_name(struct rust *r)
{
	if (peek(r) >= '0' && peek(r) <= '9')
		return false; /* a version to come */
	path(r, true);
	if (r->bad)
		return false;
	if (peek(r) >= 'A' && peek(r) <= 'Z') { /* the crate that needed a copy of its own */
		r->quiet = true;
		path(r, false);
	}
	return !r->bad && (!peek(r) || peek(r) == '.' || peek(r) == '$');
}

bool demangle_rust(const char *name, char *to, size_t size)
{
	struct rust r = { .to = to, .room = size };

	if (name[0] != '_')
		return false;
	if (name[1] == 'R') {
		r.s = name + 2;
		r.n = strlen(r.s);
		return new_name(&r) && r.len;
	}
	if (name[1] != 'Z' || name[2] != 'N')
		return false;
	r.s = name + 3;
	r.n = strlen(r.s);
	return old_name(&r) && r.len;
}
