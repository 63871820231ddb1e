// SPDX-License-Identifier: BSD-2-Clause
#include "domain/life.h"
#include <string.h>

bool life_wide;

void life_parsed(struct col *cols)
{
	static const struct {
		const char *header;
		int width;
	} wide[] = {
		{ "COMM", -16 }, { "LADDR", -39 }, { "RADDR", -39 }, { "TX_KB", 6 }, { "RX_KB", 6 },
	};

	for (struct col *c = cols; c->name; c++) {
		if (run.csv && !strcmp(c->name, "IP"))
			c->opt = 's';
		for (size_t i = 0; life_wide && i < sizeof(wide) / sizeof(*wide); i++)
			if (!strcmp(c->name, wide[i].header))
				c->width = wide[i].width;
	}
}
