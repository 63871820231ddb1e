/* SPDX-License-Identifier: BSD-2-Clause */
/* Processes, alive and ended, and what they have mapped: what usym.c and its watch share. */
#pragma once
#include "perfmap.h"
#include "procmaps.h"

#define GENERATIONS 4 /* programs remembered per pid: before and after each exec */

struct proc {
	struct proc *next;
	uint32_t pid;
	bool complete; /* gen[0] holds all mappings, not just some that came later */
	bool dead;
	uint32_t death;    /* its number among deaths */
	uint64_t since;    /* gen[0] is as of then, CLOCK_MONOTONIC ns: older records are in it */
	uint64_t tried;    /* when /proc was last asked for mappings */
	uint64_t checked;  /* and for identity */
	uint64_t identity; /* see proc_identity(); 0 if not known */
	struct maps *gen[GENERATIONS]; /* newest first; more than one after an exec or pid reuse */
	struct perfmap *perfmap;
};

/* NULL if it was never met; with get, only if memory is short. */
struct proc *proc_find(uint32_t pid);
struct proc *proc_get(uint32_t pid);
/* The oldest dead make room. */
void proc_died(struct proc *);
/* A new program under this pid; its mappings as given (a reference is taken over) or none yet. */
void proc_renew(struct proc *, struct maps *);

extern struct watch_state {
	bool on;
	uint64_t lost; /* records */
} watch_state;
