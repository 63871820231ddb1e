// SPDX-License-Identifier: BSD-2-Clause
/*
 * Tables for unwinding: of hand-made .eh_frame sections, and of this machine's files, for which
 * readelf says the same. With files as arguments: of these, and what reading them costs.
 */
#include "symbols/cfi.h"
#include "base/nsec.h"
#include "test.h"
#include <elf.h>
#include <err.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define MOST 1000000

static struct unwind_rules *rules;

/* ---- hand-made sections ---- */

#define CODE  0x10000 /* the only executable bytes: 64 kB */
#define FRAME 0x200	 /* where .eh_frame is in the file, and in memory */

/* A file that has the section, found by its program headers. */
static struct src made(const u8 *frame, size_t n, int machine)
{
	static struct {
		Elf64_Ehdr eh;
		Elf64_Phdr ph[3];
		u8 pad[FRAME - sizeof(Elf64_Ehdr) - 3 * sizeof(Elf64_Phdr) - 8];
		u8 hdr[8]; /* .eh_frame_hdr */
		u8 frame[4096];
	} file;

	memset(&file, 0, sizeof(file));
	memcpy(file.eh.e_ident, ELFMAG, SELFMAG);
	file.eh.e_ident[EI_CLASS] = ELFCLASS64;
	file.eh.e_ident[EI_DATA] = ELFDATA2LSB;
	file.eh.e_machine = machine;
	file.eh.e_phoff = sizeof(file.eh);
	file.eh.e_phentsize = sizeof(file.ph[0]);
	file.eh.e_phnum = 3;
	file.ph[0] = (Elf64_Phdr){ .p_type = PT_LOAD, .p_filesz = FRAME + n };
	file.ph[1] = (Elf64_Phdr){
		.p_type = PT_LOAD, .p_flags = PF_X, .p_vaddr = CODE, .p_filesz = 0x10000
	};
	file.ph[2] = (Elf64_Phdr){ .p_type = PT_GNU_EH_FRAME,
				   .p_offset = FRAME - 8,
				   .p_vaddr = FRAME - 8,
				   .p_filesz = 8 };
	file.hdr[0] = 1;    /* version */
	file.hdr[1] = 0x1b; /* the pointer to .eh_frame: 4 bytes, signed, relative to itself */
	file.hdr[4] = 4;
	memcpy(file.frame, frame, n);
	return (struct src){ .fd = -1, .mem = (const u8 *)&file, .size = FRAME + n };
}

static size_t show_saved(char *s, const char *name, int from, int off)
{
	switch (from) {
	case UNWIND_AT_CFA:
		return sprintf(s, " %s@cfa%+d", name, off);
	case UNWIND_AT_FP:
		return sprintf(s, " %s@fp%+d", name, off);
	case UNWIND_LOST:
		return sprintf(s, " %s=?", name);
	}
	return 0;
}

static size_t show_rule(char *s, const struct unwind_rule *r)
{
	static const char *const names[] = { "none", "end", "sp",  "fp",
					     "plt",  "*fp", "*sp", "signal" };
	char *at = s;

	at += sprintf(at, "%s", names[r->cfa_from]);
	if (r->cfa)
		at += sprintf(at, "%+d", r->cfa);
	if (r->add)
		at += sprintf(at, "%+d", r->add);
	at += show_saved(at, "fp", r->fp_from, r->fp);
	at += show_saved(at, "ra", r->ra_from, r->ra);
	return at - s;
}

/* The table as text: address and rule of each row, after "cut" if it is. */
static const char *shown(struct src src, u32 most)
{
	static char text[8192];
	struct cfi_table t;
	char *at = text;

	if (!cfi_read(src, rules, most, &t))
		at += sprintf(at, "nothing");
	if (t.cut)
		at += sprintf(at, "cut");
	for (u32 i = 0; i < t.count && at < text + sizeof(text) - 256; i++) {
		at += sprintf(at, "%s%llx ", at == text ? "" : ", ", t.base + t.rows[i].pc);
		at += show_rule(at, &rules->v[t.rows[i].rule]);
	}
	cfi_free(&t);
	return text;
}

#define U16(v) (v) & 255, (v) >> 8 & 255
#define U32(v) U16(v), U16((v) >> 16)
#define U64(v) U32((u64)(v)), U32((u64)(v) >> 32)

/*
 * 24 bytes: version 1, "zR", code factor 1, data factor -8, return address in column 16, addresses
 * as 4 bytes; when a function begins, the CFA is rsp + 8 and the return address at CFA - 8.
 */
#define CIE                                                                            \
	U32(20), U32(0), 1, 'z', 'R', 0, 1, 0x78, 16, 1, 0x03, 0x0c, 7, 8, 0x90, 1, 0, \
		0
#define CIE_SIZE 24
/* 17 bytes and its program. cie: how far before this entry the CIE begins. */
#define FDE(cie, start, size, program) U32(13 + (program)), U32((cie) + 4), U32(start), U32(size), 0

#define IS(frame, machine, want, name) \
	is_str(shown(made(frame, sizeof(frame), machine), MOST), want, name)
#define X86(frame, want, name) IS(frame, EM_X86_64, want, name)

static void plain(void)
{
	static const u8 frame_pointer[] = {
		CIE,
		FDE(CIE_SIZE, CODE, 0x40, 17),
		0x41, 0x0e, 16, 0x86, 2, /* after 1: CFA offset 16, rbp at CFA - 16 */
		0x43, 0x0d, 6,           /* after 3: CFA is rbp + 16 */
		0x0a,                    /* remember */
		0x02, 0x1c, 0x0c, 7, 8,  /* after 28: CFA is rsp + 8 */
		0x41, 0x0b,              /* after 1: as remembered */
		0,
	};
	static const u8 pushes[] = {
		CIE,
		FDE(CIE_SIZE, CODE, 0x20, 14),
		0x42, 0x0e, 16, 0x83, 2,        /* push rbx: a row with the CFA only */
		0x03, U16(4), 0x0e, 32,         /* sub 16, rsp */
		0x04, U32(0x18), /* up to 0x1e, where nothing changes */
		/* a function 2 bytes after the other: its first rule also for the padding */
		FDE(CIE_SIZE + 17 + 14 + 1, CODE + 0x22, 0xe, 0),
		/* 16 bytes after it: a gap */
		FDE(CIE_SIZE + 17 + 14 + 1 + 17, CODE + 0x40, 1, 2), 0x2e, 0x10, /* GNU_args_size */
	};

	X86(frame_pointer,
	    "10000 sp+8 ra@cfa-8, 10001 sp+16 fp@cfa-16 ra@cfa-8, 10004 fp+16 fp@cfa-16 ra@cfa-8, "
	    "10020 sp+8 fp@cfa-16 ra@cfa-8, 10021 fp+16 fp@cfa-16 ra@cfa-8, 10040 none",
	    "a function with a frame pointer");
	X86(pushes,
	    "10000 sp+8 ra@cfa-8, 10002 sp+16 ra@cfa-8, 10006 sp+32 ra@cfa-8, "
	    "10020 sp+8 ra@cfa-8, 10030 none, 10040 sp+8 ra@cfa-8, 10041 none",
	    "functions without, padding, and a gap");
}

int main(void)
{
	rules = unwind_rules_new();
	plain();
	return done();
}
