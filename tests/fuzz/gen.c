// SPDX-License-Identifier: BSD-2-Clause
/* Probes of trace and argdist, as a user types them: common/gen/. */
#include "../unit/gen.h"
#include "fuzz.h"
#include "gen/spec.h"
#include <string.h>

static void compile(const char *text)
{
	static struct gen_code code;
	struct gen_scope scope = {};
	struct spec spec;
	struct lexer l;
	struct expr *e;
	const char *rest = spec_parse(&spec, text);

	if (rest < text || rest > text + strlen(text) || spec.n_params > GEN_ARGS)
		abort();
	spec_scope(&spec, &scope, spec.kind == 'u' ? NULL : "turn");
	code.text = text;
	lex_begin(&l, text, rest);
	e = parse_expr(&l);
	free(expr_text(e));
	gen_type(e, &scope);
	gen_value_type(e, &scope);
	gen_filter(&code, e);
	/* The stack, and jumps, are within the function. */
	for (u32 i = 0; i < code.n; i++) {
		const struct bpf_insn *insn = &code.insns[i];
		bool jumps = BPF_CLASS(insn->code) == BPF_JMP && BPF_OP(insn->code) != BPF_CALL &&
			     BPF_OP(insn->code) != BPF_EXIT;

		if (jumps && (insn->off < 0 || i + 1 + insn->off >= code.n))
			abort();
		if (BPF_CLASS(insn->code) == BPF_STX && insn->dst_reg == BPF_REG_10 &&
		    (insn->off >= 0 || insn->off < -256))
			abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct btf *types;
	char *text = fuzz_string(data, size, 1024);

	types = types ?: gadget_types();
	gen_types(types);
	CATCH_EXIT({ compile(text); });
	gen_free();
	free(text);
	return 0;
}
