/* SPDX-License-Identifier: BSD-2-Clause */
/* Addresses of sockets, for workloads that write down which they had. */
#pragma once
#include <arpa/inet.h>
#include <err.h>
#include <linux/filter.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>

/* A mapped address is the IPv4 one. */
struct address {
	int family; /* 4 or 6 */
	char ip[INET6_ADDRSTRLEN];
	int port;
};

static inline unsigned long long netns(void)
{
	struct stat s;

	if (stat("/proc/self/ns/net", &s))
		err(1, "/proc/self/ns/net");
	return s.st_ino;
}

static inline struct address address_of(const void *sockaddr)
{
	const struct sockaddr_in6 *six = sockaddr;
	const struct sockaddr_in *four = sockaddr;
	bool v6 = six->sin6_family == AF_INET6;
	struct address a = { .family = 6, .port = ntohs(four->sin_port) };

	if (v6 && !IN6_IS_ADDR_V4MAPPED(&six->sin6_addr)) {
		inet_ntop(AF_INET6, &six->sin6_addr, a.ip, sizeof(a.ip));
		return a;
	}
	a.family = 4;
	inet_ntop(AF_INET, v6 ? (void *)(six->sin6_addr.s6_addr + 12) : (void *)&four->sin_addr,
		  a.ip, sizeof(a.ip));
	return a;
}

static inline struct address local(int fd)
{
	struct sockaddr_in6 a;
	socklen_t len = sizeof(a);

	if (getsockname(fd, (void *)&a, &len))
		err(1, "getsockname");
	return address_of(&a);
}

static inline struct address remote(int fd)
{
	struct sockaddr_in6 a;
	socklen_t len = sizeof(a);

	if (getpeername(fd, (void *)&a, &len))
		err(1, "getpeername");
	return address_of(&a);
}

static inline const char *comm(void)
{
	static char name[17];

	prctl(PR_GET_NAME, name);
	return name;
}

/* KIND: "4", "6", "6mapped": an IPv6 socket at 127.0.0.1, "4mapped": an IPv4 client of such. */
static inline socklen_t make_address(const char *kind, bool server, int port, void *to)
{
	bool six = server ? strcmp(kind, "4") : *kind == '6';
	struct sockaddr_in6 *a6 = to;
	struct sockaddr_in *a4 = to;

	if (!six) {
		*a4 = (struct sockaddr_in){ .sin_family = AF_INET, .sin_port = htons(port) };
		inet_pton(AF_INET, "127.0.0.1", &a4->sin_addr);
		return sizeof(*a4);
	}
	*a6 = (struct sockaddr_in6){ .sin6_family = AF_INET6, .sin6_port = htons(port) };
	inet_pton(AF_INET6, strcmp(kind, "6") ? "::ffff:127.0.0.1" : "::1", &a6->sin6_addr);
	return sizeof(*a6);
}

/* Drop segments whose data begins with an X.  The filter sees a segment from its TCP header on. */
__attribute__((unused)) static void deaf_to_x(int fd)
{
	struct sock_filter f[] = {
		{ .code = BPF_LD | BPF_B | BPF_ABS, .k = 12 },
		{ .code = BPF_ALU | BPF_AND | BPF_K, .k = 0xf0 },
		{ .code = BPF_ALU | BPF_RSH | BPF_K, .k = 2 },
		{ .code = BPF_MISC | BPF_TAX },
		{ .code = BPF_LD | BPF_W | BPF_LEN },
		{ .code = BPF_JMP | BPF_JGT | BPF_X, .jf = 2 },
		{ .code = BPF_LD | BPF_B | BPF_IND },
		{ .code = BPF_JMP | BPF_JEQ | BPF_K, .k = 'X', .jt = 1 },
		{ .code = BPF_RET | BPF_K, .k = -1 },
		{ .code = BPF_RET | BPF_K },
	};
	struct sock_fprog filter = { sizeof(f) / sizeof(*f), f };

	if (setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof(filter)))
		err(1, "SO_ATTACH_FILTER");
}
