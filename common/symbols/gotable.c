// SPDX-License-Identifier: BSD-2-Clause
#include "symbols/gotable.h"
#include <stdlib.h>
#include <string.h>

#define MAX_TABLE  (256 << 20) /* bytes */
#define MAX_RELOCS (1 << 20)

/* The first four bytes tell the format, by the release of Go that began with it. */
enum { GO_1_2 = 0xfffffffb, GO_1_16 = 0xfffffffa, GO_1_18 = 0xfffffff0, GO_1_20 = 0xfffffff1 };

struct table {
	const struct image *im;
	const Elf64_Shdr *section;
	const u8 *t;
	u64 size;
	u32 magic, word; /* bytes of an address */
};

/* 0 beyond the end. */
static u64 number(const struct table *g, u64 at, u32 bytes)
{
	u64 n = 0;

	if (at <= g->size && bytes <= g->size - at)
		memcpy(&n, g->t + at, bytes); /* little-endian, like all our CPUs */
	return n;
}

/* The words after the first eight bytes. */
static u64 head(const struct table *g, u32 i)
{
	return number(g, 8 + (u64)i * g->word, g->word);
}

/* In a position-independent program, a relocation has the address of the first function. */
static u64 relocated(const struct table *g, u64 place)
{
	const struct image *im = g->im;
	Elf64_Rela block[512];
	u64 seen = 0;

	for (u32 i = 0; im->wide && i < im->nsh; i++) {
		u64 n = im->sh[i].sh_size / sizeof(*block);

		if (im->sh[i].sh_type != SHT_RELA || im->sh[i].sh_entsize != sizeof(*block))
			continue;
		for (u64 k = 0; k < n && seen < MAX_RELOCS; k += 512) {
			u64 part = n - k < 512 ? n - k : 512;

			if (!src_read(&im->src, im->sh[i].sh_offset + k * sizeof(*block), block,
				      part * sizeof(*block)))
				break;
			for (u64 j = 0; j < part; j++)
				if (block[j].r_offset == place)
					return block[j].r_addend;
			seen += part;
		}
	}
	return 0;
}

static u64 text_start(const struct table *g)
{
	const Elf64_Shdr *text;
	u64 start = head(g, 2);

	if (!start)
		start = relocated(g, g->section->sh_addr + 8 + 2 * g->word);
	if (!start && (text = image_section(g->im, ".text", SHT_PROGBITS)))
		start = text->sh_addr;
	return start;
}

/* Functions are in the order of their addresses, and the end of the last one follows. */
static bool each(const struct table *g, Elf64_Shdr *strings,
		 bool (*f)(const struct go_func *, void *ctx), void *ctx)
{
	bool relative = g->magic == GO_1_18 || g->magic == GO_1_20;
	u32 entry = relative ? 4 : g->word; /* bytes of each of the two numbers */
	u64 n = head(g, 0), list, infos, names, names_end = g->size, base = 0;
	struct go_func func;

	if (g->magic == GO_1_2) {
		list = 8 + g->word;
		infos = names = 0;
	} else {
		list = infos = head(g, relative ? 7 : 6);
		names = head(g, relative ? 3 : 2);
		names_end = head(g, relative ? 4 : 3);
		base = relative ? text_start(g) : 0;
	}
	if (list > g->size || n > (g->size - list) / (2 * entry) || names > names_end ||
	    names_end > g->size)
		return false;
	*strings = *g->section;
	strings->sh_offset += names;
	strings->sh_size = names_end - names;
	for (u64 i = 0; i < n; i++) {
		u64 at = list + i * 2 * entry, info = infos + number(g, at + entry, entry);
		u64 addr = number(g, at, entry), end = number(g, at + 2 * entry, entry);

		func.addr = base + addr;
		func.size = end > addr ? end - addr : 1;
		func.name = number(g, info + (relative ? 4 : g->word), 4);
		if (info < infos || info >= g->size || func.name >= strings->sh_size)
			continue;
		if (!f(&func, ctx))
			break;
	}
	return n;
}

static bool begins_table(const u8 *t)
{
	u32 magic;

	memcpy(&magic, t, sizeof(magic));
	return (magic == GO_1_2 || magic == GO_1_16 || magic == GO_1_18 || magic == GO_1_20) &&
	       !t[4] && !t[5] && (t[7] == 4 || t[7] == 8);
}

/* Where it begins, in a copy of this section. False if it is not there. */
static bool find_table(const u8 *copy, u64 size, u64 *at)
{
	for (*at = 0; *at + 64 <= size; *at += 32)
		if (begins_table(copy + *at))
			return true;
	return false;
}

/* The system's linker makes it a part of .data.rel.ro in position-independent programs. */
static const Elf64_Shdr *section_of(const struct image *im)
{
	const Elf64_Shdr *own = image_section(im, ".gopclntab", SHT_PROGBITS);

	if (!own)
		own = image_section(im, ".data.rel.ro.gopclntab", SHT_PROGBITS);
	if (!own && image_section(im, ".go.buildinfo", SHT_PROGBITS))
		own = image_section(im, ".data.rel.ro", SHT_PROGBITS);
	return own;
}

bool go_table(const struct image *im, Elf64_Shdr *strings,
	      bool (*f)(const struct go_func *, void *ctx), void *ctx)
{
	const Elf64_Shdr *all = section_of(im);
	char *copy = all ? src_copy(&im->src, all->sh_offset, all->sh_size, MAX_TABLE) : NULL;
	u64 at;
	bool good = false;

	if (copy && find_table((const u8 *)copy, all->sh_size, &at)) {
		Elf64_Shdr own = *all;
		struct table g = { .im = im, .section = &own };

		own.sh_addr += at;
		own.sh_offset += at;
		own.sh_size -= at;
		g.t = (const u8 *)copy + at;
		g.size = own.sh_size;
		g.magic = number(&g, 0, 4);
		g.word = number(&g, 7, 1);
		good = each(&g, strings, f, ctx);
	}
	free(copy);
	return good;
}
