/* SPDX-License-Identifier: BSD-2-Clause */
/* Processes, alive and ended, and what they have mapped: what usym.c and its watch share. */
#pragma once
#include "symbols/perfmap.h"
#include "symbols/procmaps.h"

#define GENERATIONS 4  /* programs remembered per pid: before and after each exec */
#define MAX_PAST    64 /* mappings remembered that others took the place of */
#define MAX_TOKENS  8

/* A program that ran under the pid, with all that it ever mapped and nothing else took the place of. */
struct program {
	struct maps *maps;
	uint64_t from, until; /* CLOCK_MONOTONIC ns; 0 and UINT64_MAX: unknown, or still */
};

struct past {
	struct map map;
	uint64_t until;
};

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
	uint64_t user;     /* who it runs as, NO_USER if unknown */
	struct program
		gen[GENERATIONS]; /* newest first; more than one after an exec or pid reuse */
	struct past *past;        /* the last MAX_PAST, a ring */
	uint32_t npast;
	uint64_t forgot; /* of mappings that ended before then not all are known */
	struct {
		uint32_t token; /* 0: none; see usym_met() */
		uint64_t time;
	} tokens[MAX_TOKENS];
	uint32_t ntokens;
	struct perfmap *perfmap;
};

/* NULL if it was never met; with get, only if memory is short. */
struct proc *proc_find(uint32_t pid);
struct proc *proc_get(uint32_t pid);
/* The oldest dead make room. */
void proc_died(struct proc *);
/*
 * A new program under this pid since that time; its mappings as given (a reference is taken over)
 * or none yet.
 */
void proc_renew(struct proc *, struct maps *, uint64_t time);
/* It mapped that at map.since; a reference to its dso is taken over. */
void proc_map_add(struct proc *, struct map);
/* It had that mapped until then. */
void proc_map_past(struct proc *, const struct map *, uint64_t until);

extern struct watch_state {
	bool on;
	uint64_t lost; /* records */
} watch_state;
