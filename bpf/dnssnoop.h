/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#pragma once
#include "lib/net.h"

/* Bytes that are looked at. */
#define QUESTION_MOST 512
#define ANSWER_MOST   2048

/* A DNS message that this machine sent or got.  Of an answer, the process is not known. */
struct dns_event {
	u64 ts;
	u64 socket; /* its cookie */
	struct endpoints
		ends; /* the remote end is the server; the network namespace is the process's */
	u32 pid, tid;
	char comm[COMM_LEN];
	u32 len;        /* of the message, in dns */
	u8 answer, tcp; /* true or false */
	u16 pad;
	u8 dns[ANSWER_MOST];
};
