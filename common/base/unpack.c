// SPDX-License-Identifier: BSD-2-Clause
/* BPF objects are stored compressed in the tools, which makes them seven times smaller. */
#include <err.h>
#include <stddef.h>
#include <stdlib.h>
#include <zlib.h>

/* Called by the skeletons (bpf/skeleton): unpacks a tool's object of SIZE bytes, which is never freed. */
const void *unpack(const void *packed, size_t packed_size, size_t size)
{
	static const void *last_packed;
	static void *object;
	z_stream z = { .next_in = (void *)packed, .avail_in = packed_size, .avail_out = size };

	if (last_packed == packed)
		return object;
	free(object);
	z.next_out = object = malloc(size);
	/* 16: gzip's format, 15: its window */
	if (!object || inflateInit2(&z, 16 + 15) != Z_OK || inflate(&z, Z_FINISH) != Z_STREAM_END ||
	    z.avail_out)
		errx(1, "cannot unpack the BPF object");
	inflateEnd(&z);
	last_packed = packed;
	return object;
}
