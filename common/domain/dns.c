// SPDX-License-Identifier: BSD-2-Clause
#include "domain/dns.h"
#include <err.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define HEADER   12
#define NAME_LEN DNS_NAME_LEN
#define A        1
#define AAAA     28

/* Who shares a place with another replaces it: some names are forgotten when there are very many. */
#define PLACES 16384

static struct known {
	u8 addr[16];
	u8 len; /* of the address; 0: this place is empty */
	u64 when;
	char *name;
} * known;

static struct known *place(const u8 *addr, size_t len)
{
	u32 h = 2166136261;

	if (!known)
		known = calloc(PLACES, sizeof(*known));
	if (!known)
		err(1, NULL);
	for (size_t i = 0; i < len; i++)
		h = (h ^ addr[i]) * 16777619;
	return &known[(h ^ h >> 15) % PLACES];
}

static void remember(const u8 *addr, size_t len, const char *name, u64 when)
{
	struct known *k = place(addr, len);

	free(k->name);
	memcpy(k->addr, addr, len);
	k->len = len;
	k->when = when;
	k->name = strdup(name);
	if (!k->name)
		err(1, NULL);
}

const char *dns_name(int family, const void *addr, u64 *when)
{
	size_t len = family == AF_INET ? 4 : 16;
	const struct known *k = place(addr, len);

	if (k->len != len || memcmp(k->addr, addr, len))
		return NULL;
	*when = k->when;
	return k->name;
}

static u16 number(const u8 *p)
{
	return p[0] << 8 | p[1];
}

/* The name in the question, with dots, to NAME.  Returns what follows it, or NULL: no name that one can print. */
static const u8 *read_name(const u8 *p, const u8 *end, char name[NAME_LEN + 1])
{
	size_t n = 0;

	while (p < end && *p) {
		size_t len = *p++;

		if (len > 63 || len > (size_t)(end - p) || n + len + 1 > NAME_LEN ||
		    memchr(p, 0, len))
			return NULL;
		memcpy(name + n, p, len);
		n += len;
		name[n++] = '.';
		p += len;
	}
	if (p >= end)
		return NULL;
	if (!n)
		name[n++] = '.';
	name[n > 1 ? n - 1 : n] = 0;
	return p + 1;
}

/* What follows the name at P, which can end in a reference to another. */
static const u8 *skip_name(const u8 *p, const u8 *end)
{
	while (p < end && *p) {
		if (*p >= 0xc0)
			return end - p < 2 ? NULL : p + 2;
		if (*p > 63 || *p >= end - p)
			return NULL;
		p += *p + 1;
	}
	return p < end ? p + 1 : NULL;
}

bool dns_parse(const u8 *message, size_t n, struct dns_message *m)
{
	const u8 *p = message + HEADER, *end = message + n;

	/* A standard query with one question, or a response to one. */
	if (n < HEADER || message[2] & 0x78 || number(message + 4) != 1)
		return false;
	m->id = number(message);
	m->answer = message[2] & 0x80;
	m->truncated = message[2] & 2;
	m->rcode = message[3] & 15;
	m->n_addrs = 0;
	p = read_name(p, end, m->name);
	if (!p || end - p < 4)
		return false;
	m->type = number(p);
	p += 4; /* type, class */
	for (u32 left = m->answer ? number(message + 6) : 0; left; left--) {
		u16 type, len;

		p = skip_name(p, end);
		if (!p || end - p < 10)
			break;
		type = number(p);
		len = number(p + 8);
		p += 10;
		if (len > end - p)
			break;
		if (((type == A && len == 4) || (type == AAAA && len == 16)) &&
		    m->n_addrs < DNS_ADDRESSES) {
			struct dns_addr *a = &m->addrs[m->n_addrs++];

			a->len = len;
			memcpy(a->bytes, p, len);
		}
		p += len;
	}
	return true;
}

void dns_learn(const u8 *answer, size_t n, u64 when)
{
	struct dns_message m;

	if (!dns_parse(answer, n, &m) || !m.answer)
		return;
	for (u32 i = 0; i < m.n_addrs; i++)
		remember(m.addrs[i].bytes, m.addrs[i].len, m.name, when);
}

const char *dns_type_name(u16 type)
{
	switch (type) {
	case A:
		return "A";
	case 2:
		return "NS";
	case 5:
		return "CNAME";
	case 6:
		return "SOA";
	case 12:
		return "PTR";
	case 15:
		return "MX";
	case 16:
		return "TXT";
	case AAAA:
		return "AAAA";
	case 33:
		return "SRV";
	case 35:
		return "NAPTR";
	case 43:
		return "DS";
	case 48:
		return "DNSKEY";
	case 64:
		return "SVCB";
	case 65:
		return "HTTPS";
	case 255:
		return "ANY";
	case 257:
		return "CAA";
	default:
		return NULL;
	}
}

const char *dns_rcode_name(u8 rcode)
{
	static const char *const names[] = { "NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN",
					     "NOTIMP",  "REFUSED", "YXDOMAIN", "YXRRSET",
					     "NXRRSET", "NOTAUTH", "NOTZONE" };

	return rcode < sizeof(names) / sizeof(*names) ? names[rcode] : NULL;
}
