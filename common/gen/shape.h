/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a value of one of the kernel's types consists of.  It is found out once, from BTF, as bytes that a recording can
 * keep.  With these, and without BTF, a value that a program sent as struct gen_told is printed.
 */
#pragma once
#include "base/str.h"
#include "gen/emit.h"

#define SHAPE_BYTES  4096 /* the most that is read of a struct or array */
#define SHAPE_STRING 256  /* the same of a string */

struct shape_node;
struct shape {
	const struct shape_head *head;
	const struct shape_node *nodes;
	const char *strings;
};

/* Have a program tell this value, which has a type. */
struct gen_value shape_value(struct btf *, struct expr *);
/* Append what it consists of.  NAME is what it is called. */
void shape_put(struct str *, struct btf *, const struct gen_value *, struct piece name);
/* Take that over.  False: it is damaged. */
bool shape_take(struct shape *, const void *, size_t len);
/* How many bytes it has, from HEAD on. */
u32 shape_len(const struct shape *);
/* How many bytes a value has in an event. */
u32 shape_size(const struct shape *);
const char *shape_name(const struct shape *);

/* A value that is there in full; false if its lengths are wrong, or it was not cut. */
struct gen_told;
bool shape_is_sound(const struct shape *, const struct gen_told *);
bool shape_is_cut(const struct shape *, const struct gen_told *);
/* "NAME = " and the value, in lines indented by so many blanks, without a newline at the end. */
void shape_text(const struct shape *, const struct gen_told *, u32 indent);
void shape_json(const struct shape *, const struct gen_told *);

/* A declaration in C: "struct file *NAME", or without a name. */
void shape_declare(struct str *, struct btf *, u32 type, const char *name);
