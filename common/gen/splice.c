// SPDX-License-Identifier: BSD-2-Clause
#include "gen/emit.h"
#include "gen/insn.h"
#include "lib/gen.h"
#include "lib/probe_id.bpf.h"
#include <err.h>
#include <stdlib.h>
#include <string.h>

static bool is_mark(const struct bpf_insn *i, s32 mark)
{
	return i->code == (BPF_ALU64 | BPF_MOV | BPF_K) && i->imm == mark;
}

static bool is_call(const struct bpf_insn *i)
{
	return i->code == (BPF_JMP | BPF_CALL) && i->src_reg == BPF_PSEUDO_CALL;
}

static bool is_jump(const struct bpf_insn *i)
{
	u8 class = BPF_CLASS(i->code), op = BPF_OP(i->code);

	return (class == BPF_JMP || class == BPF_JMP32) && op != BPF_CALL && op != BPF_EXIT;
}

/* Where the function at AT, or the one that a place in it belongs to, begins: the last target of a call up to there. */
static size_t begins(const struct bpf_insn *insns, size_t n, size_t at)
{
	size_t from = 0;

	for (size_t i = 0; i < n; i++)
		if (is_call(&insns[i]) && i + 1 + insns[i].imm <= at && i + 1 + insns[i].imm > from)
			from = i + 1 + insns[i].imm;
	return from;
}

static size_t ends(const struct bpf_insn *insns, size_t n, size_t from)
{
	size_t to = n;

	for (size_t i = 0; i < n; i++)
		if (is_call(&insns[i]) && i + 1 + insns[i].imm > from && i + 1 + insns[i].imm < to)
			to = i + 1 + insns[i].imm;
	return to;
}

/* Replace the function that has this mark.  The functions behind it, in FUNCS, move. */
static struct bpf_insn *replace(struct bpf_insn *old, size_t *n, s32 mark, const struct gen_code *c,
				struct bpf_func_info *funcs, u32 n_funcs)
{
	size_t from = 0, to, m;
	struct bpf_insn *new;
	s32 moved;

	while (from < *n && !is_mark(&old[from], mark))
		from++;
	if (from == *n) /* what keeps a call for its return has no filter and no values */
		return old;
	from = begins(old, *n, from);
	to = ends(old, *n, from);
	m = *n - (to - from) + c->n;
	moved = (s32)c->n - (s32)(to - from);
	new = calloc(m, sizeof(*new));
	if (!new)
		err(1, NULL);
	/* What leads from before the function to behind it, or back, becomes longer or shorter. */
	for (size_t i = 0; i < *n; i++) {
		struct bpf_insn insn = old[i];
		size_t target = i + 1 + (is_call(&insn) ? insn.imm : is_jump(&insn) ? insn.off : 0);
		s32 by = (i < from && target >= to)    ? moved
			 : (i >= to && target <= from) ? -moved
						       : 0;

		if (i >= from && i < to)
			continue;
		if (is_call(&insn))
			insn.imm += by;
		else if (is_jump(&insn))
			insn.off += by;
		new[i < from ? i : i + moved] = insn;
	}
	for (u32 i = 0; i < n_funcs; i++)
		if (funcs[i].insn_off > from)
			funcs[i].insn_off += moved;
	memcpy(new + from, c->insns, c->n * sizeof(*new));
	free(old);
	*n = m;
	return new;
}

struct bpf_insn *gen_splice(const struct bpf_insn *insns, size_t *n, const struct gen_code *filter,
			    const struct gen_code *values, const struct gen_numbers *numbers,
			    struct bpf_func_info *funcs, u32 n_funcs)
{
	struct bpf_insn *copy = calloc(*n, sizeof(*copy));

	if (!copy)
		err(1, NULL);
	memcpy(copy, insns, *n * sizeof(*copy));
	for (size_t i = 0; i < *n; i++) {
		if (is_mark(&copy[i], GEN_SIZE_MARK))
			copy[i].imm = numbers->size;
		else if (is_mark(&copy[i], GEN_PROBE_MARK))
			copy[i].imm = numbers->probe;
		else if (is_mark(&copy[i], GEN_NARGS_MARK))
			copy[i].imm = numbers->nargs;
		else if (is_mark(&copy[i], PROBE_ID_MARK))
			copy[i].imm = numbers->id;
	}
	copy = replace(copy, n, GEN_FILTER_MARK, filter, funcs, n_funcs);
	return replace(copy, n, GEN_VALUES_MARK, values, funcs, n_funcs);
}
