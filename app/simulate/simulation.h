#ifndef SIMULATE_SIMULATION_H
#define SIMULATE_SIMULATION_H

/*
 * Plays traffic against a settings file, through the real relay and ledger, on the fake clock and
 * against a database of its own that is removed afterwards.  Requests are played one after the
 * other; their waits (retries, latency) pass on the fake clock only.
 *
 * Provider keys are not needed: variables that the settings name and the environment lacks are
 * set to a word that means nothing.
 */
#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "accounts/budgets.h"
#include "base/arena.h"
#include "base/error.h"
#include "simulate/outage.h"
#include "simulate/traffic.h"

#define SIMULATION_GROUPS_MAX 24 /* with names of their own; the rest is "others" */
#define SIMULATION_KINDS_MAX  24

struct simulation_plan {
	const char *settings_path;
	const struct traffic *traffic;
	const char *const *outages; /* sentences, as outage.h reads them */
	size_t outage_count;
	const struct budget_wish *budgets; /* of the key that asks; none: no key budget */
	size_t budget_count;
	int64_t latency_ms;
	bool as_litellm; /* fallbacks are taken as they stand, whatever they cost */
};

struct simulation_step { /* an hour */
	int64_t requests, answered, fell_back, refused, failed, blocked_upward;
	int64_t cost_nano, not_spent_nano, not_spent_most_nano;
	int64_t group_cost_nano[SIMULATION_GROUPS_MAX + 1];
};

struct simulation_group { /* that answered */
	const char *name;
	int64_t requests, cost_nano;
};

struct simulation_refusal { /* requests that were not answered, by kind */
	const char *kind;   /* "budget", "rate", "upstream_overloaded": as in the request log */
	int64_t count, first_ms;
	const char *words; /* what the first was told */
};

struct simulation { /* in the arena; alerts is released by simulation_release */
	const char *settings_path;
	bool as_litellm;
	int64_t from_ms, until_ms;
	size_t step_count;
	struct simulation_step *steps, total;
	struct simulation_group groups[SIMULATION_GROUPS_MAX + 1];
	size_t group_count;
	struct simulation_refusal refusals[SIMULATION_KINDS_MAX];
	size_t refusal_count;
	struct outage *outages;
	size_t outage_count;
	json_t *alerts; /* of view_alerts: what would have been told, and when */
};

/* -1: err.  A ledger whose audit is not clean afterwards is ERROR_INTERNAL. */
int simulation_run(const struct simulation_plan *plan, struct arena *arena, struct simulation *out,
    struct error *err);
void simulation_release(struct simulation *simulation);

/* In thousandths. */
int64_t simulation_fallback_permille(const struct simulation_step *step);

/* The settings of a file, with variables that the environment lacks set to a word.  The caller
 * frees them. */
struct settings *simulation_settings(const char *path, struct error *err);

#endif
