// SPDX-License-Identifier: BSD-2-Clause
/*
 * A program without libraries that ends at once, so that to exec it costs little but the exec
 * itself.
 */
void _start(void);

void _start(void)
{
#ifdef __x86_64__
	asm volatile("syscall" ::"a"(60), "D"(0));
#else /* arm64 */
	register long number asm("x8") = 93, status asm("x0") = 0;

	asm volatile("svc 0" ::"r"(number), "r"(status));
#endif
	__builtin_unreachable();
}
