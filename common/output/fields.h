/* SPDX-License-Identifier: BSD-2-Clause */
/* --fields: where a JSON row comes from, for who gathers those of many machines. */
#pragma once
#include "lib/types.h"

/* "host,cgroup" */
void fields_set(const char *list);
/* After all options: JSON rows have the fields from now on. */
void fields_init(void);
/* Is cgroup among them, so that BPF must note those of processes? */
bool fields_cgroup(void);
/* Put `,"host":"NAME"` if it is among them: for lines that are no rows. */
void fields_put_host(void);
