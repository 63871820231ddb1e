/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Symbols of ELF files: from the file itself, or from its separate debug file. Nothing here
 * trusts a file, or ends the program; the time and memory that a hostile file can cost us are
 * bounded.
 */
#pragma once
#include "lib/types.h"
#include "symbols/debuginfod.h"
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
	u64 used;     /* the larger, the more recently */
	size_t bytes; /* of memory */
	struct segment *segs;
	size_t nsegs;
	struct sym *syms; /* by address, one per address */
	size_t nsyms;
	char *names;
	u8 id[DEBUG_ID]; /* its build ID, while its debug file is being fetched */
	u8 n_id;
};

/*
 * The symbols of an open file; fd stays open. NULL if it is not an ELF file, memory is short, or
 * reading files has taken too much time lately. The result lives until elf_trim(). If pid is not 0,
 * debug files are also looked for in that process's container.
 */
struct elf *elf_get(int fd, const struct stat *, const char *path, u32 pid);
/* Note a use: elf_trim() keeps the most recently used. */
void elf_use(struct elf *);
/* If all symbols take too much memory, free the least recently used; calls forget() for each. */
void elf_trim(void (*forget)(const struct elf *));

/*
 * Debug files that this machine lacks are asked for when a file is read. This takes in those that have come,
 * see debuginfod_fd(): files get other symbols.
 */
void elf_fetched(void);

struct image;
struct src;
/*
 * Find the separate debug file of the image, which is the file at this path, and call use() with
 * it. True if use() was called and returned true. pid is as in elf_get().
 */
bool elf_debug(const struct image *, const char *path, u32 pid,
	       bool (*use)(const struct image *, void *ctx), void *ctx);
/* The vDSO, which all processes of our word size map: our own, in memory. Its size is 0 if there is none. */
struct src elf_vdso_memory(void);
/* The symbols of the vDSO, if it has the same size as ours. */
const struct elf *elf_vdso(u64 size);

/* The address, as in the symbol table, of the file's byte at off. False if it has none. */
bool elf_vaddr(const struct elf *, u64 off, u64 *addr);

/* The symbol that contains the address, or NULL. */
const struct sym *sym_find(const struct elf *, u64 addr);
