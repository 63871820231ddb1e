// SPDX-License-Identifier: BSD-2-Clause
/*
 * callers EXPECTED N	functions, system calls (by act()) and a USDT probe (in probed()), each by several known callers
 *
 * Writes [[callee,caller,...],calls] for each way to get there, the innermost first.
 */
#include "sdt.h"
#include "work.h"
#include <sys/syscall.h>

#define NOINLINE __attribute__((noinline, noclone))

/* With a frame, and no tail call at its end. */
#define AFTER asm volatile("")

NOINLINE static void nothing(void)
{
	AFTER;
}

/* What calls a function has a frame. */
NOINLINE void callee(void)
{
	nothing();
	AFTER;
}

/* It has no frame: the kernel's walk of the stack misses its caller. */
void leaf(void);
asm(".pushsection .text\n"
    ".globl leaf\n"
    ".type leaf, %function\n"
    "leaf: nop\n"
    "ret\n"
    ".size leaf, . - leaf\n"
    ".popsection\n");

NOINLINE void probed(void)
{
	nothing();
	USDT("met", "0");
	AFTER;
}

/* Not by libc's function, which has no frame. */
static inline __attribute__((always_inline)) void get_parent(void)
{
#ifdef __aarch64__
	register long number asm("x8") = SYS_getppid;
	register long result asm("x0");

	asm volatile("svc 0" : "=r"(result) : "r"(number) : "memory");
#else
	long result = SYS_getppid;

	asm volatile("syscall" : "+a"(result) : : "rcx", "r11", "memory");
#endif
}

NOINLINE void act(void)
{
	callee();
	leaf();
	probed();
	get_parent();
	AFTER;
}

NOINLINE void left(void)
{
	callee();
	leaf();
	act();
	AFTER;
}

NOINLINE void right(void)
{
	callee();
	leaf();
	act();
	callee();
	AFTER;
}

/* What main() does N and 2 N times, with left() and right(). */
static void expect_calls(const char *callee, int left, int right, int n)
{
	if (left)
		expect("[[\"%s\",\"left\",\"main\"],%d]", callee, left * n);
	if (right)
		expect("[[\"%s\",\"right\",\"main\"],%d]", callee, right * 2 * n);
}

int main(int argc, char **argv)
{
	int n = argc > 2 ? atoi(argv[2]) : 0;

	if (n < 1)
		errx(2, "usage: callers EXPECTED N");
	for (int i = 0; i < n; i++) {
		left();
		right();
		right();
	}
	expect_to(argv[1]);
	expect_calls("callee", 1, 2, n);
	expect_calls("callee\",\"act", 1, 1, n);
	expect_calls("leaf", 1, 1, n);
	expect_calls("leaf\",\"act", 1, 1, n);
	expect_calls("probed\",\"act", 1, 1, n);
	expect_calls("act", 1, 1, n);
	return 0;
}
