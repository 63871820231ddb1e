/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Parses ELF files of either word size. Nothing here trusts a file: it can be damaged, or be
 * truncated or written while we read it.
 */
#pragma once
#include "symbols/safe_file.h"
#include <elf.h>

/* An open file. The structures of 32-bit files are widened. */
struct image {
	struct src src;
	bool wide;
	Elf64_Ehdr eh;
	Elf64_Shdr *sh;
	u32 nsh;
};

/*
 * Fails if the header is bad. Sections can be missing or unreadable; then nsh is 0. Call
 * image_close() in any case; it leaves the descriptor open.
 */
bool image_open(struct image *, struct src);
void image_close(struct image *);

/* A part of the file that is mapped as a whole; exec: with permission to execute, write: to write. */
struct segment {
	u64 off, size, addr;
	bool exec, write;
};
#define MAX_SEGMENTS 64
/* Copies the file's segments, at most MAX_SEGMENTS. Returns how many. */
size_t image_segments(const struct image *, struct segment *);
/* The first program header of that type, such as PT_GNU_EH_FRAME. */
bool image_header(const struct image *, u32 type, struct segment *);

/* NULL if there is no section of that name and type. */
const Elf64_Shdr *image_section(const struct image *, const char *name, u32 type);
/* Copies the build ID to id (at least 64 bytes). Returns its size, or 0 if there is none. */
size_t image_build_id(const struct image *, u8 *id);
/* Calls f for each symbol of a table, until f returns false. */
void image_each_sym(const struct image *, const Elf64_Shdr *tab,
		    bool (*f)(const Elf64_Sym *, void *ctx), void *ctx);
/*
 * The names of a table's symbols, which the caller frees; NULL if they can't be read. Each is
 * NUL-terminated, and no longer than MAX_NAME.
 */
char *image_strings(const struct image *, const Elf64_Shdr *, size_t *size);
