/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Expressions of the probe language, from text to BPF instructions:
 *
 *	lex.c	text to tokens
 *	parse.c	tokens to a tree of struct expr
 *	type.c	gives each its type, from the kernel's BTF
 *	emit.c	the typed tree to instructions
 *
 * Errors underline their place in what was typed, and exit with status 2.
 */
#pragma once
#include "lib/types.h"
#include <bpf/btf.h>

/* A part of the text that was typed. */
struct piece {
	const char *at;
	u32 len;
};

/* ---- tokens ---- */

enum token_kind { T_END, T_NAME, T_VARIABLE, T_NUMBER, T_STRING, T_PUNCT };

/* Punctuation of up to two characters, as a number. */
#define PUNCT2(a, b) ((a) | (b) << 8)

struct token {
	enum token_kind kind;
	struct piece is;
	u32 punct;
	u64 number;
	bool is_unsigned, is_long; /* as C types the number */
};

struct lexer {
	const char *text; /* all of it, for errors */
	const char *at;   /* what comes after the token */
	struct token now;
	u32 depth; /* of the parser's recursion */
};

void lex_begin(struct lexer *, const char *text, const char *at);
void lex_next(struct lexer *);
bool lex_is(const struct lexer *, u32 punct);
bool lex_is_word(const struct lexer *, const char *word);
/* Skip this punctuation, or say that it was expected. */
void lex_expect(struct lexer *, u32 punct);
bool lex_accept(struct lexer *, u32 punct);
/* The bytes that a string in quotes stands for, with a NUL after them; kept until gen_free(). */
char *lex_string(struct piece quoted, u32 *len);

void gen_error(const char *text, struct piece, const char *fmt, ...)
	__attribute__((noreturn, format(printf, 3, 4)));
/* Zeroed memory that lives until gen_free(). */
void *gen_alloc(size_t);
void gen_free(void);

/* ---- types ---- */

struct ctype {
	enum { C_VOID, C_INT, C_RECORD, C_ARRAY, C_FUNC } base;
	u8 depth; /* of pointers to the base */
	u8 size;  /* of C_INT; of an element, for an array without an ID */
	bool is_signed, is_bool;
	bool user;    /* it is, or points to, the process's memory */
	u16 elements; /* of such an array */
	u32 id;       /* in BTF: of a struct or array */
	u32 declared; /* in BTF: the whole type as it was declared; 0: an expression made it */
};

/* A type as it was written. */
struct type_name {
	struct piece is;
	char name[64]; /* "struct sock", "unsigned long" */
	u8 depth;
};

/* ---- trees ---- */

enum op {
	E_NUMBER,
	E_STRING,
	E_NAME,
	E_VARIABLE,
	E_ENTRY, /* $entry(NAME) */
	E_MEMBER,
	E_ARROW,
	E_INDEX,
	E_USER,
	E_STRCMP,
	E_SIZEOF,
	E_CAST,
	E_NEG,
	E_NOT,
	E_COMPLEMENT,
	E_DEREF,
	E_ADDRESS,
	E_MUL,
	E_DIV,
	E_MOD,
	E_ADD,
	E_SUB,
	E_SHL,
	E_SHR,
	E_LT,
	E_GT,
	E_LE,
	E_GE,
	E_EQ,
	E_NE,
	E_AND,
	E_XOR,
	E_OR,
	E_LAND,
	E_LOR,
	E_COND,
	/* type.c makes these of names: */
	E_ARG,     /* a number in struct gen_frame, at OFF */
	E_FIELD,   /* of a tracepoint's record, at OFF */
	E_CURRENT, /* what the helper FUNC returns */
};

struct expr {
	enum op op;
	struct piece is;   /* all of it */
	struct piece name; /* of a variable or member */
	struct expr *kid[3];
	u64 number;
	bool is_unsigned, is_long;
	char *string; /* decoded */
	u32 string_len;
	struct type_name *cast; /* also of sizeof */
	/* From type.c on. */
	struct ctype type;
	u32 off;          /* of a member, in its struct; of an argument or a field */
	u8 bits, bit_off; /* of a bit-field, from OFF on; 0: it is none */
	u32 func;         /* E_CURRENT: the helper */
	bool dynamic;     /* E_FIELD: of variable length, its place is at OFF */
};

struct expr *gen_make(enum op, struct piece from);
/* Parse an expression; what follows it is left. */
struct expr *parse_expr(struct lexer *);
/* The same for a type's name, of which the first word is the current token. */
struct type_name *parse_type(struct lexer *);
/* Does the current token begin a type by itself ("struct", "u32")? */
bool parse_at_type(const struct lexer *);
/* As "(+ 1 (-> f pos))", for tests.  The caller frees it. */
char *expr_text(const struct expr *);

/* ---- types of expressions ---- */

/* What BPF programs compiled ahead of time find out for an expression (bpf/lib/gen.h): E_ARG, at an offset there. */
struct gen_name {
	const char *name;
	struct ctype type;
	enum op op;
	u32 off;
	bool dynamic;
};

/* The names that a probe's expressions can use. */
struct gen_scope {
	const char *text; /* the whole probe, for errors */
	struct gen_name *names;
	u32 n_names;
	struct gen_name *fields; /* of args-> */
	u32 n_fields;
	const char *no_args;    /* why there is no arg1 */
	bool returns;           /* the function does: there is $latency, and */
	struct gen_name *entry; /* what its arguments were, $entry(x) */
	u32 n_entry;
};
void gen_add(struct gen_name **, u32 *n, const struct gen_name *);

/* Take types from here; NULL: there are none. */
void gen_types(struct btf *);
/* Give an expression its type, and check it. */
void gen_type(struct expr *, const struct gen_scope *);
/* The type of its value, a number or a pointer; an error if it has none. */
struct ctype gen_value_type(struct expr *, const struct gen_scope *);
/* The type that was written, and what a type of BTF is. */
bool gen_find_type(const struct type_name *, struct ctype *);
struct ctype gen_named(const struct gen_scope *, const struct type_name *);
struct ctype gen_btf_type(u32 id);
struct ctype gen_int(u8 size, bool is_signed);
/* The parameters of a function of the kernel become names; its result's type is in *RET.  False: it is not in BTF. */
bool gen_func(struct gen_scope *, const char *func, struct ctype *ret);
u32 gen_size(struct ctype);
/* The type in which two numbers are computed or compared: C's usual arithmetic conversions. */
struct ctype gen_common(struct ctype, struct ctype);
/* What a pointer or an array is of. */
struct ctype gen_element(struct ctype);
bool gen_is_place(const struct expr *);
static inline bool gen_is_number(struct ctype t)
{
	return t.depth || t.base == C_INT;
}
