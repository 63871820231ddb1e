// SPDX-License-Identifier: BSD-2-Clause
#include "symbols/elfimage.h"
#include "symbols/elfsyms.h"
#include <stdlib.h>
#include <string.h>

/* These limit what a hostile file can cost us. */
#define MAX_SECTIONS (128 << 10)
#define MAX_STRINGS  (256 << 20) /* bytes of names of one file */
#define MAX_TABLE    (16 << 20)  /* symbols of one file */
#define MAX_NOTES    1024

static bool image_shdr(const struct image *im, u64 i, Elf64_Shdr *out)
{
	Elf32_Shdr s;

	if (im->wide)
		return src_read(&im->src, im->eh.e_shoff + i * sizeof(*out), out, sizeof(*out));
	if (!src_read(&im->src, im->eh.e_shoff + i * sizeof(s), &s, sizeof(s)))
		return false;
	*out = (Elf64_Shdr){ .sh_name = s.sh_name,
			     .sh_type = s.sh_type,
			     .sh_flags = s.sh_flags,
			     .sh_addr = s.sh_addr,
			     .sh_offset = s.sh_offset,
			     .sh_size = s.sh_size,
			     .sh_link = s.sh_link,
			     .sh_entsize = s.sh_entsize };
	return true;
}

static bool image_phdr(const struct image *im, u64 i, Elf64_Phdr *out)
{
	Elf32_Phdr p;

	if (im->wide)
		return src_read(&im->src, im->eh.e_phoff + i * sizeof(*out), out, sizeof(*out));
	if (!src_read(&im->src, im->eh.e_phoff + i * sizeof(p), &p, sizeof(p)))
		return false;
	*out = (Elf64_Phdr){ .p_type = p.p_type,
			     .p_flags = p.p_flags,
			     .p_offset = p.p_offset,
			     .p_vaddr = p.p_vaddr,
			     .p_filesz = p.p_filesz };
	return true;
}

size_t image_segments(const struct image *im, struct segment *segs)
{
	Elf64_Phdr p;
	size_t n = 0;

	for (int i = 0; i < im->eh.e_phnum && n < MAX_SEGMENTS && image_phdr(im, i, &p); i++)
		if (p.p_type == PT_LOAD && p.p_filesz)
			segs[n++] = (struct segment){ p.p_offset, p.p_filesz, p.p_vaddr,
						      p.p_flags & PF_X, p.p_flags & PF_W };
	return n;
}

bool image_header(const struct image *im, u32 type, struct segment *out)
{
	Elf64_Phdr p;

	for (int i = 0; i < im->eh.e_phnum && image_phdr(im, i, &p); i++)
		if (p.p_type == type) {
			*out = (struct segment){ p.p_offset, p.p_filesz, p.p_vaddr,
						 p.p_flags & PF_X, p.p_flags & PF_W };
			return true;
		}
	return false;
}

bool image_open(struct image *im, struct src src)
{
	const unsigned char order =
		__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? ELFDATA2LSB : ELFDATA2MSB;
	unsigned char id[EI_NIDENT];
	Elf64_Shdr first;
	Elf32_Ehdr e;
	u64 n;

	*im = (struct image){ .src = src };
	if (!src_read(&src, 0, id, sizeof(id)) || memcmp(id, ELFMAG, SELFMAG) ||
	    id[EI_DATA] != order)
		return false;
	im->wide = id[EI_CLASS] == ELFCLASS64;
	if (im->wide) {
		if (!src_read(&src, 0, &im->eh, sizeof(im->eh)))
			return false;
	} else if (id[EI_CLASS] != ELFCLASS32 || !src_read(&src, 0, &e, sizeof(e))) {
		return false;
	} else {
		im->eh = (Elf64_Ehdr){ .e_type = e.e_type,
				       .e_machine = e.e_machine,
				       .e_phoff = e.e_phoff,
				       .e_shoff = e.e_shoff,
				       .e_phentsize = e.e_phentsize,
				       .e_phnum = e.e_phnum,
				       .e_shentsize = e.e_shentsize,
				       .e_shnum = e.e_shnum,
				       .e_shstrndx = e.e_shstrndx };
	}
	if (im->eh.e_phentsize != (im->wide ? sizeof(Elf64_Phdr) : sizeof(Elf32_Phdr)))
		im->eh.e_phnum = 0;
	if (im->eh.e_shentsize != (im->wide ? sizeof(Elf64_Shdr) : sizeof(Elf32_Shdr)) ||
	    im->eh.e_shoff > src.size || !im->eh.e_shoff || !image_shdr(im, 0, &first))
		return true;
	n = im->eh.e_shnum ?: first.sh_size; /* which has the number from 65,280 sections on */
	if (im->eh.e_shstrndx == SHN_XINDEX)
		im->eh.e_shstrndx = first.sh_link < 0xffff ? first.sh_link : 0;
	if (n > MAX_SECTIONS || !(im->sh = calloc(n, sizeof(*im->sh))))
		return true;
	while (im->nsh < n && image_shdr(im, im->nsh, &im->sh[im->nsh]))
		im->nsh++;
	return true;
}

void image_close(struct image *im)
{
	free(im->sh);
	im->sh = NULL;
}

const Elf64_Shdr *image_section(const struct image *im, const char *name, u32 type)
{
	char buf[32];
	size_t n = strlen(name) + 1;

	if (im->eh.e_shstrndx >= im->nsh)
		return NULL;
	for (u32 i = 1; i < im->nsh; i++)
		if (im->sh[i].sh_type == type &&
		    src_read(&im->src, im->sh[im->eh.e_shstrndx].sh_offset + im->sh[i].sh_name, buf,
			     n) &&
		    !memcmp(buf, name, n))
			return &im->sh[i];
	return NULL;
}

size_t image_build_id(const struct image *im, u8 *id)
{
	int notes = 0;

	for (u32 i = 0; i < im->nsh; i++) {
		u64 off = im->sh[i].sh_offset, left = im->sh[i].sh_size;
		Elf64_Nhdr nh; /* the 32-bit one is the same */

		if (im->sh[i].sh_type != SHT_NOTE || left > 64 << 10)
			continue;
		while (left >= sizeof(nh) && src_read(&im->src, off, &nh, sizeof(nh)) &&
		       notes++ < MAX_NOTES) {
			u64 name = ((u64)nh.n_namesz + 3) & ~3ULL;
			u64 all = sizeof(nh) + name + (((u64)nh.n_descsz + 3) & ~3ULL);
			char owner[4];

			if (nh.n_type == NT_GNU_BUILD_ID && nh.n_namesz == 4 && nh.n_descsz >= 2 &&
			    nh.n_descsz <= 64 && src_read(&im->src, off + sizeof(nh), owner, 4) &&
			    !memcmp(owner, "GNU", 4) &&
			    src_read(&im->src, off + sizeof(nh) + name, id, nh.n_descsz))
				return nh.n_descsz;
			if (all > left)
				break;
			off += all;
			left -= all;
		}
	}
	return 0;
}

void image_each_sym(const struct image *im, const Elf64_Shdr *tab,
		    bool (*f)(const Elf64_Sym *, void *ctx), void *ctx)
{
	size_t entry = im->wide ? sizeof(Elf64_Sym) : sizeof(Elf32_Sym);
	u64 count = tab->sh_size / entry;
	union {
		Elf64_Sym s64[512];
		Elf32_Sym s32[512];
	} block;

	if (tab->sh_entsize != entry)
		return;
	if (count > MAX_TABLE)
		count = MAX_TABLE;
	for (u64 i = 0; i < count; i++) {
		Elf64_Sym s;

		if (i % 512 == 0) {
			size_t part = count - i < 512 ? count - i : 512;

			if (!src_read(&im->src, tab->sh_offset + i * entry, &block, part * entry))
				return; /* truncated; the part before is good */
		}
		if (im->wide) {
			s = block.s64[i % 512];
		} else {
			Elf32_Sym *t = &block.s32[i % 512];

			s = (Elf64_Sym){ t->st_name,  t->st_info,  t->st_other,
					 t->st_shndx, t->st_value, t->st_size };
		}
		if (!f(&s, ctx))
			return;
	}
}

char *image_strings(const struct image *im, const Elf64_Shdr *sec, size_t *size)
{
	u64 n = sec->sh_size;
	size_t run = 0;
	char *s;

	if (sec->sh_offset >= im->src.size)
		return NULL;
	if (n > im->src.size - sec->sh_offset)
		n = im->src.size - sec->sh_offset;
	s = n ? src_copy(&im->src, sec->sh_offset, n, MAX_STRINGS) : NULL;
	if (!s)
		return NULL;
	s[n - 1] = '\0';
	for (size_t i = 0; i < n; i++) {
		run = s[i] ? run + 1 : 0;
		if (run == MAX_NAME) {
			s[i] = '\0';
			run = 0;
		}
	}
	*size = n;
	return s;
}
