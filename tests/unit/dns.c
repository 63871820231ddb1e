// SPDX-License-Identifier: BSD-2-Clause
/* DNS messages: whole, cut anywhere, and with any byte changed. */
#include "domain/dns.h"
#include "test.h"
#include <stdlib.h>
#include <sys/socket.h>

/* www.example.net is an alias of b.example.net, which has 192.0.2.1 and 2001:db8::1. */
static const u8 answer[] =
	"\x12\x34\x81\x80\0\1\0\3\0\0\0\0"
	"\3www\7example\3net\0\0\1\0\1"
	"\xc0\x0c\0\5\0\1\0\0\0\x3c\0\4\1b\xc0\x10"
	"\xc0\x2d\0\1\0\1\0\0\0\x3c\0\4\xc0\0\2\1"
	"\1b\7example\3net\0\0\x1c\0\1\0\0\0\x3c\0\x10\x20\1\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\1";
#define LEN (sizeof(answer) - 1)

static const u8 four[] = { 192, 0, 2, 1 };
static const u8 six[] = { 0x20, 1, 0x0d, 0xb8, [15] = 1 };

/* In memory that ends where the answer does. */
static void learn(const u8 *from, size_t n, u64 when)
{
	u8 *copy = malloc(n ?: 1);

	memcpy(copy, from, n);
	dns_learn(copy, n, when);
	free(copy);
}

int main(void)
{
	u8 changed[LEN];
	struct dns_message m;
	u64 when = 0;

	ok(!dns_name(AF_INET, four, &when), "nothing is known at first");
	for (size_t n = 0; n < LEN; n++)
		learn(answer, n, n + 1);
	ok(!dns_name(AF_INET6, six, &when), "the last address was never whole");
	is_str(dns_name(AF_INET, four, &when), "www.example.net", "the first one was");
	is_num(when, LEN, "the last time, just before the end");
	learn(answer, LEN, 7);
	is_str(dns_name(AF_INET6, six, &when), "www.example.net", "the name that was asked for");
	is_num(when, 7, "when");
	ok(!dns_name(AF_INET, six, &when), "not an IPv4 address");
	for (size_t i = 0; i < LEN; i++)
		for (int v = 0; v < 256; v++) {
			memcpy(changed, answer, LEN);
			changed[i] = v;
			learn(changed, LEN, 8);
		}
	ok(true, "any byte changed");
	memcpy(changed, answer, LEN);
	changed[2] = 1;
	learn(changed, LEN, 9);
	dns_name(AF_INET, four, &when);
	ok(when != 9, "a question is no answer");
	ok(dns_parse(answer, LEN, &m) && m.answer && m.id == 0x1234 && m.type == 1, "an answer");
	ok(!m.rcode && !m.truncated && m.n_addrs == 2 && m.addrs[0].len == 4 &&
		   !memcmp(m.addrs[1].bytes, six, 16),
	   "its addresses");
	ok(dns_parse(changed, LEN, &m) && !m.answer && !m.n_addrs, "a question has none");
	memcpy(changed, answer, LEN);
	changed[2] = 0x83;
	changed[3] = 0x83;
	ok(dns_parse(changed, LEN, &m) && m.truncated && m.rcode == 3, "truncated, NXDOMAIN");
	ok(dns_parse((const u8 *)"\0\1\1\0\0\1\0\0\0\0\0\0\0\0\2\0\1", 17, &m) && m.type == 2,
	   "a question about the root");
	is_str(m.name, ".", "its name");
	ok(!dns_parse(answer, 11, &m), "no header");
	is_str(dns_rcode_name(3), "NXDOMAIN", "a name of an rcode");
	ok(!dns_rcode_name(11) && !dns_type_name(999), "numbers without a name");
	is_str(dns_type_name(28), "AAAA", "a name of a type");
	return done();
}
