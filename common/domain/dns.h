/* SPDX-License-Identifier: BSD-2-Clause */
/* DNS messages, and which name an address was asked for by, as answers say. */
#pragma once
#include "lib/types.h"
#include <stddef.h>

#define DNS_NAME_LEN  255
#define DNS_ADDRESSES 96 /* more than an Ethernet packet can hold */

/* A message with one question. */
struct dns_message {
	u16 id, type; /* of what is asked for */
	bool answer, truncated;
	u8 rcode;                    /* of an answer, without the extension */
	char name[DNS_NAME_LEN + 1]; /* any bytes but NUL; "." is the root */
	u32 n_addrs;
	struct dns_addr {
		u8 len; /* 4 or 16 */
		u8 bytes[16];
	} addrs[DNS_ADDRESSES];
};

/* False: it is none, or its name has a NUL.  What comes after damage, or was cut off, is left out. */
bool dns_parse(const u8 *message, size_t n, struct dns_message *to);

/* The name of a type, such as "AAAA", or of an rcode, such as "NXDOMAIN"; NULL if it has none. */
const char *dns_type_name(u16 type);
const char *dns_rcode_name(u8 rcode);

/* Remember what an answer of N bytes says, which came at WHEN, ns.  Anything else is ignored. */
void dns_learn(const u8 *answer, size_t n, u64 when);
/*
 * The name that was last asked for and got this address, and at *when; NULL if there is none.  It can hold
 * any bytes but NUL.  Valid until the next dns_learn().
 */
const char *dns_name(int family, const void *addr, u64 *when);
