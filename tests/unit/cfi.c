// SPDX-License-Identifier: BSD-2-Clause
/*
 * Tables for unwinding: of hand-made .eh_frame sections, and of this machine's files, for which
 * readelf says the same. With files as arguments: of these, and what reading them costs.
 */
#include "symbols/cfi.h"
#include "base/nsec.h"
#include "symbols/elfsyms.h"
#include "test.h"
#include <elf.h>
#include <err.h>
#include <link.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define MOST 1000000

static struct unwind_rules *rules;

/* ---- hand-made sections ---- */

#define CODE  0x10000 /* the only executable bytes: 64 kB */
#define FRAME 0x200   /* where .eh_frame is in the file, and in memory */

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
#define CIE      U32(20), U32(0), 1, 'z', 'R', 0, 1, 0x78, 16, 1, 0x03, 0x0c, 7, 8, 0x90, 1, 0, 0
#define CIE_SIZE 24
/* A function whose CIE begins that many bytes before this entry. It takes 17 bytes and its program. */
#define FDE(cie, start, size, ...) \
	U32(12 + sizeof((u8[]){ __VA_ARGS__ })), U32((cie) + 4), U32(start), U32(size), __VA_ARGS__
/* The program of an FDE begins with the size of the augmentation. */
#define PROGRAM 0
/* A function with a CIE of its own. */
#define FUNCTION(start, size, ...) CIE, FDE(CIE_SIZE, start, size, PROGRAM, ##__VA_ARGS__)

#define IS(frame, machine, want, name) \
	is_str(shown(made(frame, sizeof(frame), machine), MOST), want, name)
#define X86(frame, want, name) IS(frame, EM_X86_64, want, name)

static void plain(void)
{
	static const u8 frame_pointer[] = {
		FUNCTION(CODE, 0x40,              /* */
			 0x41, 0x0e, 16, 0x86, 2, /* after 1: CFA offset 16, rbp at CFA - 16 */
			 0x43, 0x0d, 6,           /* after 3: CFA is rbp + 16 */
			 0x0a,                    /* remember */
			 0x02, 0x1c, 0x0c, 7, 8,  /* after 28: CFA is rsp + 8 */
			 0x41, 0x0b)              /* after 1: as remembered */
	};
	static const u8 pushes[] = {
		FUNCTION(CODE, 0x20,                 /* */
			 0x42, 0x0e, 16, 0x83, 2,    /* rbx is saved: a row for the CFA only */
			 0x03, U16(4), 0x0e, 32,     /* after 4: CFA offset 32 */
			 0x04, U32(0x18), 0x0e, 32), /* after 24: the same */
		/* 32 bytes after it: its first rule is the padding's */
		FUNCTION(CODE + 0x40, 0x10),
		/* as many, but it isn't aligned for that: a gap */
		FUNCTION(CODE + 0x70, 1, 0x2e, 0x10), /* arguments take 16 bytes */
	};

	X86(frame_pointer,
	    "10000 sp+8 ra@cfa-8, 10001 sp+16 fp@cfa-16 ra@cfa-8, 10004 fp+16 fp@cfa-16 ra@cfa-8, "
	    "10020 sp+8 fp@cfa-16 ra@cfa-8, 10021 fp+16 fp@cfa-16 ra@cfa-8, 10040 none",
	    "a function with a frame pointer");
	X86(pushes,
	    "10000 sp+8 ra@cfa-8, 10002 sp+16 ra@cfa-8, 10006 sp+32 ra@cfa-8, "
	    "10020 sp+8 ra@cfa-8, 10050 none, 10070 sp+8 ra@cfa-8, 10071 none",
	    "functions without, padding, and a gap");
}

static void order(void)
{
	static const u8 unsorted[] = {
		CIE,
		FDE(CIE_SIZE, CODE + 0x100, 0x10, PROGRAM, 0x0e, 16),
		FDE(CIE_SIZE + 19, CODE, 0x10, PROGRAM, 0x0e, 24),
		FDE(CIE_SIZE + 38, CODE, 0x10, PROGRAM, 0x0e, 32),      /* there is one */
		FDE(CIE_SIZE + 57, CODE + 8, 0x10, PROGRAM, 0x0e, 40),  /* its second half is new */
		FDE(CIE_SIZE + 76, CODE + 0x104, 4, PROGRAM, 0x0e, 48), /* inside another one */
		FDE(CIE_SIZE + 95, CODE + 0x80, 0, PROGRAM, 0x0e, 56),  /* empty */
		FDE(CIE_SIZE + 114, CODE - 0x80, 0x10, PROGRAM, 0x0e, 64),     /* not code */
		FDE(CIE_SIZE + 133, CODE + 0xfff8, 0x100, PROGRAM, 0x0e, 72),  /* beyond the code */
		FDE(CIE_SIZE + 152 + 4, CODE + 0x80, 0x10, PROGRAM, 0x0e, 56), /* no such CIE */
	};
	static const u8 ends[] = { FUNCTION(CODE, 0x10), U32(0), FUNCTION(CODE + 0x10, 0x10) };
	static const u8 lies[] = {
		FUNCTION(CODE, 0x10,                       /* */
			 0x44, 0x0e, 16,                   /* after 4 */
			 0x04, U32(0xffffffff), 0x0e, 24), /* after 4 GB: not of this function */
		FUNCTION(CODE + 0x10, 0x10, 0x48, 0x0b),   /* nothing is remembered */
		FUNCTION(CODE + 0x20, 0x10, 0x48, 0x3f),   /* no such instruction */
		FUNCTION(CODE + 0x30, 0x10, 0x48, 0x0e),   /* no operand */
		FUNCTION(CODE + 0x40, 0x10, 0x48, 0x0f, 0x7f, 0x77, 0), /* a short expression */
		FUNCTION(CODE + 0x50, 0x10, 0x48, 0x0a, 0x0a, 0x0a, 0x0a, 0x0a, 0x0a, 0x0a, 0x0a,
			 0x0a, 0x0a, 0x0a, 0x0a, 0x0a, 0x0a, 0x0a, 0x0a, 0x0a), /* 17 remembered */
		U32(100),
		U32(4),
		1,
		2,
		3, /* longer than the section */
	};

	X86(unsorted,
	    "10000 sp+24 ra@cfa-8, 10010 sp+40 ra@cfa-8, 10018 none, 10100 sp+16 ra@cfa-8, 10110 "
	    "none, "
	    "1fff8 sp+72 ra@cfa-8, 20000 none",
	    "the first of several functions at an address");
	X86(ends, "10000 sp+8 ra@cfa-8, 10010 none", "the section ends at a terminator");
	X86(lies,
	    "10000 sp+8 ra@cfa-8, 10004 sp+16 ra@cfa-8, 10010 sp+8 ra@cfa-8, 10018 none, "
	    "10020 sp+8 ra@cfa-8, 10028 none, 10030 sp+8 ra@cfa-8, 10038 none, "
	    "10040 sp+8 ra@cfa-8, 10048 none, 10050 sp+8 ra@cfa-8, 10058 none",
	    "damaged programs");
}

static void special(void)
{
	static const u8 realigned[] = {
		FUNCTION(CODE, 0x40,                    /* */
			 0x45, 0x0c, 10, 0,             /* CFA is r10: not known */
			 0x49, 0x10, 6, 2, 0x76, 0,     /* rbp is at rbp + 0 */
			 0x43, 0x0f, 3, 0x76, 0x78, 6), /* CFA: what is at rbp - 8 */
	};
	static const u8 expressions[] = {
		FUNCTION(CODE, 0x10, /* rsp + 40, read, + 8: libcrypto's assembler */
			 0x0f, 5, 0x77, 40, 6, 0x23, 8),
		FUNCTION(CODE + 0x10, 0x10, /* a procedure linkage table's */
			 0x0f, 11, 0x77, 8, 0x80, 0, 0x3f, 0x1a, 0x3b, 0x2a, 0x33, 0x24, 0x22),
		FUNCTION(CODE + 0x20, 0x10, /* the same, of slots in which the push ends at 9 */
			 0x0f, 11, 0x77, 8, 0x80, 0, 0x3f, 0x1a, 0x39, 0x2a, 0x33, 0x24, 0x22),
		FUNCTION(CODE + 0x30, 0x10, 0x0f, 2, 0x77, 24),      /* rsp + 24 */
		FUNCTION(CODE + 0x40, 0x10, 0x0f, 3, 0x73, 24, 6),   /* rbx + 24, read */
		FUNCTION(CODE + 0x50, 0x10, 0x0f, 4, 0x77, 8, 6, 6), /* read twice */
	};
	static const u8 registers[] = {
		FUNCTION(CODE, 0x10, 0x07, 16),                /* no return address */
		FUNCTION(CODE + 0x10, 0x10, 0x07, 6),          /* rbp is lost */
		FUNCTION(CODE + 0x20, 0x10, 0x16, 6, 1, 0x30), /* by an expression */
		FUNCTION(CODE + 0x30, 0x10, 0x09, 6, 3),       /* in rbx */
		FUNCTION(CODE + 0x40, 0x10, 0x11, 6, 0x7e),    /* at CFA + 16 */
		FUNCTION(CODE + 0x50, 0x10, 0x2f, 6, 2),       /* the same */
		FUNCTION(CODE + 0x60, 0x10, 0x14, 7, 0),       /* the stack pointer is the CFA */
		FUNCTION(CODE + 0x70, 0x10, 0x14, 7, 1),       /* it is not */
		FUNCTION(CODE + 0x80, 0x10, 0x86, 2, 0x44, 0xc6, 0x44, 0x86, 2, 0x44, 0x06, 6),
		FUNCTION(CODE + 0x90, 0x10, 0x09, 16, 3), /* the return address is in rbx */
		FUNCTION(CODE + 0xa0, 0x10, 0x12, 7, 0x7f, 0x44, 0x13,
			 0x7e), /* CFA offsets 8, 16 */
		FUNCTION(CODE + 0xb0, 0x10, 0x0e, 0x80, 0x80, 0x80, 0x80, 0x10), /* 4 GB */
	};
	static const u8 signal[] = {
		U32(20),
		U32(0),
		1,
		'z',
		'R',
		'S',
		0,
		1,
		0x78,
		16,
		1,
		0x03,
		0x0c,
		7,
		8,
		0x90,
		1,
		0, /* a CIE of signal frames */
		FDE(CIE_SIZE, CODE, 0x10, PROGRAM, 0x0f, 3, 0x77, 32, 6),
	};

	X86(realigned, "10000 sp+8 ra@cfa-8, 10005 none, 10011 *fp-8 fp@fp+0 ra@cfa-8, 10040 none",
	    "a realigned stack");
	X86(expressions,
	    "10000 *sp+40+8 ra@cfa-8, 10010 plt+11 ra@cfa-8, 10020 plt+9 ra@cfa-8, "
	    "10030 sp+24 ra@cfa-8, 10040 none",
	    "expressions that we know");
	X86(registers,
	    "10000 end, 10010 sp+8 fp=? ra@cfa-8, 10040 sp+8 fp@cfa+16 ra@cfa-8, "
	    "10060 sp+8 ra@cfa-8, 10070 none, 10080 sp+8 fp@cfa-16 ra@cfa-8, 10084 sp+8 ra@cfa-8, "
	    "10088 sp+8 fp@cfa-16 ra@cfa-8, 1008c sp+8 ra@cfa-8, 10090 none, "
	    "100a0 sp+8 ra@cfa-8, 100a4 sp+16 ra@cfa-8, 100b0 none",
	    "where registers are");
	X86(signal, "10000 signal, 10010 none", "a signal frame");
}

static void arm64(void)
{
	/* code factor 4, data factor -8, return address in x30; addresses relative to themselves */
	static const u8 frame[] = {
		U32(16),   U32(0),  1,
		'z',       'R',     0,
		4,         0x78,    30,
		1,         0x1b,    0x0c,
		31,        0, /* */
		U32(32),   U32(24), U32(CODE - FRAME - 28),
		U32(0x40), 0,       0x41,
		0x2d, /* after 4: the return address is signed */
		0x41,      0x0e,    32,
		0x9d,      4,       0x9e,
		3,                      /* x29 at CFA - 32, x30 at CFA - 24 */
		0x41,      0x0d,    29, /* CFA is x29 + 32 */
		0x4c,      0xdd,    0xde,
		0x0c,      31,      0,
		0, /* after 48: all restored */
	};

	IS(frame, EM_AARCH64,
	   "10000 sp, 10008 sp+32 fp@cfa-32 ra@cfa-24, 1000c fp+32 fp@cfa-32 ra@cfa-24, 1003c sp, "
	   "10040 none",
	   "a function of arm64");
	IS(frame, EM_X86_64, "nothing", "not one of x86-64");
	IS(frame, EM_ARM, "nothing", "another CPU");
}

static void encodings(void)
{
	static const u8 frame[] = {
		/* 64-bit entries; pointers have 8 bytes if nothing is said */
		U32(0xffffffff), U64(14), U32(0), 1, 0, 1, 0x78, 16, 0x0c, 7, 8, 0x90, 1, /* */
		U32(0xffffffff), U64(20), U32(38), U64(CODE), U64(0x10),
		/* 2 bytes, relative to themselves; and what exceptions need */
		U32(26), U32(0), 1, 'z', 'P', 'L', 'R', 0, 1, 0x78, 16, 7, 0x9b, U32(1), 0x1b, 0x12,
		0x0c, 7, 16, 0x90, 1, /* */
		U32(13), U32(34), U16(CODE + 0x10 - FRAME - 96), U16(0x10), 4, U32(0),
		/* LEB128 */
		U32(18), U32(0), 1, 'z', 'R', 0, 1, 0x78, 16, 1, 0x01, 0x0c, 7, 8, 0x90, 1, /* */
		U32(15), U32(26), 0xa0, 0x80, 0x04, 0x10, 0, 0x01, 0xa8, 0x80, 0x04, 0x0e,
		16, /* from 0x10028 on */
	};

	X86(frame,
	    "10000 sp+8 ra@cfa-8, 10010 sp+16 ra@cfa-8, 10020 sp+8 ra@cfa-8, 10028 sp+16 ra@cfa-8, "
	    "10030 none",
	    "encodings of pointers");
}

static void limits(void)
{
	static const u8 frame[] = {
		FUNCTION(CODE, 0x10, 0x44, 0x0e, 16, 0x44, 0x0e, 24),
		FUNCTION(CODE + 0x10, 0x10),
	};
	struct src src = made(frame, sizeof(frame), EM_X86_64);

	is_str(shown(src, 5),
	       "10000 sp+8 ra@cfa-8, 10004 sp+16 ra@cfa-8, 10008 sp+24 ra@cfa-8, "
	       "10010 sp+8 ra@cfa-8, 10020 none",
	       "as many rows as are allowed");
	is_str(shown(src, 3), "cut, 10000 sp+8 ra@cfa-8, 10004 sp+16 ra@cfa-8, 10008 none",
	       "more rows than are allowed");
	is_str(shown(src, 0), "nothingcut", "no rows are allowed");
	free(rules);
	rules = unwind_rules_new();
	rules->count = UNWIND_RULES - 1;
	is_str(shown(src, MOST), "10000 sp+8 ra@cfa-8, 10004 none, 10010 sp+8 ra@cfa-8, 10020 none",
	       "more rules than there is room for");
	is_num(rules->refused, 2, "they are counted");
	free(rules);
	rules = unwind_rules_new();
}

/* ---- what readelf says ---- */

#ifdef __aarch64__
#define SP "sp"
#define FP "x29"
#else
#define SP "rsp"
#define FP "rbp"
#endif

/* A row: the columns that we need, "" if it lacks one. */
struct said {
	u64 at;
	char cfa[32], fp[32], ra[32];
};

static struct {
	char columns[64][8];
	int ncolumns;
	struct {
		u64 off;
		struct said row;
		bool signal;
	} cies[4096];
	u32 ncies, cie;
	bool in_cie;
	u64 from, to; /* of the function */
	struct said last;
	/* results */
	u32 checked, wrong;
} elf;

static bool is_offset(const char *s, const char *prefix, int want)
{
	size_t n = strlen(prefix);

	return !strncmp(s, prefix, n) && (s[n] == '+' || s[n] == '-') && atoi(s + n) == want;
}

static bool is_saved(const char *said, int from, int off)
{
	switch (from) {
	case UNWIND_SAME:
		return !*said || strchr("us", *said);
	case UNWIND_AT_CFA:
		return is_offset(said, "c", off);
	}
	return *said && *said != 'c';
}

static bool is_same(const struct said *said, bool signal, const struct unwind_rule *r)
{
	bool by_exp = !strcmp(said->cfa, "exp");

	switch (r->cfa_from) {
	case UNWIND_SIGNAL:
		return signal;
	case UNWIND_END:
		return !strcmp(said->ra, "u");
	case UNWIND_NONE:
		return by_exp || *said->ra == 'r' ||
		       (strncmp(said->cfa, SP, strlen(SP)) && strncmp(said->cfa, FP, strlen(FP)));
	case UNWIND_SP:
	case UNWIND_FP:
		if (!is_offset(said->cfa, r->cfa_from == UNWIND_SP ? SP : FP, r->cfa))
			return false;
		break;
	default:
		if (!by_exp)
			return false;
	}
	return is_saved(said->ra, r->ra_from, r->ra) && is_saved(said->fp, r->fp_from, r->fp);
}

static void check_at(const struct cfi_table *t, const struct said *said, u64 at)
{
	const struct unwind_rule *r = cfi_rule(t, rules, at);
	char text[256];

	elf.checked++;
	if (is_same(said, elf.cies[elf.cie].signal, r) || elf.wrong++ >= 5)
		return;
	show_rule(text, r);
	printf("# %llx: CFA %s, " FP " %s, ra %s; but %s\n", at, said->cfa, said->fp, said->ra,
	       text);
}

/* The last row holds until that address. */
static void until(const struct cfi_table *t, u64 to)
{
	if (to <= elf.last.at || !elf.from) /* at 0: the linker left the function out */
		return;
	check_at(t, &elf.last, elf.last.at);
	check_at(t, &elf.last, to - 1);
}

static void row(const struct cfi_table *t, char *line)
{
	struct said said = { .at = strtoull(line, &line, 16) };
	char *word;

	for (int i = 0; i < elf.ncolumns && (word = strtok(i ? NULL : line, " \n")); i++) {
		if (*word == '(' && (word = strtok(NULL, " \n"), !word)) /* r10 (r10) */
			break;
		char *to = !strcmp(elf.columns[i], "CFA")  ? said.cfa
			   : !strcmp(elf.columns[i], FP)   ? said.fp
			   : !strcmp(elf.columns[i], "ra") ? said.ra
							   : NULL;

		if (to)
			snprintf(to, sizeof(said.cfa), "%s", word);
	}
	if (elf.in_cie) {
		elf.cies[elf.cie].row = said;
		return;
	}
	until(t, said.at);
	elf.last = said;
}

static void columns(char *line)
{
	elf.ncolumns = 0;
	for (char *word = strtok(line, " \n"); word && elf.ncolumns < 64;
	     word = strtok(NULL, " \n"))
		if (strcmp(word, "LOC"))
			snprintf(elf.columns[elf.ncolumns++], sizeof(elf.columns[0]), "%s", word);
}

static void function(u64 cie, u64 from, u64 to)
{
	elf.in_cie = false;
	elf.from = from;
	elf.to = to;
	for (elf.cie = elf.ncies - 1; elf.cie && elf.cies[elf.cie].off != cie;)
		elf.cie--;
	elf.last = elf.cies[elf.cie].row;
	elf.last.at = from;
}

static void compare(const struct cfi_table *t, const char *path)
{
	char line[1024], letters[32];
	u64 off, from, to, cie;
	FILE *f;

	memset(&elf, 0, sizeof(elf));
	elf.in_cie = true;
	snprintf(line, sizeof(line), "readelf --debug-dump=frames-interp '%s' 2>/dev/null", path);
	f = popen(line, "re");
	while (f && fgets(line, sizeof(line), f)) {
		if (strstr(line, "   LOC ")) {
			columns(line);
			continue;
		}
		if (strspn(line, "0123456789abcdef") == 16 && !strstr(line, "CIE") &&
		    !strstr(line, "FDE")) {
			row(t, line);
			continue;
		}
		if (!elf.in_cie)
			until(t, elf.to);
		elf.last.at = elf.to; /* an empty line can follow */
		if (sscanf(line, "%*x %*x %*x FDE cie=%llx pc=%llx..%llx", &cie, &from, &to) == 3) {
			function(cie, from, to);
		} else if (sscanf(line, "%llx %*x %*x CIE \"%31[^\"]", &off, letters) >= 1 &&
			   strstr(line, "CIE") && elf.ncies < 4096) {
			elf.in_cie = true;
			elf.cie = elf.ncies++;
			elf.cies[elf.cie].off = off;
			elf.cies[elf.cie].signal = strchr(letters, 'S');
		}
	}
	if (f)
		pclose(f);
}

/* How many rows, and bytes in hundredths of a percent, have no rule. */
static u64 unknown(const struct cfi_table *t, u32 *rows)
{
	u64 none = 0;

	*rows = 0;
	for (u32 i = 0; i + 1 < t->count; i++)
		if (!t->rows[i].rule) {
			none += t->rows[i + 1].pc - t->rows[i].pc;
			++*rows;
		}
	return t->count > 1 ? none * 10000 / t->rows[t->count - 1].pc : 0;
}

static void file(const char *path)
{
	struct cfi_table t;
	struct stat st;
	u64 begin, share;
	u32 none;
	int fd = safe_open_host(path, NULL, &st);

	if (fd < 0)
		return skip(path, "not here");
	begin = clock_ns(CLOCK_THREAD_CPUTIME_ID);
	ok(cfi_read((struct src){ .fd = fd, .size = st.st_size }, rules, MOST, &t), path);
	begin = clock_ns(CLOCK_THREAD_CPUTIME_ID) - begin;
	close(fd);
	share = unknown(&t, &none);
	printf("# %u rows in %llu us, %u rules so far, cut: %d; unknown: %u rows, %llu.%02llu %% "
	       "of the bytes\n",
	       t.count, begin / 1000, rules->count, t.cut, none, share / 100, share % 100);
	compare(&t, path);
	if (!elf.checked)
		skip("compared with readelf", "it shows nothing");
	else
		is_num(elf.wrong, 0, "readelf says the same of all its rows");
	printf("# %u compared\n", elf.checked);
	cfi_free(&t);
}

static void vdso(void)
{
	struct cfi_table t;

	if (cfi_read(elf_vdso_memory(), rules, MOST, &t))
		ok(t.count > 2, "the vDSO");
	else
		skip("the vDSO", "there is none, or it has no table");
	cfi_free(&t);
}

/* Without section headers, the table is the same. */
static void without_sections(const char *path)
{
	struct cfi_table with = { 0 }, without = { 0 };
	struct src src = { .fd = -1 };
	struct stat st;
	int fd = safe_open_host(path, NULL, &st);
	char *copy = NULL;

	if (fd >= 0) {
		src = (struct src){ .fd = fd, .size = st.st_size };
		cfi_read(src, rules, MOST, &with);
		copy = src_copy(&src, 0, src.size, src.size);
		close(fd);
	}
	if (copy) {
		((Elf64_Ehdr *)copy)->e_shoff = 0;
		src.mem = (u8 *)copy;
		cfi_read(src, rules, MOST, &without);
	}
	ok(copy && with.count == without.count && with.base == without.base && !without.cut &&
		   !memcmp(with.rows, without.rows, with.count * sizeof(*with.rows)),
	   "the same without section headers");
	free(copy);
	cfi_free(&with);
	cfi_free(&without);
}

/* The libraries that we are linked with. */
static int library(struct dl_phdr_info *info, size_t size, void *ctx)
{
	(void)size;
	(void)ctx;
	if (*info->dlpi_name != '/')
		return 0;
	file(info->dlpi_name);
	without_sections(info->dlpi_name);
	return 0;
}

int main(int argc, char **argv)
{
	rules = unwind_rules_new();
	for (int i = 1; i < argc; i++)
		file(argv[i]);
	if (argc > 1)
		return done();
	plain();
	order();
	special();
	arm64();
	encodings();
	limits();
	vdso();
	file(argv[0]); /* has .debug_frame, too */
	dl_iterate_phdr(library, NULL);
	file("/bin/bash");
	return done();
}
