/* SPDX-License-Identifier: BSD-2-Clause */
/* BPF instructions, for code that is made at run time: libbpf installs no macros for them. */
#pragma once
#include <linux/bpf.h>

#define INSN(c, d, s, o, i) \
	((struct bpf_insn){ .code = (c), .dst_reg = (d), .src_reg = (s), .off = (o), .imm = (i) })

#define MOV(d, s)         INSN(BPF_ALU64 | BPF_MOV | BPF_X, d, s, 0, 0)
#define MOV_IMM(d, i)     INSN(BPF_ALU64 | BPF_MOV | BPF_K, d, 0, 0, i)
#define ALU(op, d, s)     INSN(BPF_ALU64 | (op) | BPF_X, d, s, 0, 0)
#define ALU_IMM(op, d, i) INSN(BPF_ALU64 | (op) | BPF_K, d, 0, 0, i)
/* SIZE is BPF_B, BPF_H, BPF_W or BPF_DW. */
#define LOAD(size, d, s, o)      INSN(BPF_LDX | (size) | BPF_MEM, d, s, o, 0)
#define STORE(size, d, o, s)     INSN(BPF_STX | (size) | BPF_MEM, d, s, o, 0)
#define STORE_IMM(size, d, o, i) INSN(BPF_ST | (size) | BPF_MEM, d, 0, o, i)
/* Jumps; their offsets are filled in later. */
#define JUMP               INSN(BPF_JMP | BPF_JA, 0, 0, 0, 0)
#define JUMP_IF(op, d, s)  INSN(BPF_JMP | (op) | BPF_X, d, s, 0, 0)
#define JUMP_IMM(op, d, i) INSN(BPF_JMP | (op) | BPF_K, d, 0, 0, i)
#define CALL_HELPER(f)     INSN(BPF_JMP | BPF_CALL, 0, 0, 0, f)
#define EXIT               INSN(BPF_JMP | BPF_EXIT, 0, 0, 0, 0)
