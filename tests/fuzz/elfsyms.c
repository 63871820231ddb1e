// SPDX-License-Identifier: BSD-2-Clause
/* Symbol tables of ELF files that processes have mapped. */
#include "../../common/symbols/elfsyms.c"
#include "fuzz.h"

/* Forget its symbols: the next input is another file. */
static void forget(void)
{
	for (size_t i = 0; i < sizeof(elfs) / sizeof(*elfs); i++)
		while (elfs[i]) {
			struct elf *e = elfs[i];

			elfs[i] = e->next;
			free(e->segs);
			free(e->syms);
			free(e->names);
			free(e);
		}
	cache_bytes = 0;
}

/*
 * As if the file's .symtab had been unpacked from its .gnu_debugdata: liblzma's checksums let hardly any
 * damaged one through.
 */
static void both_tables(int fd, size_t size)
{
	struct reading r = { 0 };
	struct elf e = { 0 };
	struct image im;

	if (image_open(&im, (struct src){ .fd = fd, .size = size })) {
		add_table(&r, &im, SHT_DYNSYM);
		add_table(&r, &im, SHT_SYMTAB);
		if (keep_symbols(&r, &e))
			sym_find(&e, e.syms[e.nsyms - 1].addr);
	}
	image_close(&im);
	reading_free(&r);
	free(e.syms);
	free(e.names);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int fd = fuzz_file(data, size);
	const struct elf *e;
	size_t names = 0;
	struct stat st;
	u64 addr;

	if (fstat(fd, &st))
		abort();
	e = elf_get(fd, &st, "/nowhere/file", 0);
	for (size_t i = 0; e && i < e->nsyms; i++) {
		const struct sym *s = &e->syms[i];

		names += strlen(e->names + s->name);
		if (i && s->addr <= s[-1].addr)
			abort();
		if (sym_find(e, s->addr) != s && s->size)
			abort();
	}
	for (size_t i = 0; e && i < e->nsegs; i++)
		elf_vaddr(e, i * 4096, &addr);
	if (e)
		sym_find(e, UINT64_MAX);
	forget();
	both_tables(fd, size);
	close(fd);
	return names == SIZE_MAX;
}
