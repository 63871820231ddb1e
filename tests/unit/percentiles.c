// SPDX-License-Identifier: BSD-2-Clause
#include "output/percentiles.h"

#include "test.h"

static u64 counts[FINE_SLOTS];

static u64 at(double pct)
{
	u64 ns = 0;

	return percentile(counts, pct, &ns) ? ns : 77777;
}

int main(void)
{
	ok(at(50) == 77777, "nothing was counted");

	/* Each value below 32 has its own slot. */
	counts[5] = counts[10] = 1;
	counts[31] = 2;
	ok(fine_count(counts) == 4, "all are counted");
	ok(at(0) == 5 && at(25) == 5, "the least");
	ok(at(25.1) == 10 && at(50) == 10, "exact ranks");
	ok(at(50.1) == 31 && at(100) == 31, "the greatest");

	/* 992 to 1007, and the last one: up to 2^41. */
	counts[190] = 4;
	ok(at(100) == 999, "the middle of a slot");
	counts[FINE_SLOTS - 1] = 8;
	ok(at(100) > 1ull << 40 && at(100) < 1ull << 41, "the last slot");
	return done();
}
