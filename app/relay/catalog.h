#ifndef RELAY_CATALOG_H
#define RELAY_CATALOG_H

/*
 * The settings as the relay uses them: each deployment with its provider's row, credential, price
 * and tier; groups with their members; and the answer to "which deployments serve this name?". Made
 * once for each version of the settings, never changed, counted: every request holds the one it
 * began with, so a reload drops none.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/error.h"
#include "models/model_traits.h"
#include "prices/cost.h"
#include "prices/price_table.h"
#include "prices/price_time.h"
#include "prices/tiers.h"
#include "providers/provider.h"
#include "relay/group.h"
#include "settings/load.h"
#include "settings/settings.h"

struct member { /* a deployment, ready to be called */
	const struct deployment *deployment;
	const struct provider *provider;
	const struct provider *biller; /* who tells what was used (billed_price.h) */
	const char *api_key; /* from the settings or the provider's variable; NULL: none */
	const char *model;   /* as the provider knows it, wildcards filled in */
	enum tokenizer_kind tokenizer; /* by its name, else the provider's */
	bool lacks_access;             /* a cloud's: nothing on this machine may let it in */
	bool priced;
	const char *price_fault; /* why the price_file's entry is left out; NULL: it is not */
	struct price price;
	size_t changes; /* of its price, or of who answers to its name, each on a day */
	struct price after[PRICE_CHANGES_MOST]; /* from then on (prices/price_time.h) */
	struct model_traits traits;             /* what the model can do */
	int tier;                    /* index into settings->tiers; of no meaning when unpriced */
	int64_t blended_pico;        /* of the dearest that it costs within a day, as its tier */
	struct bound_input defaults; /* what the deployment's default parameters add to a bound */
	bool unbounded;              /* they cannot be weighed, so it is not called */
	const char *fault; /* what keeps it from being called until the settings are mended; NULL:
			      nothing */
};

/* By when it is called: price_within and price_billed. */
struct price_course member_course(const struct member *member);

/* What it is today, where it changes on a day: for whoever shows it. */
const struct price *member_price(const struct member *member);

/* LiteLLM's name of what it is for: as the settings say, else by its price. */
const char *member_mode(const struct member *member);

/* Its provider wants a key, and there is none. */
bool member_lacks_key(const struct member *member);

struct catalog;

/* Takes the settings.  Unknown providers, missing keys and missing prices are added to problems
 * (PROBLEM_ERROR for what `sideways check` fails on; a serving gateway goes on and refuses those
 * calls); fallbacks that go upward are found by fallback_check.h.
 *
 * Without problems (NULL) a deployment gets its price and traits when it is asked for: for a
 * process that answers once. */
struct catalog *catalog_new(
    struct settings *settings, struct problems *problems, struct error *err);
struct catalog *catalog_hold(struct catalog *catalog);
void catalog_release(struct catalog *catalog);

/* Has a price changed since it was made, so that tiers may be others?  Then it is to be made anew.
 */
bool catalog_outdated(const struct catalog *catalog);

const struct settings *catalog_settings(const struct catalog *catalog);
const struct price_table *catalog_prices(const struct catalog *catalog);

/* The entries of model_list that are never called until they are mended; NULL after the last. */
const struct member *catalog_faulty_at(const struct catalog *catalog, size_t index);

/* Exact groups, in the order of the file; wildcards stand as they are written. */
size_t catalog_group_count(const struct catalog *catalog);
const struct group *catalog_group_at(const struct catalog *catalog, size_t index);

/* Resolves a name as a client writes it: deployment id, alias, group, wildcard (the longest
 * pattern first).  NULL: no such model. */
const struct group *catalog_find(
    const struct catalog *catalog, const char *name, struct arena *arena);

/* With all deployments of its name, where one was asked for by its id. */
const struct group *catalog_whole_group(const struct catalog *catalog, const struct group *group);

#endif
