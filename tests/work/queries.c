// SPDX-License-Identifier: BSD-2-Clause
/*
 * queries EXPECTED HOW [fifo=FILE] [TIMES]	stands for a database server: it has the same probes
 *
 * HOW: postgres and mysql by USDT probes, mariadb and mysql8 by their functions, both by a function and probes inside it.
 * Writes [pid,tid,milliseconds,"query"]: the query takes at least so long.
 * fifo=: waits for a line in that file first.
 */
#include "sdt.h"
#include "work.h"
#include <pthread.h>
#include <stdbool.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define FUNCTION __attribute__((noinline))

enum { COM_QUIT = 1, COM_QUERY = 3 };

static int pid;

static void take(int ms)
{
	struct timespec t = { .tv_nsec = ms * 1000000L };

	while (ms && nanosleep(&t, &t))
		;
}

static void did(const char *query, int ms)
{
	expect("[%d,%d,%d,\"%s\"]", pid, gettid(), ms, query);
}

static void postgres(const char *query, int ms)
{
	asm volatile(USDT_NOTE_OF("postgresql", "query__start", "0", "8@%0")::"r"(query));
	take(ms);
	asm volatile(USDT_NOTE_OF("postgresql", "query__done", "0", "8@%0")::"r"(query));
}

static void mysql(const char *query, int ms)
{
	asm volatile(USDT_NOTE_OF("mysql", "query__start", "0", "8@%0 8@%1")::"r"(query), "r"(7ul));
	take(ms);
	asm volatile(USDT_NOTE_OF("mysql", "query__done", "0", "-4@%0")::"r"(0));
}

static bool probes_inside;
static int inside_ms;

/* MariaDB's name, of which only the arguments are of interest. */
FUNCTION int _Z16dispatch_command19enum_server_commandP3THDPcjb(int command, void *server,
								char *packet, unsigned int n,
								bool blocking)
{
	asm volatile("" ::"r"(command), "r"(server), "r"(n), "r"(blocking) : "memory");
	if (probes_inside && command == COM_QUERY)
		mysql(packet, inside_ms);
	else
		take(inside_ms);
	packet[0] = '?'; /* what is there later is not the query */
	return 0;
}

/* That of MySQL from 5.7 on. */
struct data {
	const char *query;
	unsigned int n;
};
FUNCTION int _Z16dispatch_commandP3THDPK8COM_DATA19enum_server_command(void *server,
								       const struct data *data,
								       int command)
{
	asm volatile("" ::"r"(command), "r"(server), "r"(data) : "memory");
	take(inside_ms);
	return 0;
}

static void run(const char *how, const char *query, int ms)
{
	static __thread char packet[2048];
	struct data data = { packet, strlen(query) };

	strcpy(packet, query);
	inside_ms = ms;
	probes_inside = !strcmp(how, "both");
	if (!strcmp(how, "postgres"))
		postgres(query, ms);
	else if (!strcmp(how, "mysql"))
		mysql(query, ms);
	else if (!strcmp(how, "mysql8"))
		_Z16dispatch_commandP3THDPK8COM_DATA19enum_server_command(NULL, &data, COM_QUERY);
	else
		_Z16dispatch_command19enum_server_commandP3THDPcjb(COM_QUERY, NULL, packet, data.n,
								   false);
	did(query, ms);
}

static const char *way;

static void *in_thread(void *query)
{
	run(way, query, 12);
	return NULL;
}

int main(int argc, char **argv)
{
	char longest[1200], packet[] = "SELECT not a query";
	struct data data = { packet, 18 };
	int times = 1;
	pthread_t t;

	if (argc < 3)
		errx(2, "usage: queries EXPECTED postgres|mysql|mariadb|mysql8|both [fifo=FILE] "
			"[TIMES]");
	expect_to(argv[1]);
	way = argv[2];
	pid = getpid();
	for (int i = 3; i < argc; i++)
		if (!strncmp(argv[i], "fifo=", 5))
			wait_for_line(argv[i] + 5);
		else
			times = atoi(argv[i]);
	for (int i = 0; i < times; i++) {
		run(way, "SELECT 1", 0);
		run(way, "SELECT slow", 20);
		run(way, "", 11);
	}
	memset(longest, 'x', sizeof(longest));
	longest[1023] = 0;
	run(way, longest, 10);
	longest[1023] = 'x';
	longest[1199] = 0;
	run(way, longest, 10);
	/* Commands that are no queries. */
	_Z16dispatch_command19enum_server_commandP3THDPcjb(COM_QUIT, NULL, packet, 18, false);
	_Z16dispatch_commandP3THDPK8COM_DATA19enum_server_command(NULL, &data, COM_QUIT);
	if (pthread_create(&t, NULL, in_thread, "SELECT in a thread") || pthread_join(t, NULL))
		errx(1, "pthread_create");
	return 0;
}
