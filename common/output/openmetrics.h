/* SPDX-License-Identifier: BSD-2-Clause */
/* --openmetrics: what a table has counted since the start, for Prometheus' node_exporter. */
#pragma once
#include "lib/types.h"

void openmetrics_to(const char *path);
/* --labels: tell series apart by these columns only. */
void openmetrics_labels(const char *list);
/* After all options, before tracing; exits if the file can't be written. */
void openmetrics_init(void);
/* The records of a report, each with what was added since the one before. */
void openmetrics_add(const char *recs, size_t n);
/* Replace the file, at once. */
void openmetrics_write(void);
