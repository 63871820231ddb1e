/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Symbols of ELF files: from the file itself, or the separate debug file that belongs to it.
 * Nothing here trusts a file, nor ends the program; what a hostile one can make us spend is
 * bounded.
 */
#pragma once
#include "lib/types.h"
#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>

#define MAX_NAME 4096 /* bytes of one name; the rest is cut */

struct sym {
	u64 addr;
	u32 size;
	u32 name;
};

/* One file's symbols, shared by all processes and all names it is mapped by. */
struct elf {
	struct elf *next;
	u64 dev, ino, ctime, mtime, size;
	u64 used;     /* later ones are larger */
	size_t bytes; /* of memory */
	struct segment *segs;
	size_t nsegs;
	struct sym *syms; /* by address, one per address */
	size_t nsyms;
	char *names;
};

/*
 * The symbols of an open file; fd stays open. NULL if it is no ELF file, memory is short, or
 * reading files took too much time of late. They live until elf_trim(). Through pid, if it is not
 * 0, a debug file is found that its container has.
 */
struct elf *elf_get(int fd, const struct stat *, const char *path, u32 pid);
/* May more be read now? If not it is said once. Between the other two the CPU's time counts. */
bool elf_may_read(void);
void elf_read_begin(void);
void elf_read_end(void);
/* Those used last are kept longest. */
void elf_use(struct elf *);
/* Free what was not used for long if all is too much; forget() is told of each. */
void elf_trim(void (*forget)(const struct elf *));

struct image;
/*
 * Find the separate debug file that belongs to the image of the file at this path, and call use()
 * with it. True if use() was called and returned true. pid as of elf_get().
 */
bool elf_debug(const struct image *, const char *path, u32 pid,
	       bool (*use)(const struct image *, void *ctx), void *ctx);
/* Those of the vDSO, if it is as large as ours. */
const struct elf *elf_vdso(u64 size);

/* Where in the address space of its symbol table the file's byte lies. False if nowhere. */
bool elf_vaddr(const struct elf *, u64 off, u64 *addr);

/* The symbol that holds the address, NULL if none does. */
const struct sym *sym_find(const struct elf *, u64 addr);
