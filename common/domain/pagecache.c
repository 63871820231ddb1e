// SPDX-License-Identifier: BSD-2-Clause
#include "domain/pagecache.h"
#include "base/object.h"
#include "kernel/kbtf.h"
#include "output/out.h"
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Until 6.9, these were macros with these values. */
static u32 gfp_write = 1 << 12, gfp_noretry = 1 << 16;

static void gfp_bit(const char *name, u32 bit)
{
	if (!strcmp(name, "___GFP_WRITE_BIT"))
		gfp_write = 1u << bit;
	else if (!strcmp(name, "___GFP_NORETRY_BIT"))
		gfp_noretry = 1u << bit;
}

static void set(struct bpf_object *obj, const char *name, u32 value)
{
	u32 *var = bpf_rodata(obj, name, sizeof(*var));

	if (var)
		*var = value;
}

void page_cache_prepare(void *skel)
{
	struct bpf_object *obj = ((struct skel *)skel)->obj;

	kbtf_enum(KBTF_GFP_BITS, gfp_bit);
	set(obj, "gfp_write", gfp_write);
	set(obj, "gfp_noretry", gfp_noretry);
	set(obj, "page_shift", __builtin_ctzl(sysconf(_SC_PAGESIZE)));
}

static u64 least(u64 a, u64 b)
{
	return a < b ? a : b;
}

u64 page_misses_own(const struct page_counts *c)
{
	return least(c->meta, c->meta_in);
}

u64 page_hits_own(const struct page_counts *c)
{
	return c->meta - page_misses_own(c);
}

u64 page_misses(const struct page_counts *c)
{
	return least(c->read, c->read_in) + page_misses_own(c);
}

u64 page_hits(const struct page_counts *c)
{
	return c->read + c->meta - page_misses(c);
}

u64 meminfo(const char *name)
{
	FILE *f = time_mono() ? fopen("/proc/meminfo", "re") : NULL;
	unsigned long long kib = 0;
	char line[128];
	size_t len = strlen(name);

	while (f && fgets(line, sizeof(line), f))
		if (!strncmp(line, name, len) && sscanf(line + len, ": %llu", &kib) == 1)
			break;
	if (f)
		fclose(f);
	return kib << 10;
}
