/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#pragma once

#define SYSCALL_NUMBERS 512 /* above the highest number */
