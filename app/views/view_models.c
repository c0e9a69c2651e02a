/*
 * The report of check, with what the store knows of each deployment laid over it.
 */
#include "views/view_models.h"

#include <string.h>

#include "base/json_build.h"
#include "base/json_read.h"
#include "base/number.h"
#include "relay/breaker.h"
#include "views/check_report.h"
#include "views/story.h"
#include "views/view_traffic.h"

#include "base/banned.h"

#define DAY_MS                  INT64_C(86400000)
#define NANO_PER_MILLION_TOKENS INT64_C(1000) /* for one pico-dollar a token */

struct looking {
	const struct catalog *catalog;
	const struct settings *settings;
	int64_t now_ms;
	struct breaker_states breakers;
	json_t *traffic;
	struct check_report report;
};

/* ---- health ---- */

static const struct {
	const char *state, *words;
	bool usable;
} states[] = {
	/* clang-format off */
	{ "ready",            "ready",                               true },
	{ "failing",          "some calls failed within the minute", true },
	{ "probing",          "cooled down; one request goes first", true },
	{ "cooling",          "cooling down after failures",         false },
	{ "by_model",         "priced by the model that is asked for", true },
	{ "unpriced",         "has no price, so it is never called", false },
	{ "faulty",           "has an error in its entry of model_list", false },
	{ "no_key",           "has no provider key",                 false },
	{ "unknown_provider", "its provider is not known",           false },
	/* clang-format on */
};

static const char *breaker_words(const struct breaker_state *breaker, const struct looking *looking)
{
	if (!breaker || looking->settings->disable_cooldowns)
		return "ready";
	if (!breaker->open)
		return breaker->failures > 0 ? "failing" : "ready";
	return breaker->open_until_ms > looking->now_ms ? "cooling" : "probing";
}

static const char *view_models_state_of(const struct looking *looking, const struct ladder_row *row,
    const struct breaker_state *breaker)
{
	if (row->member->deployment->fault)
		return "faulty";
	if (!row->member->provider)
		return "unknown_provider";
	if (!row->member->priced)
		return row->by_model ? "by_model" : "unpriced";
	if (member_lacks_key(row->member))
		return "no_key";
	return breaker_words(breaker, looking);
}

static void set_state(json_t *object, const struct looking *looking, const struct ladder_row *row)
{
	const struct breaker_state *breaker =
	    breaker_find(&looking->breakers, row->member->deployment->id);
	const char *state = view_models_state_of(looking, row, breaker);
	bool cooling = strcmp(state, "cooling") == 0;

	json_set_text(object, "state", state);
	for (size_t i = 0; i < sizeof states / sizeof states[0]; i++)
		if (strcmp(states[i].state, state) == 0) {
			json_set_all(
			    object, "state_words usable?", states[i].words, states[i].usable);
		}
	json_set_all(object, "cooling? cooldown_seconds reason reason_words", cooling,
	    cooling ? (breaker->open_until_ms - looking->now_ms + 999) / 1000 : 0,
	    cooling ? breaker->reason : NULL,
	    cooling && breaker->reason ? story_outcome(breaker->reason) : NULL);
}

static void set_traffic(json_t *object, const json_t *traffic)
{
	static const char *const counts[] = { "attempts", "failures", "failure_permille",
		"latency_ms" };

	for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++)
		json_set_int(object, counts[i],
		    traffic ? json_integer_value(json_object_get(traffic, counts[i])) : 0);
	json_set_money(object, "cost", traffic ? json_read_int(traffic, "cost_nano", 0) : 0);
}

static void add_health(json_t *deployments, const struct looking *looking)
{
	for (size_t i = 0; i < looking->report.ladder_count; i++) {
		const struct ladder_row *row = &looking->report.ladder[i];
		json_t *object = json_array_get(deployments, i);

		set_state(object, looking, row);
		set_traffic(object, json_object_get(looking->traffic, row->member->deployment->id));
	}
}

/* ---- the ladder ---- */

/* The rows of a group are those of the report that name it; they keep their order. */
static json_t *group_json(
    const struct looking *looking, const struct group *group, json_t *deployments)
{
	json_t *object = json_object(), *list = json_array();

	for (size_t i = 0; i < looking->report.ladder_count; i++)
		if (looking->report.ladder[i].group == group)
			json_append(list, json_incref(json_array_get(deployments, i)));
	json_set_all(object, "name tier deployments", group->name,
	    group->tier >= 0 ? looking->settings->tiers[group->tier].name : NULL, list);
	return object;
}

static json_t *groups_of_tier(const struct looking *looking, int tier, json_t *deployments)
{
	json_t *list = json_array();

	for (size_t i = 0; i < catalog_group_count(looking->catalog); i++) {
		const struct group *group = catalog_group_at(looking->catalog, i);

		if (group->tier == tier || (tier < 0 && group->tier < 0))
			json_append(list, group_json(looking, group, deployments));
	}
	return list;
}

static json_t *tiers_json(const struct looking *looking, json_t *deployments)
{
	json_t *list = json_array();

	for (size_t i = 0; i < looking->settings->tier_count; i++) {
		const struct tier_band *band = &looking->settings->tiers[i];
		json_t *object = json_object();

		json_set_all(object, "name index up_to_usd_per_million groups", band->name,
		    (int64_t)i,
		    band->up_to_pico == INT64_MAX
			? NULL
			: number_dollars_bare(band->up_to_pico * NANO_PER_MILLION_TOKENS).text,
		    groups_of_tier(looking, (int)i, deployments));
		json_append(list, object);
	}
	return list;
}

static void rename_chains(json_t *root)
{
	json_t *chains = json_incref(json_object_get(root, "fallbacks")), *chain;
	size_t i;

	json_array_foreach(chains, i, chain)
	{
		const char *direction = json_read_text(chain, "direction");

		json_set_bool(chain, "blocked", direction && strcmp(direction, "upward") == 0);
	}
	json_set(root, "chains", chains);
	json_object_del(root, "fallbacks");
}

static int view_models_look(
    struct looking *looking, struct store *store, struct arena *arena, struct error *err)
{
	if (breaker_read(store, looking->now_ms, arena, &looking->breakers, err) != 0)
		return -1;
	looking->traffic = view_traffic_deployments(store, looking->now_ms - DAY_MS, err);
	check_report_make(looking->catalog, arena, &looking->report);
	return looking->traffic ? 0 : -1;
}

json_t *view_models(
    struct store *store, const struct catalog *catalog, int64_t now_ms, struct error *err)
{
	struct looking looking = {
		.catalog = catalog, .settings = catalog_settings(catalog), .now_ms = now_ms
	};
	AUTO_ARENA struct arena arena = { 0 };
	json_t *root = NULL, *deployments;

	if (view_models_look(&looking, store, &arena, err) == 0) {
		root = check_report_json(catalog, &looking.report);
		deployments = json_object_get(root, "deployments");
		add_health(deployments, &looking);
		json_set_all(root, "tiers unplaced", tiers_json(&looking, deployments),
		    groups_of_tier(&looking, -1, deployments));
		rename_chains(root);
	}
	json_decref(looking.traffic);
	return root;
}
