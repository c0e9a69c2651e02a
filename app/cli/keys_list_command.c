/*
 * `sideways keys list` and `keys show`: what there is to know of keys, never the key itself.
 */
#include <stdio.h>
#include <string.h>

#include "accounts/budgets.h"
#include "accounts/keys.h"
#include "base/number.h"
#include "cli/budget_print.h"
#include "cli/commands.h"
#include "cli/json_print.h"
#include "cli/when.h"
#include "cli/workplace.h"

#include "base/banned.h"

struct listing {
	const struct workplace *place;
	const struct budget_states *budgets;
	struct table *table; /* or */
	json_t *list;
	struct arena *arena;
};

static const char *keys_list_command_state_of(const struct virtual_key *key, int64_t now_ms)
{
	if (key->blocked)
		return "blocked";
	return key->expires_ms && key->expires_ms <= now_ms ? "expired" : "good";
}

static bool budget_is_of(const struct budget_state *budget, const struct virtual_key *key)
{
	if (strncmp(budget->scope, "key", 3) == 0)
		return strcmp(budget->scope_id, key->id) == 0;
	return key->team_id && strcmp(budget->scope, "team") == 0 &&
	       strcmp(budget->scope_id, key->team_id) == 0;
}

static json_t *models_json(const char *models)
{
	json_t *list = models ? json_loads(models, 0, NULL) : NULL;

	return list ? list : json_array();
}

static void add_limit(json_t *object, const char *name, int64_t limit)
{
	json_set(object, name, limit < 0 ? json_null() : json_integer(limit));
}

static json_t *key_json(const struct listing *listing, const struct virtual_key *key)
{
	json_t *object = json_object();
	json_t *budgets = json_array();

	json_set_all(object, "id alias hint team_id role state created@ expires@", key->id,
	    key->alias, key->hint, key->team_id, key->role,
	    keys_list_command_state_of(key, listing->place->now_ms), key->created_ms,
	    key->expires_ms);
	json_set(object, "models", models_json(key->models));
	add_limit(object, "rpm_limit", key->limits.rpm);
	add_limit(object, "tpm_limit", key->limits.tpm);
	add_limit(object, "max_parallel_requests", key->limits.parallel);
	for (size_t i = 0; i < listing->budgets->count; i++)
		if (budget_is_of(&listing->budgets->items[i], key))
			json_append(budgets, budget_json(&listing->budgets->items[i]));
	json_set(object, "budgets", budgets);
	return object;
}

/* "$4.20 of $5.00 1d, $80.00 of $100.00 1mo": what the key's own budgets have left. */
static void add_budgets_cell(const struct listing *listing, const struct virtual_key *key)
{
	char text[256] = "";
	size_t len = 0;

	for (size_t i = 0; i < listing->budgets->count && len < sizeof text; i++) {
		const struct budget_state *budget = &listing->budgets->items[i];
		if (strcmp(budget->scope, "team") == 0 || !budget_is_of(budget, key))
			continue;
		len += (size_t)snprintf(text + len, sizeof text - len, "%s%s of %s %s%s%s",
		    len ? ", " : "", number_dollars(budget_left(budget)).text,
		    number_dollars(budget->limit_nano).text, budget_period_name(budget->period),
		    *budget->model ? " at " : "", budget->model);
	}
	table_cell(listing->table, "%s", len ? text : "-");
}

static int list_key(void *ctx, const struct virtual_key *key)
{
	struct listing *listing = ctx;

	if (listing->list) {
		json_append(listing->list, key_json(listing, key));
		return 0;
	}
	table_cell(listing->table, "%s", key->alias ? key->alias : "-");
	table_cell(listing->table, "%s", key->hint);
	table_cell(listing->table, "%s", keys_list_command_state_of(key, listing->place->now_ms));
	table_cell(listing->table, "%s", key->team_id ? key->team_id : "-");
	table_cell(listing->table, "%s", strcmp(key->models, "[]") == 0 ? "all" : key->models);
	add_budgets_cell(listing, key);
	table_cell(
	    listing->table, "%s", key->expires_ms ? when_show(key->expires_ms).text : "never");
	table_cell(listing->table, "%s", key->id);
	return 0;
}

static int keys_list_run(const struct options *options)
{
	AUTO_WORKPLACE struct workplace place = { 0 };
	AUTO_TABLE struct table *table = table_new("ALIAS|KEY|STATE|TEAM|MODELS|LEFT|EXPIRES|ID");
	struct budget_states budgets;
	struct listing listing = { &place, &budgets, table, NULL, &place.arena };
	struct error err = { 0 };

	if (workplace_open(&place, options, DATABASE_MUST_EXIST, &err) < 0 ||
	    budgets_list(place.store, place.timezone, place.now_ms, &place.arena, &budgets, &err) <
		0)
		return command_failed(&err);
	if (options->json)
		listing.list = json_array();
	if (keys_each(place.store, false, &place.arena, list_key, &listing, &err) < 0) {
		json_decref(listing.list);
		return command_failed(&err);
	}
	if (options->json)
		json_print(listing.list);
	else
		table_print(table, stdout);
	return EXIT_DONE;
}

const struct command keys_list_command = { "keys list", "", 0, 0, "json", "all keys, oldest first",
	keys_list_run };

static void show_line(const char *name, const char *value)
{
	printf("%-8s ", name);
	table_print_text(value, stdout);
	putchar('\n');
}

/* "60 requests, 100000 tokens a minute, 4 calls at a time" */
static const char *limits_text(const struct limits *limits, struct arena *arena)
{
	static const char *const names[] = { "requests a minute", "tokens a minute",
		"calls at a time" };
	const int64_t values[] = { limits->rpm, limits->tpm, limits->parallel };
	const char *text = "";

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		if (values[i] >= 0)
			text = arena_printf(arena, "%s%s%lld %s", text, *text ? ", " : "",
			    (long long)values[i], names[i]);
	return *text ? text : "-";
}

static void show_key(const struct listing *listing, const struct virtual_key *key)
{
	show_line("id", key->id);
	show_line("key", key->hint);
	show_line("alias", key->alias ? key->alias : "-");
	show_line("team", key->team_id ? key->team_id : "-");
	show_line("models", strcmp(key->models, "[]") == 0 ? "all" : key->models);
	show_line("limits", limits_text(&key->limits, listing->arena));
	if (limits_any(&key->team_limits))
		show_line("of team", limits_text(&key->team_limits, listing->arena));
	show_line("state", keys_list_command_state_of(key, listing->place->now_ms));
	show_line("created", when_show(key->created_ms).text);
	show_line("expires", key->expires_ms ? when_show(key->expires_ms).text : "never");
	AUTO_TABLE struct table *table = budget_table_new();
	for (size_t i = 0; i < listing->budgets->count; i++) {
		const struct budget_state *budget = &listing->budgets->items[i];
		if (budget_is_of(budget, key))
			budget_table_add(table, budget->scope, budget, listing->place->now_ms);
	}
	putchar('\n');
	table_print(table, stdout);
}

static int keys_show_run(const struct options *options)
{
	AUTO_WORKPLACE struct workplace place = { 0 };
	struct budget_states budgets;
	struct listing listing = { &place, &budgets, NULL, NULL, &place.arena };
	struct virtual_key key;
	struct error err = { 0 };

	if (workplace_open(&place, options, DATABASE_MUST_EXIST, &err) < 0 ||
	    keys_find(place.store, options->arguments[0], &place.arena, &key, &err) < 0 ||
	    budgets_list(place.store, place.timezone, place.now_ms, &place.arena, &budgets, &err) <
		0)
		return command_failed(&err);
	if (options->json)
		json_print(key_json(&listing, &key));
	else
		show_key(&listing, &key);
	return EXIT_DONE;
}

const struct command keys_show_command = { "keys show", "KEY", 1, 1, "json",
	"one key with its budgets; KEY is an id, an alias, the last four characters or the key "
	"itself",
	keys_show_run };
