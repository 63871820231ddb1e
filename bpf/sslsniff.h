/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#pragma once
#include "lib/types.h"

#define NESTED_ARGS 3 /* the connection, the data, and where its length will be */
#include "lib/nested.h"

#define DATA_MOST (64 * 1024)

struct conf {
	u32 most; /* bytes of a call that are sent, at most DATA_MOST */
};

enum tls_call { TLS_READ, TLS_WRITE, TLS_READ_EX, TLS_WRITE_EX, TLS_HANDSHAKE };

struct tls_event {
	u64 ts; /* when it returned */
	u64 ns;
	u64 bytes; /* read or written */
	u32 pid, tid, uid;
	u32 call;  /* enum tls_call */
	u32 taken; /* bytes of data that follow */
	u32 pad;
	char comm[COMM_LEN];
	char data[DATA_MOST]; /* what is sent may be longer than the data */
};
