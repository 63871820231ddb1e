// SPDX-License-Identifier: BSD-2-Clause
#include "kernel/usdt.h"
#include <ctype.h>
#include <elf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- registers, by their offset in struct pt_regs ---- */

#define X86_IP 16

/* In struct pt_regs' order, by the names of their 64, 32, 16 and 8 bits. */
static const char *const x86_regs[][4] = {
	{ "r15", "r15d", "r15w", "r15b" }, { "r14", "r14d", "r14w", "r14b" },
	{ "r13", "r13d", "r13w", "r13b" }, { "r12", "r12d", "r12w", "r12b" },
	{ "rbp", "ebp", "bp", "bpl" },     { "rbx", "ebx", "bx", "bl" },
	{ "r11", "r11d", "r11w", "r11b" }, { "r10", "r10d", "r10w", "r10b" },
	{ "r9", "r9d", "r9w", "r9b" },     { "r8", "r8d", "r8w", "r8b" },
	{ "rax", "eax", "ax", "al" },      { "rcx", "ecx", "cx", "cl" },
	{ "rdx", "edx", "dx", "dl" },      { "rsi", "esi", "si", "sil" },
	{ "rdi", "edi", "di", "dil" },     { "orig", "", "", "" },
	{ "rip", "eip", "ip", "" },        { "cs", "", "", "" },
	{ "flags", "", "", "" },           { "rsp", "esp", "sp", "spl" },
};

/* Take a register's name from *s; -1 if it is none. */
static int x86_reg(const char **s)
{
	char name[8];
	size_t len;

	if (**s != '%')
		return -1;
	for (len = 0; isalnum((unsigned char)(*s)[1 + len]); len++)
		;
	if (!len || len >= sizeof(name))
		return -1;
	memcpy(name, *s + 1, len);
	name[len] = 0;
	for (size_t i = 0; i < sizeof(x86_regs) / sizeof(*x86_regs); i++)
		for (int j = 0; j < 4; j++)
			if (!strcmp(x86_regs[i][j], name)) {
				*s += 1 + len;
				return i * 8;
			}
	return -1;
}

static int arm64_reg(const char **s)
{
	char *end;
	long n;

	if (!strncmp(*s, "sp", 2) || !strncmp(*s, "wsp", 3)) {
		*s += **s == 'w' ? 3 : 2;
		return 31 * 8;
	}
	if ((**s != 'x' && **s != 'w') || !isdigit((unsigned char)(*s)[1]))
		return -1;
	n = strtol(*s + 1, &end, 10);
	*s = end;
	return n <= 30 ? n * 8 : -1;
}

/* ---- operands ---- */

struct parsing {
	const char *s; /* what is left of the operand, NUL-terminated */
	u64 addr;
	const struct usdt_variables *variables;
};

static bool take(struct parsing *p, char c)
{
	if (*p->s != c)
		return false;
	p->s++;
	return true;
}

static bool number(struct parsing *p, s64 *v)
{
	char *end;

	errno = 0;
	*v = strtoll(p->s, &end, 0);
	/* An unsigned constant can be too large for that. */
	if (errno == ERANGE && *p->s != '-') {
		errno = 0;
		*v = strtoull(p->s, &end, 0);
	}
	if (end == p->s || errno)
		return false;
	p->s = end;
	return true;
}

static bool is_name(char c)
{
	return isalnum((unsigned char)c) || c == '_' || c == '.' || c == '$' || c == '@';
}

static bool variable(struct parsing *p, u64 *addr)
{
	char name[256];
	size_t n = 0;

	while (is_name(p->s[n]) && n < sizeof(name) - 1)
		n++;
	if (!n)
		return false;
	memcpy(name, p->s, n);
	name[n] = 0;
	p->s += n;
	return p->variables && p->variables->find(p->variables->ctx, name, addr);
}

/* "-8", "x", "52+x", "x+52": *named is whether the sum contains a variable. */
static bool x86_sum(struct parsing *p, s64 *sum, bool *named)
{
	for (bool first = true; first || *p->s == '+' || *p->s == '-'; first = false) {
		bool minus = *p->s == '-';
		s64 v;
		u64 addr;

		p->s += *p->s == '+' || minus;
		if (isdigit((unsigned char)*p->s)) {
			if (!number(p, &v))
				return false;
			*sum += minus ? -(u64)v : (u64)v;
		} else {
			if (minus || *named || !variable(p, &addr))
				return false;
			*sum += addr;
			*named = true;
		}
	}
	return true;
}

static bool x86_base(struct parsing *p, struct usdt_arg *a)
{
	int reg = x86_reg(&p->s);

	a->reg = reg;
	a->has_reg = 1;
	return reg >= 0;
}

/* ",%rax,8" */
static bool x86_index(struct parsing *p, struct usdt_arg *a)
{
	int reg;
	s64 scale = 1;

	if (!take(p, ','))
		return true;
	reg = x86_reg(&p->s);
	if (reg < 0 || (take(p, ',') && !number(p, &scale)))
		return false;
	a->index = reg;
	a->has_index = 1;
	for (a->shift = 0; a->shift < 4 && 1 << a->shift != scale; a->shift++)
		;
	return a->shift < 4;
}

static bool x86_operand(struct parsing *p, struct usdt_arg *a)
{
	bool named = false;

	a->kind = USDT_VALUE;
	if (*p->s == '%')
		return x86_base(p, a);
	if (take(p, '$'))
		return number(p, &a->number);
	a->kind = USDT_MEMORY;
	if (*p->s != '(' && !x86_sum(p, &a->number, &named))
		return false;
	if (!take(p, '('))
		return true; /* an absolute address */
	if (*p->s != ',' && !x86_base(p, a))
		return false;
	if (!x86_index(p, a) || !take(p, ')'))
		return false;
	if (a->has_reg && a->reg == X86_IP * 8) {
		/* A variable, as far from the probe as in the file. */
		a->number -= p->addr;
		return named;
	}
	return true;
}

static bool arm64_operand(struct parsing *p, struct usdt_arg *a)
{
	bool memory = take(p, '[');
	int reg;

	a->kind = memory ? USDT_MEMORY : USDT_VALUE;
	if (!memory && (isdigit((unsigned char)*p->s) || *p->s == '-'))
		return number(p, &a->number);
	reg = arm64_reg(&p->s);
	a->reg = reg;
	a->has_reg = 1;
	if (reg < 0 || !memory)
		return reg >= 0;
	if (take(p, ',')) {
		while (take(p, ' '))
			;
		take(p, '#');
		if (!number(p, &a->number)) {
			reg = arm64_reg(&p->s);
			a->index = reg;
			a->has_index = 1;
			if (reg < 0)
				return false;
		}
	}
	return take(p, ']');
}

/* "-4@%edi": the size in bytes, negative if it is signed. */
static bool parse_arg(struct usdt_arg *a, const char *text, size_t len, u64 addr, int machine,
		      const struct usdt_variables *variables)
{
	char operand[320];
	struct parsing p = { operand, addr, variables };
	s64 size;

	if (len >= sizeof(operand))
		return false;
	memcpy(operand, text, len);
	operand[len] = 0;
	if (!number(&p, &size) || !take(&p, '@')) /* 8f@ is a floating-point number */
		return false;
	if (size < -8 || size > 8)
		return false;
	a->is_signed = size < 0;
	size = size < 0 ? -size : size;
	if (size != 1 && size != 2 && size != 4 && size != 8)
		return false;
	a->bits = size * 8;
	return (machine == EM_AARCH64 ? arm64_operand(&p, a) : x86_operand(&p, a)) && !*p.s;
}

/* ---- lists ---- */

/* Arguments are separated by blanks, but "[sp, 8]" is one. */
static size_t arg_len(const char *s)
{
	bool inside = false;
	size_t n;

	for (n = 0; s[n] && (inside || s[n] != ' '); n++)
		inside = s[n] == '[' || (inside && s[n] != ']');
	return n;
}

const char *usdt_text(const char *args, u32 n, size_t *len)
{
	for (;; n--) {
		args += strspn(args, " ");
		*len = arg_len(args);
		if (!*len)
			return NULL;
		if (!n)
			return args;
		args += *len;
	}
}

u32 usdt_parse(struct usdt_site *site, const char *args, u64 addr, int machine,
	       const struct usdt_variables *variables)
{
	u32 n = 0;
	size_t len;

	*site = (struct usdt_site){ 0 };
	for (args += strspn(args, " "); (len = arg_len(args));
	     args += len + strspn(args + len, " ")) {
		struct usdt_arg a = { 0 };

		if (n < USDT_ARGS && parse_arg(&a, args, len, addr, machine, variables))
			site->args[n] = a;
		n++;
	}
	return n;
}
