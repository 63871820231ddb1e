// SPDX-License-Identifier: BSD-2-Clause
/* Values of the kernel's types, as text and JSON; and what a recording can say that is not so. */
#include "gen/shape.h"
#include "gen.h"
#include "output/out.h"
#include "test.h"

static struct btf *btf;

/* A struct gen_told, then a gadget. */
static u64 value[(sizeof(struct gen_told) + sizeof(struct gadget)) / sizeof(u64)];

static const struct gen_told *make_value(void)
{
	static const struct gadget g = { -3, 99,   -(1ll << 40),   { 1, 0, 3, 0 },
					 -5, true, (void *)0x1234, "a \033 name" };
	struct gen_told *told = (struct gen_told *)value;

	told->number = 0xffff888812345678;
	told->got = sizeof(g);
	memcpy(told->bytes, &g, sizeof(g));
	return told;
}

/* Of a pointer to a gadget. */
static struct str described(void)
{
	struct gen_scope s = { .text = "turn" };
	struct expr e = { .op = E_ARG };
	struct gen_value v;
	struct str shape = {};
	struct ctype ret;

	gen_func(&s, "turn", &ret);
	e.type = s.names[0].type;
	v = shape_value(btf, &e);
	is_num(v.target, sizeof(struct gadget), "all of the struct is read");
	shape_put(&shape, btf, &v, (struct piece){ "g", 1 });
	return shape;
}

static const char *taken(void)
{
	static char text[4096];
	size_t n;
	const char *p = out_take(&n);

	snprintf(text, sizeof(text), "%.*s", (int)n, p);
	return text;
}

static void shown(const struct shape *s, const struct gen_told *v)
{
	struct gen_told none = { .number = -2, .got = -14 };

	shape_text(s, v, 1);
	is_str(taken(),
	       " g = *(0xffff888812345678)\n  (struct gadget){\n   .a = (int)-3,\n   .b = "
	       "(unsigned int)99,\n"
	       "   .c = (long long int)-1099511627776,\n   .d = (unsigned char[4])[\n    1,\n    "
	       "0,\n    3,\n   ],\n"
	       "   .e = (short int)-5,\n   .f = (_Bool)true,\n   .next = (struct gadget *)0x1234,\n"
	       "   .name = (char[16])\"a \\033 name\",\n  }",
	       "a struct as text");
	shape_json(s, v);
	is_str(taken(),
	       "{\"address\":\"0xffff888812345678\",\"value\":{\"a\":-3,\"b\":99,\"c\":-"
	       "1099511627776,"
	       "\"d\":[1,0,3,0],\"e\":-5,\"f\":true,\"next\":\"0x1234\",\"name\":\"a \\u001b "
	       "name\"}}",
	       "as JSON");
	shape_text(s, &none, 1);
	is_str(taken(), " g = *(0xfffffffffffffffe)\n  (struct gadget *)-2", "an error's number");
	shape_json(s, &none);
	is_str(taken(), "{\"address\":\"0xfffffffffffffffe\",\"value\":null}", "as JSON");
}

/* Each number of a shape changed: it is refused, or what it describes is within the value's bytes. */
static void damaged(const struct str *good, const struct gen_told *v)
{
	static const u32 numbers[] = {
		0, 1, 7, 8, 63, 65, 4096, 4097, 0x7fffffff, 0x80000000, ~0u
	};
	struct str bad = {};
	struct shape s;
	u32 refused = 0, shown = 0;
	size_t n;

	str_put(&bad, good->p, good->len);
	for (size_t at = 0; at + 4 <= good->len; at += 4)
		for (size_t i = 0; i < sizeof(numbers) / sizeof(*numbers); i++) {
			memcpy(bad.p + at, &numbers[i], 4);
			if (!shape_take(&s, bad.p, bad.len)) {
				refused++;
			} else if (shape_size(&s) <= sizeof(value) && shape_is_sound(&s, v)) {
				shape_text(&s, v, 1);
				shape_json(&s, v);
				out_take(&n);
				shown++;
			}
			memcpy(bad.p + at, good->p + at, 4);
		}
	ok(refused && shown, "shapes with another number are refused, or can be shown");
	for (n = 0; n < good->len; n++)
		if (shape_take(&s, good->p, n))
			break;
	is_num(n, good->len, "none of its beginnings is taken for a shape");
	free(bad.p);
}

int main(void)
{
	struct str shape, text = {};
	struct shape s;

	btf = gadget_types();
	gen_types(btf);
	shape = described();
	if (ok(shape_take(&s, shape.p, shape.len), "a shape is sound")) {
		is_num(shape_size(&s), sizeof(value), "what a value takes in an event");
		is_num(shape_len(&s), shape.len, "what it takes itself");
		shown(&s, make_value());
		damaged(&shape, make_value());
	}
	shape_declare(&text, btf, 10, "next");
	str_put(&text, "", 1);
	is_str(text.p, "struct gadget *next", "a declaration");
	free(text.p);
	free(shape.p);
	gen_free();
	return done();
}
