// SPDX-License-Identifier: BSD-2-Clause
/* Arguments of USDT probes, as a file that anybody made notes them: kernel/usdt.c. */
#include "../../common/kernel/usdt.c"
#include "fuzz.h"

static bool find(void *ctx, const char *name, u64 *addr)
{
	(void)ctx;
	*addr = name[0] * 0x0102030405060708ull;
	return name[1];
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const int machines[] = { EM_X86_64, EM_AARCH64 };
	const struct usdt_variables variables = { find, NULL };
	char *args = malloc(size + 1);
	struct usdt_site site;

	memcpy(args, data, size);
	args[size] = 0;
	for (int i = 0; i < 2; i++) {
		u32 n = usdt_parse(&site, args, 0x8000000000001000, machines[i], &variables);
		const char *text;
		size_t len;

		for (u32 j = 0; j < n && j < USDT_ARGS; j++) {
			const struct usdt_arg *a = &site.args[j];

			text = usdt_text(args, j, &len);
			if (!text || !len || text + len > args + strlen(args))
				abort();
			/* What BPF uses without looking */
			if (a->kind > USDT_MEMORY || a->reg > 33 * 8 || a->index > 33 * 8 ||
			    a->bits > 64 || a->shift > 3 || (a->kind && !a->bits))
				abort();
		}
		if (usdt_text(args, n, &len))
			abort();
	}
	free(args);
	return 0;
}
