// SPDX-License-Identifier: BSD-2-Clause
#include "kernel/usdt_places.h"
#include "kernel/usdt.h"
#include "symbols/objfile.h"
#include <elf.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <string.h>
#include <unistd.h>

#ifdef __aarch64__
#define MACHINE EM_AARCH64
#else
#define MACHINE EM_X86_64
#endif

struct search {
	const struct pattern *pattern;
	struct objfile file;
	u64 offset;
	struct usdt_site *site;
	bool found;
};

static bool find_variable(void *file, const char *name, u64 *addr)
{
	return objfile_variable(file, name, addr);
}

static void on_usdt(const struct objfile_usdt *u, void *ctx)
{
	struct search *s = ctx;
	const struct usdt_variables variables = { find_variable, &s->file };

	if (u->offset != s->offset || strcmp(u->name, s->pattern->name) ||
	    (*s->pattern->provider && fnmatch(s->pattern->provider, u->provider, 0)))
		return;
	usdt_parse(s->site, u->args, u->addr, MACHINE, &variables);
	s->found = true;
}

bool usdt_site_at(const struct pattern *p, u64 offset, struct usdt_site *site)
{
	struct search s = { .pattern = p, .offset = offset, .site = site };
	const char *why;

	s.file = (struct objfile){ open(p->file, O_RDONLY | O_CLOEXEC), (char *)p->shown };
	memset(site, 0, sizeof(*site));
	if (s.file.fd < 0)
		return false;
	objfile_each_usdt(&s.file, &why, on_usdt, &s);
	close(s.file.fd);
	return s.found;
}
