/* SPDX-License-Identifier: BSD-2-Clause */
/* Data that the kernel reads or writes: see bpf/lib/iov.bpf.h. */
#pragma once
#include "lib/iov.h"

/* For .prepare. */
void iov_prepare(void *skel);
