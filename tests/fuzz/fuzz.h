/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Fuzz targets: tests/fuzz/NAME.c defines LLVMFuzzerTestOneInput(), which does with an input what
 * the library would, and returns.  They are linked twice: with libFuzzer (make fuzz), and with
 * replay.c, which feeds them the files of tests/fuzz/corpus/NAME (make check).
 */
#pragma once
#include <setjmp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/*
 * Do what is in the braces; errx(), err() and exit() lead behind them instead of ending the
 * program, and what they say is not printed.
 */
#define CATCH_EXIT(...)                            \
	do {                                       \
		if (!setjmp(fuzz_catch_begin())) { \
			__VA_ARGS__                \
		}                                  \
		fuzz_catch_end();                  \
	} while (0)
struct __jmp_buf_tag *fuzz_catch_begin(void);
void fuzz_catch_end(void);

/* A file with this in it, at its beginning; its descriptor, the caller's. */
int fuzz_file(const void *data, size_t size);
/* Its path, valid until the next call. */
const char *fuzz_path(int fd);
/* The input as a string: up to MOST bytes of it; to be freed. */
char *fuzz_string(const uint8_t *data, size_t size, size_t most);
