// SPDX-License-Identifier: BSD-2-Clause
#include "symbols/minidebug.h"
#include <lzma.h>
#include <stdlib.h>

/* These limit what a hostile file can cost us. */
#define MAX_PACKED   (16 << 20) /* bytes */
#define MAX_UNPACKED (64 << 20)
#define MAX_MEMORY   (80 << 20) /* of the decoder: "xz -9" needs 65 MB */
#define STEP         (1 << 20)

static const Elf64_Shdr *section(const struct image *im)
{
	return image_section(im, ".gnu_debugdata", SHT_PROGBITS);
}

bool mini_debug_has(const struct image *im)
{
	return section(im);
}

/* Make room for a step more. What is unpacked counts as if it were read from a file. */
static bool more(struct src *out, lzma_stream *z)
{
	u8 *mem;

	if (out->size >= MAX_UNPACKED || !budget_take(STEP))
		return false;
	mem = realloc((u8 *)out->mem, out->size + STEP);
	if (!mem)
		return false;
	out->mem = mem;
	z->next_out = mem + out->size;
	z->avail_out = STEP;
	out->size += STEP;
	return true;
}

static bool unpack(lzma_stream *z, struct src *out)
{
	lzma_ret ret = LZMA_OK;

	if (lzma_stream_decoder(z, MAX_MEMORY, 0) != LZMA_OK)
		return false;
	while (ret == LZMA_OK && (z->avail_out || more(out, z)))
		ret = lzma_code(z, LZMA_FINISH);
	out->size -= z->avail_out;
	return ret == LZMA_STREAM_END;
}

bool mini_debug(const struct image *im, bool (*use)(const struct image *, void *ctx), void *ctx)
{
	const Elf64_Shdr *sh = section(im);
	char *packed = sh ? src_copy(&im->src, sh->sh_offset, sh->sh_size, MAX_PACKED) : NULL;
	lzma_stream z = LZMA_STREAM_INIT;
	struct src out = { .fd = -1 };
	struct image inner;
	bool good = false;

	if (!packed)
		return false;
	z.next_in = (u8 *)packed;
	z.avail_in = sh->sh_size;
	if (unpack(&z, &out) && out.size) {
		good = image_open(&inner, out) && use(&inner, ctx);
		image_close(&inner);
	}
	lzma_end(&z);
	free((u8 *)out.mem);
	free(packed);
	return good;
}
