/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Fuzz targets: tests/fuzz/NAME.c defines LLVMFuzzerTestOneInput(), which does with its input what
 * the library would, and returns.  Each is linked twice: with libFuzzer (make fuzz), and with
 * replay.c, which feeds it the files of tests/fuzz/corpus/NAME (make check).
 */
#pragma once
#include <setjmp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/*
 * Run these statements.  errx(), err() and exit() leave them instead of ending the program, and
 * print nothing.
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

/*
 * Make a file with this content.  Returns a descriptor at its beginning, which the caller closes.
 */
int fuzz_file(const void *data, size_t size);
/* Its path, valid until the next call. */
const char *fuzz_path(int fd);
/* The first bytes of the input, MOST at most, as a string that the caller frees. */
char *fuzz_string(const uint8_t *data, size_t size, size_t most);
