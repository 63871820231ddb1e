// SPDX-License-Identifier: BSD-2-Clause
#include "base/user.h"
#ifndef STATIC

const struct passwd *user_named(const char *name)
{
	return getpwnam(name);
}

const struct passwd *user_of(uid_t uid)
{
	return getpwuid(uid);
}

#else /* a static binary can't load the modules that nsswitch.conf names */
#include <stdio.h>
#include <string.h>

/* The first user with this name or, if NAME is NULL, this ID. */
static const struct passwd *search(const char *name, uid_t uid)
{
	FILE *f = fopen("/etc/passwd", "re");
	const struct passwd *pw = NULL;

	while (f && (pw = fgetpwent(f)) && (name ? strcmp(pw->pw_name, name) : pw->pw_uid != uid))
		;
	if (f)
		fclose(f);
	return pw;
}

const struct passwd *user_named(const char *name)
{
	return search(name, 0);
}

const struct passwd *user_of(uid_t uid)
{
	return search(NULL, uid);
}

#endif
