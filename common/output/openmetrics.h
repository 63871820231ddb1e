/* SPDX-License-Identifier: BSD-2-Clause */
/* --openmetrics: what a table has counted since the start, for Prometheus's node_exporter. */
#pragma once
#include "lib/types.h"

void openmetrics_to(const char *path);
/* --labels: use only these columns as labels. */
void openmetrics_labels(const char *list);
/* After all options, before tracing; exits if the file can't be written. */
void openmetrics_init(void);
/* Add the records of a report, each of which has what was counted since the last report. */
void openmetrics_add(const char *recs, size_t n);
/* Replace the file atomically. */
void openmetrics_write(void);
