/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ELF files while they are parsed, of either word size. Nothing here trusts a file: it can be
 * damaged, and truncated or written meanwhile.
 */
#pragma once
#include "lib/types.h"
#include <elf.h>
#include <stdbool.h>
#include <stddef.h>

/*
 * What to parse: a file, or memory (the vDSO). Read with pread, not mmap: a file that its owner
 * truncates meanwhile must not kill us.
 */
struct src {
	int fd;
	const u8 *mem;
	u64 size;
};

/* 32-bit structures widened. */
struct image {
	struct src src;
	bool wide;
	Elf64_Ehdr eh;
	Elf64_Shdr *sh;
	u32 nsh;
};

/* False if there are less than n bytes at off. */
bool src_read(const struct src *, u64 off, void *buf, size_t n);

/*
 * Sections may be missing or unreadable (im->nsh is 0 then); the header must be good. To be closed
 * in either case; the descriptor stays open.
 */
bool image_open(struct image *, struct src);
void image_close(struct image *);
bool image_phdr(const struct image *, u64 i, Elf64_Phdr *out);
/* NULL if there is none of that name and type. */
const Elf64_Shdr *image_section(const struct image *, const char *name, u32 type);
/* Copies the build ID to id (at least 64 bytes) and returns its size, 0 if there is none. */
size_t image_build_id(const struct image *, u8 *id);
/* Calls f for each symbol of a table, until that returns false. */
void image_each_sym(const struct image *, const Elf64_Shdr *tab,
		    bool (*f)(const Elf64_Sym *, void *ctx), void *ctx);
/*
 * The names that a table's symbols have, to be freed; NULL if they can't be had. All end, and none
 * is longer than MAX_NAME.
 */
char *image_strings(const struct image *, const Elf64_Shdr *, size_t *size);
