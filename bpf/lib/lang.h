/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What interpreters and virtual machines tell about the programs that they run. */
#pragma once
#include "types.h"

/* A method.  In some languages what it belongs to is a file, or nothing. */
struct lang_method {
	char class[128];
	char name[64];
};

/* Filled in by lang_targets(). */
struct lang_conf {
	bool method_first; /* the probes of a pair of names have the method's first */
};
