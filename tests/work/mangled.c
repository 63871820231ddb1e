// SPDX-License-Identifier: BSD-2-Clause
/* mangled MS: burn CPU time in functions whose names are those of C++ and of both kinds of Rust, then open a file there. */
#include <fcntl.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define NAMED(name) __asm__(name) __attribute__((noinline))
#define AFTER       __asm__ volatile("" ::: "memory")

void burn(double s) NAMED("_ZN5outer4burnIiEEvRKSt6vectorIT_SaIS2_EE");
void older(double s) NAMED("_ZN5crate6module5older17h0123456789abcdefE");
void newer(double s) NAMED("_RINvNtCs4fqI2P2rA04_5crate6module5newerhE");

static double cpu(void)
{
	return clock() / (double)CLOCKS_PER_SEC;
}

void burn(double s)
{
	while (cpu() < s)
		for (volatile int i = 0; i < 100000; i++)
			;
	close(open("/mangled", O_RDONLY));
	AFTER;
}

void older(double s)
{
	burn(s);
	AFTER;
}

void newer(double s)
{
	older(s);
	AFTER;
}

int main(int argc, char **argv)
{
	newer(argc > 1 ? atoi(argv[1]) / 1e3 : 0);
	return 0;
}
