/* SPDX-License-Identifier: BSD-2-Clause */
/* snoopkit-check: what this kernel offers, and which tools work with it. */
#pragma once
#include "lib/types.h"

struct feature {
	const char *name;
	enum { NO, YES, SETTING } has; /* a setting is neither: it has a value */
	char value[80];
	char note[256]; /* why not, or what it means */
};

/* Try each of them and pass it on. */
void features_try(void (*each)(const struct feature *));

/* What a tool's probes can be. */
#define PROBE_KINDS 8
extern const char *const probe_kinds[PROBE_KINDS];

struct checked {
	const char *name;
	bool works;
	u32 probes;           /* a bit for each of the kinds that it uses */
	const char **missing; /* what it does not see, n_missing of it */
	size_t n_missing;
	const char *why; /* it doesn't work */
};

/*
 * Let each installed tool try, or only those named in ONLY (NULL-terminated; those that are not
 * installed are reported as such), and pass on what it said.
 */
void installed_check(char **only, void (*each)(const struct checked *));
/* Is there a tool of this name in snoopkit? */
bool installed_known(const char *name);
