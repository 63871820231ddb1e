// SPDX-License-Identifier: BSD-2-Clause
/*
 * usercalls EXPECTED	calls functions, and passes USDT probes, with known arguments
 *
 * Writes [name,"values"] for each.  Also asks TCP for an option that there isn't, in tcp_setsockopt(), which takes a whole
 * struct (sockptr_t) before its last argument.
 */
#include "sdt.h"
#include "work.h"
#include <netinet/in.h>
#include <sys/socket.h>

#define NOINLINE __attribute__((noinline, noclone))

/* Arguments in registers, of all sizes, constants, memory, and a variable. */
#ifdef __aarch64__
#define HERE \
	"-4@%w[i32] 8@%x[u64] -1@%w[s8] -2@%w[s16] 8@-5 -4@[%x[array], 4] 8@[%x[array], 16] 4@7"
#define THERE "8@[%x[array], 8] 8@1 8@2 8@3 8@4 8@5 8@6 8@%x[u64]"
#define TEXT  "8@%x[text]"
#define ODD   "8f@d0 1@1 1@1 1@1 1@1 1@1 1@1 8@%x[u64]"
#else
#define HERE                                                               \
	"-4@%k[i32] 8@%q[u64] -1@%b[s8] -2@%w[s16] 8@$-5 -4@4(%q[array]) " \
	"8@(%q[array],%q[two],8) 4@4+known_pair(%%rip)"
#define THERE "8@-8(%q[array],%q[two],8) 8@$1 8@$2 8@$3 8@$4 8@$5 8@$0x6 8@%q[u64]"
#define TEXT  "8@%q[text]"
#define ODD   "8f@%%xmm0 1@$1 1@$1 1@$1 1@$1 1@$1 1@$1 8@%q[u64]"
#endif

unsigned short snoop_guarded_semaphore __attribute__((section(".probes")));
volatile int known_pair[2] = { 6, 7 };
static const long array[] = { 0x11ffffffd3, 0x123456789a, 33 }; /* -45 | 17 << 32 */

NOINLINE void known_six(int a, unsigned char b, long c, unsigned long d, short e, unsigned int f)
{
	asm volatile("" : : "r"(a), "r"(b), "r"(c), "r"(d), "r"(e), "r"(f));
}

NOINLINE int known_sum(int a, int b)
{
	asm volatile("" : "+r"(a));
	return a + b;
}

NOINLINE long known_end(long v)
{
	asm volatile("" : "+r"(v));
	return -v;
}

NOINLINE static void values(int i32, unsigned long u64, int s8, int s16)
{
	asm volatile(USDT_NOTE("values", "0", HERE)
		     :
		     : [i32] "r"(i32), [u64] "r"(u64), [s8] "q"(s8), [s16] "r"(s16),
		       [array] "r"(array), [two] "r"(2l)
		     : "memory");
	asm volatile(USDT_NOTE("values", "0", THERE)
		     :
		     : [u64] "r"(u64), [array] "r"(array), [two] "r"(2l)
		     : "memory");
	/* A floating-point number, which can't be read. */
	asm volatile(USDT_NOTE("odd", "0", ODD) : : [u64] "r"(u64));
}

NOINLINE static void guarded(const char *text)
{
	if (!*(volatile unsigned short *)&snoop_guarded_semaphore)
		return;
	asm volatile(USDT_NOTE("guarded", "snoop_guarded_semaphore", TEXT)
		     :
		     : [text] "r"(text)
		     : "memory");
	expect("[\"guarded\",\"%s\"]", text);
}

int main(int argc, char **argv)
{
	if (argc < 2)
		errx(2, "usage: usercalls EXPECTED");
	expect_to(argv[1]);
	known_six(-1, 200, -3000000000, 4, -5, 4000000000u);
	expect("[\"six\",\"-1 200 -3000000000 4 -5 4000000000 0 0\"]");
	for (int i = 0; i < 2; i++) {
		expect("[\"sum\",\"%d %d %d 0 0 0 0 0\"]", i, -7, known_sum(i, -7));
		known_end(5);
		expect("[\"end\",\"-5 0 0 0 0 0 0 0\"]");
	}
	/* The bits that don't belong to a register's part are set, too. */
	values(-2, 0x8000000000000001, 0x1ff80, 0x18000);
	expect("[\"values\",\"-2 -9223372036854775807 -128 -32768 -5 17 33 7\"]");
	expect("[\"values\",\"%ld 1 2 3 4 5 6 -9223372036854775807\"]", array[1]);
	guarded("a text");
	setsockopt(socket(AF_INET, SOCK_STREAM, 0), IPPROTO_TCP, 9999, array, 7);
	return 0;
}
