// SPDX-License-Identifier: BSD-2-Clause
/*
 * slowirqs EXPECTED N: makes the kernel receive N packets slowly, on CPU 0.  The packets go to this process itself, and
 * sockets that see each of them have long filters.  Each packet is filtered twice: when it is sent, and in the soft interrupt
 * that receives it, which runs before the call returns, or in ksoftirqd.  Writes how long it took until each packet was
 * there, in nanoseconds; the first ones find out how many sockets it takes for 20 ms in the soft interrupt.
 */
#include "work.h"
#include <arpa/inet.h>
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <sched.h>
#include <stdbool.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define LENGTH 500 /* of a filter: the kernel has room for some 2,000 of its own instructions */

static long long now(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return t.tv_sec * 1000000000LL + t.tv_nsec;
}

/* A socket that dissects the packet LENGTH times, and then does not want it. */
static void listener(void)
{
	static struct sock_filter code[LENGTH + 1];
	struct sock_fprog filter = { LENGTH + 1, code };
	struct sockaddr_ll lo = { .sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL) };
	int s = socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	for (int i = 0; i < LENGTH; i++)
		code[i] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
						       SKF_AD_OFF + SKF_AD_PAY_OFFSET);
	code[LENGTH] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, 0);
	lo.sll_ifindex = if_nametoindex("lo");
	if (s < 0 || setsockopt(s, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof(filter)) ||
	    bind(s, (void *)&lo, sizeof(lo)))
		err(1, "packet socket");
}

/* Send a packet to ourselves, and receive it.  The CPU time that sending took. */
static long long send_one(int s)
{
	long long begin = now(CLOCK_MONOTONIC), cpu = now(CLOCK_THREAD_CPUTIME_ID);
	struct sockaddr_in self;
	socklen_t len = sizeof(self);
	char c = 'x';

	if (getsockname(s, (void *)&self, &len) || sendto(s, &c, 1, 0, (void *)&self, len) != 1)
		err(1, "sendto");
	cpu = now(CLOCK_THREAD_CPUTIME_ID) - cpu;
	if (recv(s, &c, 1, 0) != 1)
		err(1, "recv");
	expect("%lld", now(CLOCK_MONOTONIC) - begin);
	usleep(10000); /* ksoftirqd has to run, too */
	return cpu;
}

/* Does sending a packet take 40 ms?  One that did may have waited for a busy machine. */
static bool is_slow(int s)
{
	for (int i = 0; i < 3; i++)
		if (send_one(s) < 40000000)
			return false;
	return true;
}

int main(int argc, char **argv)
{
	struct sched_param first = { .sched_priority = 50 };
	struct rlimit files;
	struct sockaddr_in lo = { .sin_family = AF_INET };
	int s = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	cpu_set_t one;

	if (argc != 3)
		errx(2, "usage: slowirqs EXPECTED N");
	expect_to(argv[1]);
	CPU_ZERO(&one);
	CPU_SET(0, &one);
	lo.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (s < 0 || bind(s, (void *)&lo, sizeof(lo)) || sched_setaffinity(0, sizeof(one), &one) ||
	    sched_setscheduler(0, SCHED_FIFO, &first))
		err(1, "cannot have a socket and a CPU");
	getrlimit(RLIMIT_NOFILE, &files);
	files.rlim_cur = files.rlim_max;
	setrlimit(RLIMIT_NOFILE, &files);
	for (int n = 0; n < 4000 && (n < 16 || !is_slow(s));)
		for (int more = n ?: 16; more--; n++)
			listener();
	for (int i = 0; i < atoi(argv[2]); i++)
		send_one(s);
	return 0;
}
