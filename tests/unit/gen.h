/* SPDX-License-Identifier: BSD-2-Clause */
/* Types for the tests of common/gen/, the same on every machine. */
#pragma once
#include "gen/emit.h"
#include "lib/gen.h"
#include <stdlib.h>

struct gadget {
	s32 a : 5;
	u32 b : 7;
	s64 c;
	u8 d[4];
	s16 e;
	bool f;
	struct gadget *next;
	char name[16];
};

static inline struct btf *gadget_types(void)
{
	struct btf *btf = btf__new_empty();
	int s32_id, u32_id, s64_id, u8_id, s16_id, bool_id, char_id, d, name, next, self = 11;

	if (!btf)
		exit(1);
	s32_id = btf__add_int(btf, "int", 4, BTF_INT_SIGNED);
	u32_id = btf__add_int(btf, "unsigned int", 4, 0);
	s64_id = btf__add_int(btf, "long long int", 8, BTF_INT_SIGNED);
	u8_id = btf__add_int(btf, "unsigned char", 1, 0);
	s16_id = btf__add_int(btf, "short int", 2, BTF_INT_SIGNED);
	bool_id = btf__add_int(btf, "_Bool", 1, BTF_INT_BOOL);
	char_id = btf__add_int(btf, "char", 1, BTF_INT_SIGNED);
	d = btf__add_array(btf, s32_id, u8_id, 4);
	name = btf__add_array(btf, s32_id, char_id, 16);
	next = btf__add_ptr(btf, self);
	if (btf__add_struct(btf, "gadget", sizeof(struct gadget)) != self)
		exit(1);
	btf__add_field(btf, "a", s32_id, 0, 5);
	btf__add_field(btf, "b", u32_id, 5, 7);
	btf__add_field(btf, "c", s64_id, 64, 0);
	btf__add_field(btf, "d", d, 128, 0);
	btf__add_field(btf, "e", s16_id, 160, 0);
	btf__add_field(btf, "f", bool_id, 176, 0);
	btf__add_field(btf, "next", next, 192, 0);
	btf__add_field(btf, "name", name, 256, 0);
	btf__add_enum(btf, "state", 4);
	btf__add_enum_value(btf, "RUNNING", 3);
	btf__add_func_proto(btf, s32_id);
	btf__add_func_param(btf, "g", next);
	btf__add_func_param(btf, "flags", u32_id);
	btf__add_func(btf, "turn", BTF_FUNC_STATIC, self + 2);
	btf__add_enum64(btf, "distance", 8, false);
	btf__add_enum64_value(btf, "FAR", 1ull << 32);
	btf__add_typedef(btf, "u128", btf__add_int(btf, "unsigned __int128", 16, 0));
	return btf;
}
