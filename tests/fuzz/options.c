// SPDX-License-Identifier: BSD-2-Clause
/* Values of options.  The first byte says of which option. */
#include "base/opt.h"
#include "domain/openflags.h"
#include "fuzz.h"
#include "main/filter.h"
#include "output/fields.h"
#include "output/percentiles.h"
#include <stdlib.h>

static u64 last;

static void on_number(u64 v)
{
	last = v;
}

static void on_word(const char *word)
{
	last += *word;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const choices[] = { "all", "reads", "writes", NULL };
	u32 number = 0;
	const struct opt choice = OPT_CHOICE('s', "sort", "FIELD", &number, choices, "");
	const struct opt u32s = OPT_U32('n', "number", "N", &number, 3, 1000, "");
	char *arg = size ? fuzz_string(data + 1, size - 1, 256) : NULL;
	u64 v;

	if (!arg)
		return 0;
	CATCH_EXIT({
		switch (*data % 9) {
		case 0:
			v = parse_u64(arg, "number", 5, 1ull << 40);
			if (v < 5 || v > 1ull << 40)
				abort();
			break;
		case 1:
			v = parse_size(arg, "size", 4096, 1u << 31);
			if (v < 4096 || v > 1u << 31)
				abort();
			break;
		case 2:
			parse_list(arg, "list", 1, UINT32_MAX, on_number);
			if (!last || last > UINT32_MAX)
				abort();
			break;
		case 3:
			parse_words(arg, on_word);
			break;
		case 4:
			percentiles_only(arg);
			break;
		case 5:
			open_flag(arg, &number);
			break;
		case 6:
			choice.set(&choice, arg);
			if (number > 2)
				abort();
			break;
		case 7:
			u32s.set(&u32s, arg);
			if (number < 3 || number > 1000)
				abort();
			break;
		case 8:
			fields_set(arg);
			break;
		}
	});
	free(arg);
	return 0;
}
