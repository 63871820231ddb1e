/* SPDX-License-Identifier: BSD-2-Clause */
/* Network devices. */
#pragma once
#include "lib/types.h"

/* The index of the device of this name, in our network namespace.  Exits, as bad input, if there is none. */
u32 device_index(const char *name);
