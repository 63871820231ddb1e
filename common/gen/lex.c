// SPDX-License-Identifier: BSD-2-Clause
#include "base/message.h"
#include "base/text.h"
#include "gen/expr.h"
#include <ctype.h>
#include <err.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- memory ---- */

static struct block {
	struct block *next;
	u64 bytes[];
} * blocks;

void *gen_alloc(size_t n)
{
	struct block *b = calloc(1, sizeof(*b) + n);

	if (!b)
		err(1, NULL);
	b->next = blocks;
	blocks = b;
	return b->bytes;
}

void gen_free(void)
{
	for (struct block *next; blocks; blocks = next) {
		next = blocks->next;
		free(blocks);
	}
}

/* ---- errors ---- */

void gen_error(const char *text, struct piece p, const char *fmt, ...)
{
	char line[300];
	size_t indent, width;
	va_list ap;

	va_start(ap, fmt);
	complain(fmt, ap);
	va_end(ap);
	/* Only what can't move the cursor is underlined. */
	snprintf(line, sizeof(line), "%s", text);
	for (char *c = line; *c; c++)
		if (iscntrl((unsigned char)*c))
			*c = ' ';
	indent = p.at - text;
	if (indent < sizeof(line) && strlen(text) < sizeof(line)) {
		width = text_width(line + indent, p.len);
		indent = text_width(line, indent);
		message("  %s\n  %*s^", line, (int)indent, "");
		for (size_t i = 1; i < width; i++)
			message("~");
		message("\n");
	}
	exit(2);
}

/* ---- tokens ---- */

static bool is_name(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

void lex_begin(struct lexer *l, const char *text, const char *at)
{
	*l = (struct lexer){ .text = text, .at = at };
	lex_next(l);
}

/* 'a' or '\n' */
static void character(struct lexer *l, struct token *t)
{
	const char *end = t->is.at + 1;
	u32 len;

	while (*end && *end != '\'')
		end += *end == '\\' && end[1] ? 2 : 1;
	t->is.len = end - t->is.at + (*end == '\'');
	if (*end != '\'' || end == t->is.at + 1)
		gen_error(l->text, t->is, "expected one character and a quote: 'a'");
	t->number = (s8)*lex_string(t->is, &len);
	if (len != 1)
		gen_error(l->text, t->is, "expected one character between the quotes");
}

static void number(struct lexer *l, struct token *t)
{
	const char *s = t->is.at;
	bool hex = s[0] == '0' && (s[1] | 32) == 'x', octal = s[0] == '0' && !hex;
	int base = hex ? 16 : octal ? 8 : 10;

	s += hex ? 2 : 0;
	while (is_name(s[0]) && (hex ? isxdigit((unsigned char)*s) : isdigit((unsigned char)*s))) {
		int digit = isdigit((unsigned char)*s) ? *s - '0' : (*s | 32) - 'a' + 10;
		u64 more;

		t->is.len = s + 1 - t->is.at;
		if (digit >= base)
			gen_error(l->text, t->is, "%c is no octal digit", *s);
		if (__builtin_mul_overflow(t->number, (u64)base, &more) ||
		    __builtin_add_overflow(more, (u64)digit, &more))
			gen_error(l->text, t->is, "this number does not fit in 64 bits");
		t->number = more;
		s++;
	}
	if (hex && s == t->is.at + 2)
		gen_error(l->text, t->is, "expected hexadecimal digits");
	for (; (*s | 32) == 'u' || (*s | 32) == 'l'; s++)
		if ((*s | 32) == 'u')
			t->is_unsigned = true;
		else
			t->is_long = true;
	t->is.len = s - t->is.at;
	if (is_name(*s) || *s == '.')
		gen_error(l->text, (struct piece){ t->is.at, t->is.len + 1 },
			  "this is no number: numbers are whole, such as 10, 0x1f or 'a'");
	/* As in C: the first type that holds it. */
	if (!t->is_long && !t->is_unsigned && base != 10 && t->number > INT32_MAX &&
	    t->number <= UINT32_MAX)
		t->is_unsigned = true;
	t->is_long |= t->number > (t->is_unsigned ? UINT32_MAX : INT32_MAX);
	t->is_unsigned |= t->number > INT64_MAX;
}

static const char pairs[][3] = { "->", "<<", ">>", "<=", ">=", "==", "!=", "&&", "||" };

void lex_next(struct lexer *l)
{
	const char *s = l->at;
	struct token t = { .is.len = 1 };

	while (isspace((unsigned char)*s))
		s++;
	t.is.at = s;
	if (!*s) {
		t.kind = T_END;
		t.is.len = 0;
	} else if (isdigit((unsigned char)*s)) {
		t.kind = T_NUMBER;
		number(l, &t);
	} else if (*s == '\'') {
		t.kind = T_NUMBER;
		character(l, &t);
	} else if (is_name(*s) || *s == '$') {
		t.kind = *s == '$' ? T_VARIABLE : T_NAME;
		while (is_name(s[t.is.len]))
			t.is.len++;
	} else if (*s == '"') {
		const char *end = s + 1;

		t.kind = T_STRING;
		while (*end && *end != '"')
			end += *end == '\\' && end[1] ? 2 : 1;
		t.is.len = end - s + (*end == '"');
		if (!*end)
			gen_error(l->text, t.is, "expected a \" at the end of this string");
	} else {
		t.kind = T_PUNCT;
		t.punct = *s;
		for (size_t i = 0; i < sizeof(pairs) / sizeof(*pairs); i++)
			if (s[0] == pairs[i][0] && s[1] == pairs[i][1]) {
				t.punct = PUNCT2(s[0], s[1]);
				t.is.len = 2;
			}
	}
	l->at = t.is.at + t.is.len;
	l->now = t;
}

bool lex_is(const struct lexer *l, u32 punct)
{
	return l->now.kind == T_PUNCT && l->now.punct == punct;
}

bool lex_is_word(const struct lexer *l, const char *word)
{
	return l->now.kind == T_NAME && l->now.is.len == strlen(word) &&
	       !memcmp(l->now.is.at, word, l->now.is.len);
}

bool lex_accept(struct lexer *l, u32 punct)
{
	if (!lex_is(l, punct))
		return false;
	lex_next(l);
	return true;
}

void lex_expect(struct lexer *l, u32 punct)
{
	if (!lex_accept(l, punct))
		gen_error(l->text, l->now.is, "expected %c%s", (char)punct,
			  l->now.kind == T_END ? " before the end" : " here");
}

static u32 escape(const char **s, const char *end)
{
	static const char letters[] = "n\nt\tr\ra\ab\bf\fv\v";
	u32 v = 0, digits = 0;
	char c = *(*s)++;

	for (const char *p = letters; *p; p += 2)
		if (*p == c)
			return p[1];
	if (c == 'x') {
		for (; *s < end && digits < 2 && isxdigit((unsigned char)**s); digits++, (*s)++)
			v = v * 16 +
			    (isdigit((unsigned char)**s) ? **s - '0' : (**s | 32) - 'a' + 10);
		return v;
	}
	if (c < '0' || c > '7')
		return c;
	(*s)--;
	for (; *s < end && digits < 3 && **s >= '0' && **s <= '7'; digits++, (*s)++)
		v = v * 8 + **s - '0';
	return v;
}

char *lex_string(struct piece p, u32 *len)
{
	const char *s = p.at + 1, *end = p.at + p.len - 1;
	char *out = gen_alloc(p.len);

	*len = 0;
	while (s < end) {
		char c = *s++;

		out[(*len)++] = c == '\\' && s < end ? (char)escape(&s, end) : c;
	}
	return out;
}
