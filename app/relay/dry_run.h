#ifndef RELAY_DRY_RUN_H
#define RELAY_DRY_RUN_H

/*
 * "If this failed now, where would a request go, and at what price?"  The relay's own plan, weights
 * and verdicts, with the breakers and budgets of this moment, and failures that are assumed instead
 * of calls: nothing is sent, nothing is held, nothing is written.
 *
 * It is asked with the master key's rights: budgets and limits of a key or a team, and limits a
 * minute of deployments, are not looked at.  Within a group the order is drawn by weight, so two
 * runs may differ in who of equals comes first.
 */
#include <stdbool.h>
#include <stdint.h>

#include "accounts/budgets.h"
#include "base/arena.h"
#include "base/error.h"
#include "relay/breaker.h"
#include "relay/gateway.h"

#define DRY_RUN_TOKENS_MAX                                                                         \
	200000 /* of the prompt: a body of that size is made, 4 bytes a token                      \
		*/

struct dry_states { /* of the store, read once for any number of runs */
	struct gateway *gateway;
	struct catalog *catalog; /* borrowed */
	struct store *store;
	int64_t now_ms;
	struct budget_states budgets; /* the proxy's, providers' and deployments' */
	struct breaker_states breakers;
};
int dry_run_read(struct gateway *gateway, struct catalog *catalog, struct store *store,
    int64_t now_ms, struct arena *arena, struct dry_states *out, struct error *err);

struct dry_wish {
	const char *model;            /* as a client would ask */
	const char *failure;          /* failure_name: "rate", "context", ... */
	const char *fails_deployment; /* an id; */
	const char *fails_provider;   /* or all of a provider's; both NULL: the model's own group */
	int64_t input_tokens;         /* up to DRY_RUN_TOKENS_MAX */
	int64_t output_tokens; /* asked for as max_tokens, and used up; 0: no limit is sent */
};

enum dry_end { DRY_FAILS, DRY_SKIPPED, DRY_BLOCKED, DRY_ANSWERS };

struct dry_step {
	const struct group *group;
	const struct member *member;
	enum direction direction;
	enum dry_end end;
	const char *why; /* DRY_SKIPPED: as the log would say it */
	int calls;       /* DRY_FAILS: with its retries */
	bool bounded;
	int64_t bound_nano; /* the most it can cost: what would be held */
	int64_t cost_nano;  /* of exactly the tokens asked for */
};

struct dry_run {
	const struct group *asked;
	struct dry_step *steps; /* in the order in which candidates come, in the arena */
	size_t count;
	const struct dry_step *answer; /* NULL: nobody */
	enum error_kind told;          /* what the client hears then */
};

/* -1: err says that there is no such model, failure, or that the tokens are too many. */
int dry_run(const struct dry_states *states, const struct dry_wish *wish, struct arena *arena,
    struct dry_run *out, struct error *err);

#endif
