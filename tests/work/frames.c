// SPDX-License-Identifier: BSD-2-Clause
/*
 * frames EXPECTED veth A B	frames of several sizes, by each of A's queues to B, the other end of a veth pair
 * frames EXPECTED slow A B	the same, a few each 20 ms for a second
 * frames EXPECTED tap DEVICE	frames that come in by the queues of a tap device
 * frames EXPECTED lo N		N frames of 100 bytes over the loopback device, in a network namespace of its own if N
 *				is negative
 *
 * Needs a sysfs that shows its network namespace.  Writes what was sent and received by each queue, as
 *	["tx" or "rx",queue,bytes,packets below 64 bytes,512,2048,16384,others]
 */
#include "work.h"
#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <sched.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define QUEUES   4
#define SIZES    5
#define PROTOCOL 0x88b5 /* for experiments */

struct counts {
	unsigned long bytes, sizes[SIZES];
};

static int on_device(const char *name)
{
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, htons(PROTOCOL));
	struct sockaddr_ll a = { .sll_family = AF_PACKET, .sll_protocol = htons(PROTOCOL) };

	a.sll_ifindex = if_nametoindex(name);
	if (fd < 0 || !a.sll_ifindex || bind(fd, (void *)&a, sizeof(a)))
		err(1, "%s", name);
	return fd;
}

static void count(struct counts *c, unsigned int len)
{
	c->bytes += len;
	c->sizes[len < 64 ? 0 : len < 512 ? 1 : len < 2048 ? 2 : len < 16384 ? 3 : 4]++;
}

static void counted(const char *direction, int queue, const struct counts *c)
{
	expect("[\"%s\",%d,%lu,%lu,%lu,%lu,%lu,%lu]", direction, queue, c->bytes, c->sizes[0],
	       c->sizes[1], c->sizes[2], c->sizes[3], c->sizes[4]);
}

/* Send a frame, and wait until it has come. */
static void send_frame(int from, int to, unsigned int len, struct counts *tx, struct counts *rx)
{
	static unsigned char frame[65536];
	struct sockaddr_ll a;
	socklen_t size = sizeof(a);

	memset(frame, 0xff, 6); /* to all */
	frame[6] = 2;
	frame[12] = PROTOCOL >> 8;
	frame[13] = PROTOCOL & 0xff;
	if (send(from, frame, len, 0) != len)
		err(1, "send");
	do
		if (recvfrom(to, frame, sizeof(frame), 0, (void *)&a, &size) != len)
			err(1, "recv");
	while (from == to && a.sll_pkttype == PACKET_OUTGOING);
	count(tx, len);
	count(rx, len - ETH_HLEN); /* it begins after that header */
}

/* Programs on the first CPU send by this queue. */
static void use_queue(const char *device, int queue)
{
	for (int i = 0; i < QUEUES; i++) {
		char path[128];
		FILE *f;

		snprintf(path, sizeof(path), "/sys/class/net/%s/queues/tx-%d/xps_cpus", device, i);
		f = fopen(path, "we");
		if (!f || fprintf(f, "%d", i == queue) < 1 || fclose(f))
			err(1, "%s", path);
	}
}

static void veth(const char *a, const char *b, int rounds)
{
	static const unsigned int lens[] = { 60,  63,   64,   77,    78,    511,   512,  525,
					     526, 2047, 2048, 16383, 16384, 16398, 60000 };
	struct counts tx[QUEUES] = { 0 }, rx[QUEUES] = { 0 };
	int from = on_device(a), to = on_device(b);
	cpu_set_t cpu;

	CPU_ZERO(&cpu);
	CPU_SET(0, &cpu);
	if (sched_setaffinity(0, sizeof(cpu), &cpu))
		err(1, "sched_setaffinity");
	for (int round = 0; round < rounds; round++) {
		if (rounds > 1)
			nanosleep(&(struct timespec){ .tv_nsec = 20000000 }, NULL);
		/* The last one is idle. */
		for (int queue = 0; queue < QUEUES - 1; queue++) {
			use_queue(a, queue);
			for (size_t i = 0; i < sizeof(lens) / sizeof(*lens); i++)
				for (size_t j = 0; j <= i % 3 + queue; j++)
					send_frame(from, to, lens[i], &tx[queue], &rx[queue]);
		}
	}
	for (int queue = 0; queue < QUEUES; queue++)
		counted("tx", queue, &tx[queue]);
	for (int queue = 0; queue < QUEUES; queue++)
		counted("rx", queue, &rx[queue]);
}

/* What a program writes to a tap device is received by the queue that the program has. */
static void tap(const char *device)
{
	static const int frames[QUEUES] = { 3, 0, 5, 2 };
	struct ifreq r = { .ifr_flags = IFF_TAP | IFF_NO_PI | IFF_MULTI_QUEUE };
	static unsigned char frame[100] = {
		2, [6] = 2, [12] = PROTOCOL >> 8, [13] = PROTOCOL & 0xff
	};
	struct counts rx[QUEUES] = { 0 };
	int fds[QUEUES], to, up;

	strncpy(r.ifr_name, device, IFNAMSIZ - 1);
	for (int i = 0; i < QUEUES; i++) {
		fds[i] = open("/dev/net/tun", O_RDWR | O_CLOEXEC);
		if (fds[i] < 0 || ioctl(fds[i], TUNSETIFF, &r))
			err(1, "%s", device);
	}
	up = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	r.ifr_flags = IFF_UP;
	if (ioctl(up, SIOCSIFFLAGS, &r))
		err(1, "%s", device);
	to = on_device(device);
	for (int i = 0; i < QUEUES; i++) {
		for (int j = 0; j < frames[i]; j++) {
			if (write(fds[i], frame, sizeof(frame)) != sizeof(frame) ||
			    recv(to, frame, sizeof(frame), 0) != sizeof(frame))
				err(1, "%s", device);
			count(&rx[i], sizeof(frame) - ETH_HLEN);
		}
	}
	for (int i = 0; i < QUEUES; i++)
		counted("rx", i, &rx[i]);
}

static void loopback(long n)
{
	struct counts tx = { 0 }, rx = { 0 };
	struct ifreq up = { .ifr_name = "lo", .ifr_flags = IFF_UP };
	int fd;

	if (n < 0 && unshare(CLONE_NEWNET))
		err(1, "unshare");
	fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (ioctl(fd, SIOCSIFFLAGS, &up))
		err(1, "lo");
	close(fd);
	fd = on_device("lo");
	for (long i = n < 0 ? -n : n; i; i--)
		send_frame(fd, fd, 100, &tx, &rx);
	counted("tx", 0, &tx);
	counted("rx", 0, &rx);
}

int main(int argc, char **argv)
{
	if (argc < 4)
		errx(2, "usage: frames EXPECTED veth|slow A B, tap DEVICE, or lo N");
	expect_to(argv[1]);
	if (!strcmp(argv[2], "lo"))
		loopback(atol(argv[3]));
	else if (!strcmp(argv[2], "tap"))
		tap(argv[3]);
	else
		veth(argv[3], argv[4], strcmp(argv[2], "slow") ? 1 : 50);
	return 0;
}
