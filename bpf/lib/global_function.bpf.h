/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A function that is not static is verified once, and not again for each call.  The kernel knows from the object's types
 * which functions these are.  Copies of a program (probe_copy()) have no types, so such a function tells, by an
 * instruction that does nothing, how many numbers it takes.
 */
#pragma once
#include "global_function.h"
#include "kernel.h"

#define GLOBAL_FUNCTION(args) asm volatile("r0 = %0" ::"i"(GLOBAL_FUNCTION_MARK | (args)) : "r0")
