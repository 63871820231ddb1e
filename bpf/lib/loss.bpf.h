/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#pragma once
#include "types.h"

/* The library reports these on stderr; see common/output/loss.h. */
struct loss loss;
