// SPDX-License-Identifier: BSD-2-Clause
#include "kernel/usdt.h"
#include "test.h"
#include <elf.h>
#include <stdio.h>
#include <string.h>

static bool find(void *ctx, const char *name, u64 *addr)
{
	(void)ctx;
	*addr = 0x5000;
	return !strcmp(name, "known") || !strcmp(name, "known@@V1");
}

static const struct usdt_variables variables = { find, NULL };

/* One argument in words: what, bits, registers, number. */
static const char *arg(int machine, const char *text)
{
	static char said[128];
	struct usdt_site site;
	const struct usdt_arg *a = &site.args[0];
	u32 n = usdt_parse(&site, text, 0x1000, machine, &variables);
	char reg[32] = "", index[32] = "";

	if (n != 1)
		return "not one";
	if (a->kind == USDT_NONE)
		return "none";
	if (a->has_reg)
		snprintf(reg, sizeof(reg), " r%d", a->reg / 8);
	if (a->has_index)
		snprintf(index, sizeof(index), " i%d<<%d", a->index / 8, a->shift);
	snprintf(said, sizeof(said), "%s %c%d%s%s %lld", a->kind == USDT_MEMORY ? "mem" : "val",
		 a->is_signed ? 's' : 'u', a->bits, reg, index, a->number);
	return said;
}

static void x86(void)
{
	static const char *const cases[][2] = {
		{ "-4@%edi", "val s32 r14 0" },
		{ "8@%r12", "val u64 r3 0" },
		{ "1@%sil", "val u8 r13 0" },
		{ "-2@%r9w", "val s16 r8 0" },
		{ "8@$-5", "val u64 -5" },
		{ "8@$0xffffffffffffffff", "val u64 -1" },
		{ "-4@-1204(%rbp)", "mem s32 r4 -1204" },
		{ "8@(%rax)", "mem u64 r10 0" },
		{ "8@(%rax,%rbx)", "mem u64 r10 i5<<0 0" },
		{ "8@-8(%rax,%rbx,8)", "mem u64 r10 i5<<3 -8" },
		{ "8@16(,%rbx,4)", "mem u64 i5<<2 16" },
		{ "-4@52+known(%rip)", "mem s32 r16 16436" }, /* 0x5000 + 52 - 0x1000 */
		{ "-4@known-4(%rip)", "mem s32 r16 16380" },
		{ "8@known(%rip)", "mem u64 r16 16384" },
		{ "8@known@@V1(%rip)", "mem u64 r16 16384" },
		{ "8@known", "mem u64 20480" },
		{ "8@unknown(%rip)", "none" },
		{ "8@known+known(%rip)", "none" },
		{ "8@-known(%rip)", "none" },
		{ "8@4(%rip)", "none" },
		{ "8@%ah", "none" },
		{ "8@%xmm0", "none" },
		{ "8f@%rax", "none" },
		{ "3@%rax", "none" },
		{ "8@(%rax,%rbx,3)", "none" },
		{ "8@(%rax", "none" },
		{ "8@(%rax)x", "none" },
		{ "8@%", "none" },
		{ "8@$", "none" },
		{ "8@", "none" },
		{ "8", "none" },
		{ "@%rax", "none" },
		{ "9223372036854775808@%rax", "none" },
		{ "-9223372036854775808@%rax", "none" },
		{ "8@9223372036854775807+9223372036854775807(%rax)", "mem u64 r10 -2" },
		{ "", "not one" },
		{ " ", "not one" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		is_str(arg(EM_X86_64, cases[i][0]), cases[i][1], cases[i][0]);
}

static void arm64(void)
{
	static const char *const cases[][2] = {
		{ "-4@w0", "val s32 r0 0" },
		{ "8@x30", "val u64 r30 0" },
		{ "8@sp", "val u64 r31 0" },
		{ "-4@5", "val s32 5" },
		{ "8@-5", "val u64 -5" },
		{ "-4@[sp, 60]", "mem s32 r31 60" },
		{ "8@[x19]", "mem u64 r19 0" },
		{ "8@[x19, -8]", "mem u64 r19 -8" },
		{ "8@[x1, x2]", "mem u64 r1 i2<<0 0" },
		{ "8@x31", "none" },
		{ "8@[x19", "none" },
		{ "8@[x19, 8", "none" },
		{ "8@%rax", "none" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		is_str(arg(EM_AARCH64, cases[i][0]), cases[i][1], cases[i][0]);
}

static void lists(void)
{
	const char *all = " 8@[sp, 8] -4@w1  1@2 ";
	struct usdt_site site;
	char many[200] = "";
	size_t len;

	ok(usdt_parse(&site, all, 0, EM_AARCH64, NULL) == 3, "a list");
	ok(site.args[2].number == 2 && site.args[3].kind == USDT_NONE, "a list");
	ok(!strncmp(usdt_text(all, 0, &len), "8@[sp, 8]", 9) && len == 9, "a list");
	ok(!strncmp(usdt_text(all, 2, &len), "1@2", 3) && len == 3, "a list");
	ok(!usdt_text(all, 3, &len), "a list");
	for (int i = 0; i < 15; i++)
		strcat(many, "4@$1 ");
	ok(usdt_parse(&site, many, 0, EM_X86_64, NULL) == 15, "a list");
	ok(site.args[USDT_ARGS - 1].number == 1, "a list");
	is_str(arg(EM_X86_64, "8@known(%rip"), "none", "no closing parenthesis");
}

int main(void)
{
	x86();
	arm64();
	lists();
	return done();
}
