/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#pragma once

#define GLOBAL_FUNCTION_MARK 0x5eed4f00 /* the last three bits: how many arguments */
