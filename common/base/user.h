/* SPDX-License-Identifier: BSD-2-Clause */
/* Users; a static binary knows those of /etc/passwd only. */
#pragma once
#include <pwd.h>
#include <sys/types.h>

/* NULL if there is none.  Valid until the next call. */
const struct passwd *user_named(const char *name);
const struct passwd *user_of(uid_t);
