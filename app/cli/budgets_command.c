/*
 * `sideways budgets ...`.  Budgets of keys and teams are set here; those of deployments, providers
 * and the proxy stand in the settings file, where they are reviewed and kept with the rest, so
 * setting one of them here is refused with the place where it belongs.
 */
#include <stdio.h>
#include <string.h>

#include "accounts/budgets.h"
#include "accounts/key_change.h"
#include "base/number.h"
#include "cli/budget_print.h"
#include "cli/commands.h"
#include "cli/json_print.h"
#include "cli/known_team.h"
#include "cli/workplace.h"

#include "base/banned.h"

/* ---- list ---- */

struct key_names { /* for showing "key demo" in place of an id */
	struct arena *arena;
	const char **pairs; /* id, name, id, name, ... */
	size_t count, room;
};

static int note_name(void *ctx, const struct virtual_key *key)
{
	struct key_names *names = ctx;

	if (names->count + 2 > names->room) {
		size_t room = names->room ? 2 * names->room : 64;
		const char **pairs = arena_alloc(names->arena, room * sizeof *pairs);
		if (names->count)
			memcpy(pairs, names->pairs, names->count * sizeof *pairs);
		names->pairs = pairs;
		names->room = room;
	}
	names->pairs[names->count++] = arena_copy(names->arena, key->id);
	names->pairs[names->count++] =
	    arena_copy(names->arena, key->alias ? key->alias : key->hint);
	return 0;
}

/* "key demo", "provider openai", "proxy" */
static const char *budgets_command_name_of(
    const struct key_names *names, const struct budget_state *budget)
{
	const char *id = budget->scope_id;

	if (!*id)
		return budget->scope;
	for (size_t i = 0; strncmp(budget->scope, "key", 3) == 0 && i < names->count; i += 2)
		if (strcmp(names->pairs[i], id) == 0)
			id = names->pairs[i + 1];
	if (*budget->model)
		return arena_printf(names->arena, "key %s at %s", id, budget->model);
	return arena_printf(names->arena, "%s %s", budget->scope, id);
}

static void print_list(const struct workplace *place, const struct key_names *names,
    const struct budget_states *budgets)
{
	AUTO_TABLE struct table *table = budget_table_new();

	if (!budgets->count)
		puts("There are no budgets yet: nothing caps what keys may spend. Budgets in the "
		     "settings appear once a gateway has read them.");
	for (size_t i = 0; i < budgets->count; i++)
		budget_table_add(table, budgets_command_name_of(names, &budgets->items[i]),
		    &budgets->items[i], place->now_ms);
	table_print(table, stdout);
	for (size_t i = 0; i < budgets->count; i++)
		if (budgets->items[i].overrun_nano > 0)
			printf("%s: %s was billed above what was held.\n",
			    budgets_command_name_of(names, &budgets->items[i]),
			    number_dollars(budgets->items[i].overrun_nano).text);
}

static int budgets_list_run(const struct options *options)
{
	AUTO_WORKPLACE struct workplace place = { 0 };
	struct key_names names = { .arena = &place.arena };
	struct budget_states budgets;
	struct error err = { 0 };

	if (workplace_open(&place, options, DATABASE_MUST_EXIST, &err) < 0 ||
	    keys_each(place.store, false, &place.arena, note_name, &names, &err) < 0 ||
	    budgets_list(place.store, place.timezone, place.now_ms, &place.arena, &budgets, &err) <
		0)
		return command_failed(&err);
	if (!options->json) {
		print_list(&place, &names, &budgets);
		return EXIT_DONE;
	}
	json_t *list = json_array();
	for (size_t i = 0; i < budgets.count; i++)
		json_append(list, budget_json(&budgets.items[i]));
	json_print(list);
	return EXIT_DONE;
}

const struct command budgets_list_command = { "budgets list", "", 0, 0, "json",
	"each budget's current window: limit, spent, held, left, reset", budgets_list_run };

/* ---- set and remove ---- */

struct budget_place {
	const char *scope, *scope_id;
};

static const struct {
	const char *scope, *where;
} in_settings[] = {
	{ "proxy", "max_budget and budget_duration under litellm_settings" },
	{ "provider", "provider_budget_config under router_settings" },
	{ "tag", "tag_budget_config under litellm_settings" },
	{ "user", "max_end_user_budget under litellm_settings" },
	{ "deployment", "max_budget and budget_duration in its litellm_params" },
};

static int no_scope(const char *word, size_t len, struct error *err)
{
	for (size_t i = 0; i < sizeof in_settings / sizeof in_settings[0]; i++)
		if (slice_is((struct slice){ word, len }, in_settings[i].scope))
			return error_set(err, ERROR_USAGE,
			    "the budget of a %s comes from the settings file: %s",
			    in_settings[i].scope, in_settings[i].where);
	return error_set(err, ERROR_USAGE,
	    "'%.80s' is not a scope; write key:KEY (an id or an alias) or team:TEAM", word);
}

static int read_scope(
    struct workplace *place, const char *word, struct budget_place *out, struct error *err)
{
	size_t len = strcspn(word, ":");
	const char *id = word[len] ? word + len + 1 : "";
	struct slice scope = { word, len };
	struct virtual_key key;
	struct team team;

	if (!*id || !(slice_is_one_of(scope, "key team")))
		return no_scope(word, len, err);
	if (slice_is(scope, "team")) {
		if (known_team(place, id, "sideways keys create --team makes one", &team, err) < 0)
			return -1;
		*out = (struct budget_place){ "team", team.id };
		return 0;
	}
	if (keys_find(place->store, id, &place->arena, &key, err) < 0)
		return -1;
	*out = (struct budget_place){ "key", key.id };
	return 0;
}

/* What would be removed must be there: a mistyped period would leave the budget in force. */
static int find_budget(
    struct workplace *place, const struct budget_place *at, const char *period, struct error *err)
{
	struct budget_states budgets;
	const char *have = "";

	if (budgets_list(
		place->store, place->timezone, place->now_ms, &place->arena, &budgets, err) < 0)
		return -1;
	for (size_t i = 0; i < budgets.count; i++) {
		const struct budget_state *budget = &budgets.items[i];
		if (strcmp(budget->scope, at->scope) != 0 ||
		    strcmp(budget->scope_id, at->scope_id) != 0)
			continue;
		if (strcmp(budget->period, period) == 0)
			return 0;
		have = arena_printf(&place->arena, "%s%s%s", have, *have ? ", " : "",
		    budget_period_name(budget->period));
	}
	return error_set(err, ERROR_NOT_FOUND, "%s %s has no %s budget (has: %s)", at->scope,
	    at->scope_id, budget_period_name(period), *have ? have : "none");
}

static int change_account(struct workplace *place, const struct budget_place *at,
    const struct budget_wish *budget, struct error *err)
{
	struct account_wish wish = { .expires_ms = KEY_KEEP, .budgets = budget, .budget_count = 1 };

	if (budget->model)
		return error_set(err, ERROR_USAGE,
		    "budgets at one model are set all at once: sideways keys update %s --budget "
		    "5/1d@%.80s",
		    at->scope_id, budget->model);
	return strcmp(at->scope, "key") == 0
		   ? key_update(place->store, &place->by, at->scope_id, &wish, place->now_ms, err)
		   : team_update(place->store, &place->by, at->scope_id, &wish, place->now_ms, err);
}

static int apply(struct workplace *place, const char *scope_word, const struct budget_wish *wish,
    struct error *err)
{
	struct budget_place at = { "", "" };

	if (read_scope(place, scope_word, &at, err) < 0 ||
	    (wish->limit_nano < 0 && find_budget(place, &at, wish->period, err) < 0))
		return -1;
	if (change_account(place, &at, wish, err) < 0)
		return -1;
	if (wish->limit_nano < 0)
		printf("%s %s has no %s budget any more.\n", at.scope, at.scope_id,
		    budget_period_name(wish->period));
	else
		printf("%s %s may spend %s per %s.\n", at.scope, at.scope_id,
		    number_dollars(wish->limit_nano).text, budget_period_name(wish->period));
	return 0;
}

/* The wish is read once the workplace has its arena; a wrong one changes nothing. */
static int change_budget(const struct options *options, bool remove)
{
	AUTO_WORKPLACE struct workplace place = { 0 };
	struct budget_wish wish = { .limit_nano = -1 };
	struct error err = { 0 };
	const char *word = options->arguments[1];

	if (workplace_open(&place, options, DATABASE_MUST_EXIST, &err) < 0)
		return command_failed(&err);
	if (remove) {
		wish.period = strcmp(word, "lifetime") == 0 ? "" : word;
		if (window_check(wish.period, &err) < 0)
			err.kind = ERROR_USAGE;
	} else if (budget_wish_parse(word, &place.arena, &wish, &err) < 0) {
		err.kind = ERROR_USAGE;
	}
	if (err.kind != ERROR_NONE || apply(&place, options->arguments[0], &wish, &err) < 0)
		return command_failed(&err);
	return EXIT_DONE;
}

static int budgets_set_run(const struct options *options)
{
	return change_budget(options, false);
}

const struct command budgets_set_command = { "budgets set", "SCOPE:ID AMOUNT/PERIOD", 2, 2, "",
	"set the budget of key:KEY or team:TEAM for a period, as in 5/1d, 0.50/1h or 100 (a "
	"lifetime)",
	budgets_set_run };

static int budgets_remove_run(const struct options *options)
{
	return change_budget(options, true);
}

const struct command budgets_remove_command = { "budgets remove", "SCOPE:ID PERIOD", 2, 2, "",
	"remove the budget of key:KEY or team:TEAM for a period (1d, lifetime)",
	budgets_remove_run };
