/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* io_uring requests, as passed to the functions that serve them (opensnoop is the model). */
#pragma once
#include "kernel.h"

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct io_open {
	int dfd;
	struct filename *filename; /* until 6.19 */
	struct open_how how;
};
struct io_open___5_15 { /* since 5.15 */
	u32 file_slot;
};
struct delayed_filename {
	struct filename *__incomplete_filename;
};
struct io_open___7_0 {
	struct delayed_filename filename;
};
struct io_cqe {
	s32 res;
};
struct io_cmd_data {
	u8 data[56];
};
struct io_kiocb {
	struct io_cmd_data cmd; /* since 6.0 */
	struct io_cqe cqe;      /* since 5.19 */
};
/* until 5.18, and in 5.10, which has the io_uring of 5.15 */
struct io_kiocb___5_15 {
	struct io_open open;
	u32 result;
};

#pragma clang attribute pop

/* What a request for io_openat2() asks for. */
struct uring_open {
	int dfd;
	const char *path; /* the kernel's copy, gone once the function returns */
	u32 flags, mode;
	bool direct; /* the file gets a slot in the ring's table instead of a descriptor */
};

static __always_inline struct uring_open uring_open(struct io_kiocb *req)
{
	struct io_kiocb___5_15 *old = (void *)req;
	struct io_open *o = bpf_core_field_exists(req->cmd) ? (void *)&req->cmd : &old->open;
	struct io_open___7_0 *newer = (void *)o;
	struct io_open___5_15 *slot = (void *)o;
	struct filename *name;

	if (bpf_core_field_exists(newer->filename.__incomplete_filename))
		name = BPF_CORE_READ(newer, filename.__incomplete_filename);
	else
		name = BPF_CORE_READ(o, filename);
	return (struct uring_open){
		.dfd = BPF_CORE_READ(o, dfd),
		.path = BPF_CORE_READ(name, name),
		.flags = BPF_CORE_READ(o, how.flags),
		.mode = BPF_CORE_READ(o, how.mode),
		.direct = bpf_core_field_exists(slot->file_slot) && BPF_CORE_READ(slot, file_slot),
	};
}

#define EAGAIN 11 /* the function would block, and is called again in a kernel thread */

/*
 * A request's result when its function returns.  Before 5.19, the request keeps the result only if
 * it is reported later; TOLD is the result that the tracepoint io_uring_complete has reported so
 * far, or URING_UNTOLD.
 */
#define URING_UNTOLD -4096 /* no errno */
static __always_inline s32 uring_result(struct io_kiocb *req, s32 told)
{
	struct io_kiocb___5_15 *old = (void *)req;

	if (bpf_core_field_exists(req->cqe))
		return BPF_CORE_READ(req, cqe.res);
	return told != URING_UNTOLD ? told : (s32)BPF_CORE_READ(old, result);
}
