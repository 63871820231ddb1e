// SPDX-License-Identifier: BSD-2-Clause
#include "domain/db.h"
#include "base/str.h"
#include "main/filter.h"
#include "output/out.h"
#include "output/recording.h"
#include <string.h>

const char *db_file;
static bool mysql, postgres;

static const struct user_file mysql_files = { "mysqld mariadbd", &db_file, .everywhere = true,
					      .alternatives = true };
static const struct user_file postgres_files = { "postgres", &db_file, .everywhere = true,
						 .alternatives = true };

/*
 * MySQL had USDT probes up to 5.7.  The function's types are part of its name: MariaDB's, or older, or newer than MySQL 5.6.
 */
const struct user_probe db_probes[] = {
	{ "query_start", &mysql_files, .usdt = "mysql:query__start", .optional = true,
	  .wanted = &mysql },
	{ "query_done", &mysql_files, .usdt = "mysql:query__done", .optional = true,
	  .wanted = &mysql },
	{ "dispatch", &mysql_files,
	  .symbol = "_Z16dispatch_command19enum_server_commandP3THDPcjb "
		    "_Z16dispatch_command19enum_server_commandP3THDPcjbb "
		    "_Z16dispatch_command19enum_server_commandP3THDPcj",
	  .optional = true, .wanted = &mysql },
	{ "dispatch_data", &mysql_files,
	  .symbol = "_Z16dispatch_commandP3THDPK8COM_DATA19enum_server_command", .optional = true,
	  .wanted = &mysql },
	{ "query_start", &postgres_files, .usdt = "postgresql:query__start", .wanted = &postgres },
	{ "query_done", &postgres_files, .usdt = "postgresql:query__done", .wanted = &postgres },
	{ 0 },
};

const struct trial db_trials[] = {
	{ "PostgreSQL", "postgres" },
	{ "MySQL and MariaDB", "mysql" },
	{ 0 },
};

static struct str pids;

void db_pid(const char *arg)
{
	if (pids.len)
		str_put(&pids, ",", 1);
	str_put(&pids, arg, strlen(arg));
}

void db_parsed_as(bool is_mysql)
{
	mysql = is_mysql;
	postgres = !is_mysql;
}

int db_positional(unsigned int n, const char *arg)
{
	(void)n;
	if (*arg >= '0' && *arg <= '9' && given('p')) {
		db_pid(arg);
		return 1;
	}
	if (mysql || postgres)
		return 0;
	if (strcmp(arg, "mysql") && strcmp(arg, "postgres"))
		usage_error("'%s' is neither mysql nor postgres", arg);
	db_parsed_as(*arg == 'm');
	return 1;
}

void db_parsed(void)
{
	if (!mysql && !postgres && !replay_path)
		usage_error("which server?  Say mysql or postgres");
	if (!pids.len)
		return;
	str_put(&pids, "", 1);
	filter_pid(pids.p);
}

void db_banner(const char *ms)
{
	size_t n;
	const u32 *chosen = filter_pids(&n);

	text("Tracing database queries ");
	if (n)
		text("for pids ");
	else if (db_file)
		text("for application %s ", db_file);
	for (size_t i = 0; i < n; i++)
		text("%s%u%s", i ? ", " : "", chosen[i], i + 1 < n ? "" : " ");
	text("slower than %s ms...\n", ms);
}
