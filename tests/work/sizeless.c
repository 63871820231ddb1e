// SPDX-License-Identifier: BSD-2-Clause
/*
 * Half a second each in assembly without a size (assembly_loop) and in a function that no exported
 * symbol names (hot_private), which follows an exported symbol without a size.
 */
#include <time.h>

__asm__(".text\n"
	".globl exported_assembly\n"
	".type exported_assembly, %function\n"
	"exported_assembly:\n"
#ifdef __aarch64__
	"ret\n"
	"assembly_loop:\n"
	"1: subs x0, x0, #1\n"
	"b.ne 1b\n"
	"ret\n"
#else
	"ret\n"
	"assembly_loop:\n"
	"1: dec %rdi\n"
	"jnz 1b\n"
	"ret\n"
#endif
);
extern void exported_assembly(void);
extern void assembly_loop(long) __attribute__((visibility("hidden")));

static volatile long sink;

__attribute__((noinline)) static void hot_private(void)
{
	for (long i = 0; i < 20000000; i++)
		sink += i;
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

int main(void)
{
	double begin = now();

	exported_assembly();
	while (now() < begin + 0.5)
		hot_private();
	while (now() < begin + 1)
		assembly_loop(20000000);
	return 0;
}
