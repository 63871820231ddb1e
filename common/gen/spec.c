// SPDX-License-Identifier: BSD-2-Clause
#include "gen/spec.h"
#include "kernel/tracepoints.h"
#include "lib/gen.h"
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char *copy(const char *s, size_t n)
{
	char *c = gen_alloc(n + 1);

	memcpy(c, s, n);
	return c;
}

/* Up to +OFFSET. */
static size_t parse_offset(struct spec *s, const char *from, size_t n)
{
	const char *plus = memchr(from, '+', n);
	struct lexer l;

	if (!plus || strchr("tu", s->kind))
		return n;
	lex_begin(&l, s->text, plus + 1);
	if (l.now.kind != T_NUMBER || l.now.is.at != plus + 1 ||
	    l.now.is.len != n - (plus + 1 - from) || l.now.number > 1 << 20)
		gen_error(s->text, (struct piece){ plus, n - (plus - from) },
			  "expected +OFFSET, in bytes");
	s->offset = l.now.number;
	if (s->kind == 'r' && s->offset)
		gen_error(s->text, (struct piece){ plus, n - (plus - from) },
			  "a function returns from all of its places: leave out the offset");
	return plus - from;
}

static const char *parse_signature(struct spec *s, const char *from)
{
	struct lexer l;

	lex_begin(&l, s->text, from + 1);
	s->has_signature = true;
	while (!lex_is(&l, ')')) {
		struct gen_name param = {};

		if (s->n_params == GEN_ARGS)
			gen_error(s->text, l.now.is, "only the first %d arguments can be read",
				  GEN_ARGS);
		s->param_types[s->n_params] = parse_type(&l);
		if (!strcmp(s->param_types[s->n_params]->name, "void") &&
		    !s->param_types[s->n_params]->depth && !s->n_params && lex_is(&l, ')'))
			break;
		if (l.now.kind != T_NAME)
			gen_error(s->text, l.now.is, "expected the argument's name");
		param.name = copy(l.now.is.at, l.now.is.len);
		lex_next(&l);
		gen_add(&s->params, &s->n_params, &param);
		if (!lex_is(&l, ')'))
			lex_expect(&l, ',');
	}
	if (strchr("tu", s->kind) && s->n_params)
		gen_error(s->text, (struct piece){ from, l.now.is.at + 1 - from },
			  "only functions have a signature");
	return l.at;
}

const char *spec_parse(struct spec *s, const char *text)
{
	size_t n;

	*s = (struct spec){ .text = text, .kind = 'p' };
	s->param_types = gen_alloc(GEN_ARGS * sizeof(*s->param_types));
	while (*text == ' ')
		text++;
	n = strcspn(text, " \t\n(#\"");
	if (!n)
		gen_error(s->text, (struct piece){ text, *text != 0 },
			  "expected a function or another place to probe");
	if (n > 2 && text[1] == ':' && strchr("prtu", *text))
		s->kind = *text;
	s->place = copy(text, parse_offset(s, text, n));
	if (s->kind == 'r')
		*s->place = 'p';
	if (strpbrk(s->place, "*?["))
		gen_error(s->text, (struct piece){ text, n },
			  "a probe is on one function: name it, and give other probes as further "
			  "arguments");
	text += n;
	return *text == '(' ? parse_signature(s, text) : text;
}

void spec_scope(const struct spec *s, struct gen_scope *g, const char *func)
{
	static const char *const numbered[] = { "arg1", "arg2", "arg3", "arg4", "arg5", "arg6" };
	struct gen_name name = { .op = E_ARG };
	struct ctype ret = gen_int(8, true);
	u32 n;

	g->text = s->text;
	if (func)
		gen_func(g, func, &ret);
	if (s->kind == 't') {
		g->no_args = "a tracepoint has no numbered arguments: use args->FIELD";
		return;
	}
	n = g->n_names;
	for (u32 i = 0; i < GEN_ARGS; i++) {
		name = (struct gen_name){ numbered[i], gen_int(8, false), E_ARG,
					  offsetof(struct gen_frame, args[i]) };
		for (u32 j = 0; j < n; j++)
			if (g->names[j].off == name.off)
				name.type = g->names[j].type;
		if (i < s->n_params)
			name.type = gen_named(g, s->param_types[i]);
		/* The memory of a program. */
		name.type.user |= !func;
		gen_add(&g->names, &g->n_names, &name);
		if (i >= s->n_params)
			continue;
		/* The user's name comes first in the search. */
		name.name = s->params[i].name;
		gen_add(&g->names, &g->n_names, &name);
		struct gen_name first = g->names[0];
		g->names[0] = name;
		g->names[g->n_names - 1] = first;
	}
	if (s->kind != 'r')
		return;
	g->returns = true;
	g->entry = g->names;
	g->n_entry = g->n_names;
	g->names = NULL;
	g->n_names = 0;
	/* Of a program's function nothing is known.  BCC takes an int for one. */
	if (!gen_is_number(ret))
		ret = gen_int(8, true);
	name = (struct gen_name){ "retval", ret, E_ARG, offsetof(struct gen_frame, ret) };
	gen_add(&g->names, &g->n_names, &name);
}

/* ---- tracepoints ---- */

static bool as_declared(const char *type, struct ctype *c)
{
	struct type_name t = {};

	snprintf(t.name, sizeof(t.name), "%.63s", type);
	return gen_find_type(&t, c) && c->base == C_INT;
}

/* "const char * name", "char name[16]" or "__data_loc char[] name", and its place in the record. */
static void add_field(struct gen_scope *g, char *text, u32 off, u32 size, bool is_signed, bool user)
{
	struct gen_name field = { .op = E_FIELD, .type = gen_int(size, is_signed), .off = off };
	char *bracket = strchr(text, '['), *name, *star;
	struct type_name pointee = {};
	struct ctype declared;

	field.dynamic = !strncmp(text, "__data_loc ", 11);
	if (bracket && !field.dynamic)
		*bracket = 0;
	name = strrchr(text, ' ');
	if (!name)
		return;
	*name++ = 0;
	star = strchr(text, '*');
	if (bracket) {
		u32 n = field.dynamic ? 0 : atoi(bracket + 1);

		/* In BTF, arrays have types; without, all that is known is how large the elements are. */
		field.type = (struct ctype){ .base = C_ARRAY,
					     .size = n && size % n == 0 ? size / n : 1,
					     .elements = n,
					     .is_signed = is_signed };
		if (field.type.size > 8)
			return;
	} else if (star) {
		for (const char *s = star; *s; s++)
			pointee.depth += *s == '*';
		while (star > text && star[-1] == ' ')
			star--;
		snprintf(pointee.name, sizeof(pointee.name), "%.*s", (int)(star - text), text);
		memmove(pointee.name, pointee.name + (strncmp(pointee.name, "const ", 6) ? 0 : 6),
			sizeof(pointee.name) - 6);
		if (!gen_find_type(&pointee, &field.type))
			field.type = (struct ctype){ .base = C_VOID, .depth = pointee.depth };
		field.type.user = user;
	} else if (size > 8 || (size & (size - 1))) {
		return; /* a struct */
	} else if (as_declared(text, &declared) && declared.size < size) {
		/* What a system call gets as an int fills a register, of which the rest can be anything. */
		field.type = declared;
	}
	field.name = copy(name, strlen(name));
	gen_add(&g->fields, &g->n_fields, &field);
}

/* What a tracepoint's fields are added to, and whether pointers in them are to user memory. */
struct fields {
	struct gen_scope *scope;
	bool user;
};

static void on_field(struct tracepoint_field *t, void *ctx)
{
	const struct fields *f = ctx;

	add_field(f->scope, t->text, t->off, t->size, t->is_signed, f->user);
}

void spec_fields(struct gen_scope *g, const char *tracepoint)
{
	struct fields f = { g, !strncmp(tracepoint, "syscalls:", 9) };

	if (!tracepoint_fields(tracepoint, on_field, &f))
		err(1, "cannot read the format of the tracepoint %s", tracepoint);
}
