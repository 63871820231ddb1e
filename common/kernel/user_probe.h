/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Probes in programs and libraries: which program of lib/user_probe.bpf.h or lib/usdt.bpf.h is attached
 * to which function of which files.
 *
 *	static const char *path;	// from an option
 *	static const struct user_file ssl = { "ssl", &path, .everywhere = true };
 *	static const struct user_probe probes[] = {
 *		{ "writing", &ssl, .symbol = "SSL_write" },
 *		{ 0 },
 *	};
 *	TOOL(..., USER_PROBES(probes), ...)
 */
#pragma once
#include "lib/types.h"
#include <bpf/libbpf.h>

/*
 * Files, by names as in objfile_find(), separated by blanks.  With -p they are the process's own: those
 * it has mapped, or else those below its root.
 */
struct user_file {
	const char *names;
	const char *const *instead; /* if this is not NULL, the only file: a path from the user */
	bool everywhere;            /* without -p: all copies (objfile_each_copy()) */
	/* The function is in some of the files, or with .optional in none; libraries they need are not tried. */
	bool alternatives;
};

struct user_probe {
	const char *program; /* the name of a UFUNC(), UFUNC_RET(), UFUNC_END() or USDT() */
	const struct user_file *file;
	/* What the program is attached to.  If a file lacks it, a library that the file is linked with. */
	const char *
		symbol; /* a function; of several, separated by blanks, the first that the file has */
	const char *usdt;   /* or a USDT probe: "provider:name" */
	bool each;          /* of several functions, all that the file has */
	bool optional;      /* not every machine has such a file */
	const bool *wanted; /* NULL: always */
};

/* How main/ calls this part of the library, which only tools with such probes link. */
struct user_probe_ops {
	/*
	 * Before loading: find the places, and choose the programs to load.  PIDS are those that the user
	 * asked for.  Exits with a sentence if there is no place for a probe.
	 */
	void (*select)(struct bpf_object *, const struct user_probe *, const u32 *pids, size_t n);
	/* After loading: attach the programs; if ONLY is not 0, in this process only. */
	void (*attach)(struct bpf_object *, u32 only);
};
extern const struct user_probe_ops user_probe_ops;
