/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * How to find a caller's registers in programs without frame pointers.  common/symbols/cfi.h reads the rules from ELF
 * files, common/symbols/unwind.h gives them to the kernel, and unwind.bpf.h follows them.
 */
#pragma once
#include "types.h"

/* Where the canonical frame address (CFA) comes from. */
enum unwind_cfa {
	UNWIND_NONE, /* nothing is known here: try the frame pointer */
	UNWIND_END,  /* the outermost frame: its return address is undefined */
	UNWIND_SP,   /* stack pointer + cfa */
	UNWIND_FP,   /* frame pointer + cfa */
	UNWIND_PLT, /* x86: sp + 8 + (pc % 16 >= cfa ? 8 : 0), entries of a procedure linkage table */
	UNWIND_FP_AT,  /* *(frame pointer + cfa) + add: a realigned stack */
	UNWIND_SP_AT,  /* *(stack pointer + cfa) + add */
	UNWIND_SIGNAL, /* a signal frame: all registers are in the ucontext at the stack pointer */
};

/* What tells a caller's frame pointer, or return address. */
enum unwind_saved {
	UNWIND_SAME,   /* still in the register */
	UNWIND_AT_CFA, /* *(CFA + offset) */
	UNWIND_LOST,   /* can't be known (undefined, or by an expression) */
	UNWIND_AT_FP,  /* *(frame pointer + offset), only of the frame pointer: a realigned stack */
};

struct unwind_rule {
	s32 cfa, fp, ra;     /* offsets; ra is -8 on x86 */
	u8 cfa_from;         /* enum unwind_cfa */
	u8 fp_from, ra_from; /* enum unwind_saved */
	u8 add;              /* with UNWIND_FP_AT and UNWIND_SP_AT; else 0 */
};

/* From this address on, up to the next row's, this rule holds.  Sorted by pc. */
struct unwind_row {
	u32 pc;   /* a virtual address of the file, minus the table's base */
	u32 rule; /* its index in the rules */
};

/*
 * Executable memory of a process: COUNT rows of a chunk hold for it, from FIRST on.  A row's pc is an address less BIAS.
 */
struct unwind_range {
	u64 start, end, bias;
	u32 chunk, first, count; /* count is 0 if nothing is known here: JIT code, for example */
	u32 pad;
};

/* A process's ranges, by address. */
struct unwind_process {
	u32 first, count;
	u32 program; /* they are those of this program: see stack_meet(); 0: not known yet */
};

#define UNWIND_FRAMES    1024
#define UNWIND_RULES     8192
#define UNWIND_CHUNK     (1 << 16) /* rows are allocated in chunks */
#define UNWIND_CHUNKS    128
#define UNWIND_RANGES    (1 << 14)
#define UNWIND_PROCESSES 4096

/* A user stack, innermost frame first. */
struct unwound {
	u64 hash; /* of the frames */
	u32 n, pad;
	u64 addrs[UNWIND_FRAMES];
};
