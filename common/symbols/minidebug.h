/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * MiniDebugInfo: Fedora and RHEL strip a program of its symbols, and put those of its functions back as an
 * ELF file of their own, compressed, in the section .gnu_debugdata.
 */
#pragma once
#include "symbols/elfimage.h"

bool mini_debug_has(const struct image *);
/*
 * Unpack the section, and call use() with the ELF file in it. True if use() was called and returned true.
 * Functions that the program exports are not in it, but in .dynsym.
 */
bool mini_debug(const struct image *, bool (*use)(const struct image *, void *ctx), void *ctx);
