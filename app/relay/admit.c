/*
 * Admission: the key, the model, the budgets and the breakers, read from the store anew for every
 * request, so that a blocked key or a lowered budget works at once everywhere.
 */
#include "relay/run.h"

#include <string.h>

#include "base/clock.h"

#include "base/banned.h"

static int check_model(const struct catalog *catalog, const struct virtual_key *key,
    const char *name, struct arena *arena, const struct group **out, struct error *err)
{
	*out = catalog_find(catalog, name, arena);
	/* One answer for both: whoever may not use a model does not learn that there is one.
	 * Whoever may use a model may use its aliases. */
	if (!*out || !group_is_open_to(*out, key, name))
		return error_set(err, ERROR_MODEL_NOT_FOUND,
		    "the model '%s' does not exist or this key has no access to it", name);
	return 0;
}

int relay_may_use(const struct catalog *catalog, const struct virtual_key *key, const char *model,
    struct arena *arena, const char **out_group, struct error *err)
{
	const struct group *group;

	if (check_model(catalog, key, model, arena, &group, err) != 0)
		return -1;
	*out_group = group->name;
	return 0;
}

void run_note_key_budget(struct run *run)
{
	run->out->budget_known = false;
	for (size_t i = 0; i < run->budgets.count; i++) {
		const struct budget_state *b = &run->budgets.items[i];

		if (strcmp(b->scope, "key") != 0 ||
		    (run->out->budget_known && budget_left(b) >= run->out->budget_left_nano))
			continue;
		run->out->budget_known = true;
		run->out->budget_limit_nano = b->limit_nano;
		run->out->budget_left_nano = budget_left(b);
	}
}

int relay_authenticate(struct store *store, const struct catalog *catalog, const char *credential,
    struct arena *arena, struct virtual_key *out, struct error *err)
{
	if (keys_admit(store, credential, catalog_settings(catalog)->master_key, clock_wall_ms(),
		arena, out, err) != 0)
		return -1;
	if (!out->is_master && strcmp(out->role, "client") != 0)
		return error_set(err, ERROR_FORBIDDEN,
		    "this key is for the gateway's administration; models are called with another");
	return 0;
}

/* A budget for an alias is one for what it stands for. */
static void resolve_models(struct run *run)
{
	for (size_t i = 0; i < run->budgets.count; i++) {
		struct budget_state *b = &run->budgets.items[i];
		const struct group *group =
		    *b->model ? catalog_find(run->call->catalog, b->model, run->arena) : NULL;

		if (group)
			b->model = arena_copy(run->arena, group->name);
	}
}

int run_read_budgets(struct run *run, int64_t now_ms, struct error *err)
{
	const struct request_caller *caller = &run->call->caller;
	struct budget_asker asker = { .key_id = run->out->key.id,
		.team_id = run->out->key.team_id };

	budgets_of_settings(
	    run->settings, caller->user, caller->tags, caller->tag_count, run->arena, &asker);
	if (budgets_for_request(run->call->store, &asker, run->settings->timezone, now_ms,
		run->arena, &run->budgets, err) != 0)
		return -1;
	resolve_models(run);
	run_note_key_budget(run);
	return 0;
}

int run_admit(struct run *run, struct error *err)
{
	const struct chat_request *request = run->call->request;
	struct relay_outcome *out = run->out;
	struct store *store = run->call->store;

	run->now_ms = clock_wall_ms();
	run->deadline_us = run->call->started_us + run->settings->request_deadline_ms * 1000;
	out->key = *run->call->key;
	if (check_model(
		run->call->catalog, &out->key, request->model, run->arena, &run->asked, err) != 0)
		return -1;
	for (size_t i = 0; i < request->fallback_count; i++) {
		const struct group *group;

		if (check_model(run->call->catalog, &out->key, request->fallbacks[i], run->arena,
			&group, err) != 0)
			return error_prefix(err, "fallbacks[%zu]", i);
	}
	if (run_read_budgets(run, run->now_ms, err) != 0)
		return -1;
	return breaker_read(store, run->now_ms, run->arena, &run->breakers, err);
}
