/* SPDX-License-Identifier: BSD-2-Clause */
/* For tools with a row for each connection or socket that ended, with its lifespan and bytes. */
#pragma once
#include "domain/net.h"

/* Also, for columns that are WITH('w'): a COL_IP. */
#define OPT_LIFE                                                                                \
	OPT_FLAG('w', "wide", &life_wide,                                                       \
		 "Make room for IPv6 addresses, and show the IP version"),                      \
		OPT_CSV('s'), OPT_PID, OPT_UID, OPT_CONTAINER(0), OPT_LPORTS('L', "localport"), \
		OPT_RPORTS('D', "remoteport"), OPT_FAMILY, OPT_NETNS(0, "netns")
extern bool life_wide;

/* The first columns of struct TYPE, up to the endpoints.  WHAT: "connection". */
#define COLS_LIFE(type, what)                                                                   \
	{ COL_TIME(-8, type), HELP("Time of day when the " what " ended"),                      \
	  SHOW('T', "time", "Show the time of day") },                                          \
		{ COL_TIME_S6(-9, type), HELP("When it ended, in seconds since the first row"), \
		  SHOW('t', "timestamp", "Show the time in seconds") },                         \
		{ COL_OWNER_PID("PID", -5, type, owner) },                                      \
		{ COL_OWNER_COMM("COMM", -10, type, owner), TRUNCATED },                        \
	{                                                                                       \
		COL_IP(-2, type, ends), WITH('w')                                               \
	}

/* For .parsed: what -w and -s do to the columns. */
void life_parsed(struct col *cols);
