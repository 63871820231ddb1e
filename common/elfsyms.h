/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Symbols of ELF files: from the file itself, or the separate debug file that belongs to it.
 * Nothing here trusts a file, nor ends the program; what a hostile one can make us spend is
 * bounded.
 */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#define MAX_NAME 4096 /* bytes of one name; the rest is cut */

struct sym {
	uint64_t addr;
	uint32_t size;
	uint32_t name;
};

/* One file's symbols, shared by all processes and all names it is mapped by. */
struct elf {
	struct elf *next;
	uint64_t dev, ino, ctime, mtime, size;
	struct segment *segs;
	size_t nsegs;
	struct sym *syms; /* by address, one per address */
	size_t nsyms;
	char *names;
};

/*
 * The symbols of an open file; fd stays open. NULL if it is no ELF file, or memory is short. They
 * live until the program ends. Through pid, if it is not 0, a debug file is found that its
 * container has.
 */
const struct elf *elf_get(int fd, const struct stat *, const char *path, uint32_t pid);
/* Those of the vDSO, if it is as large as ours. */
const struct elf *elf_vdso(uint64_t size);

/* Where in the address space of its symbol table the file's byte lies. False if nowhere. */
bool elf_vaddr(const struct elf *, uint64_t off, uint64_t *addr);

/* The symbol that holds the address, NULL if none does. */
const struct sym *sym_find(const struct elf *, uint64_t addr);
