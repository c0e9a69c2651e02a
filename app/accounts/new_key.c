/*
 * Terms of new keys.  See the header.
 */
#include "accounts/new_key.h"

#include <stddef.h>
#include <string.h>

#include "accounts/keys.h"
#include "base/json_scan.h"
#include "base/number.h"

#include "base/banned.h"

#define BOUNDS "upperbound_key_generate_params"

/* ---- what is not said ---- */

static void add_budget(
    const struct new_key_settings *terms, struct arena *arena, struct account_wish *wish)
{
	struct budget_wish *budget;

	if (wish->budget_count || wish->plan_id || terms->max_budget_nano == SETTING_UNSET)
		return;
	budget = arena_alloc(arena, sizeof *budget);
	*budget = (struct budget_wish){ .limit_nano = terms->max_budget_nano,
		.period = terms->budget_duration ? terms->budget_duration : "" };
	wish->budgets = budget;
	wish->budget_count = 1;
}

static void add_limits(
    const struct new_key_settings *terms, struct arena *arena, struct account_wish *wish)
{
	struct limits *limits = arena_alloc(arena, sizeof *limits);
	const int64_t given[] = { terms->rpm, terms->tpm, terms->parallel };
	int64_t *const fields[] = { &limits->rpm, &limits->tpm, &limits->parallel };

	*limits = wish->limits ? *wish->limits : (struct limits){ KEY_KEEP, KEY_KEEP, KEY_KEEP };
	for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
		if (*fields[i] != KEY_KEEP || given[i] == SETTING_UNSET)
			continue;
		*fields[i] = given[i];
		wish->limits = limits;
	}
}

/* The members that are kept beside a key, where the wish does not say them. */
static void add_extra(
    const struct new_key_settings *terms, struct arena *arena, struct account_wish *wish)
{
	const struct {
		const char *name, *json;
	} given[] = { { "tags", terms->tags }, { "allowed_routes", terms->allowed_routes },
		{ "user_id", terms->user_id } };

	for (size_t i = 0; i < sizeof given / sizeof given[0]; i++) {
		struct slice there = slice_of(wish->extra ? wish->extra : "{}");
		struct json_cursor first = json_cursor(there);
		bool is_empty = !json_next(&first);

		if (given[i].json && !json_member(there, given[i].name).ptr)
			wish->extra = arena_printf(arena, "{\"%s\":%s%s%s", given[i].name,
			    given[i].json, is_empty ? "" : ",", there.ptr + 1);
	}
}

static void new_key_add(const struct new_key_settings *terms, int64_t now_ms, struct arena *arena,
    struct account_wish *wish)
{
	add_budget(terms, arena, wish);
	add_limits(terms, arena, wish);
	if (wish->expires_ms == KEY_KEEP && terms->duration_ms != SETTING_UNSET)
		wish->expires_ms = now_ms + terms->duration_ms;
	if (!wish->models && terms->models)
		wish->models = terms->models;
	if (!wish->metadata && terms->metadata)
		wish->metadata = terms->metadata;
	if (!wish->team_id && terms->team_id)
		wish->team_id = terms->team_id;
	add_extra(terms, arena, wish);
}

/* ---- what is too much ---- */

static int check_budgets(
    const struct new_key_settings *most, const struct account_wish *wish, struct error *err)
{
	for (size_t i = 0; i < wish->budget_count; i++)
		if (most->max_budget_nano != SETTING_UNSET &&
		    wish->budgets[i].limit_nano > most->max_budget_nano)
			return error_set(err, ERROR_BAD_REQUEST,
			    "a budget of %s is more than %s, the most for a new key (" BOUNDS
			    ".max_budget)",
			    number_dollars(wish->budgets[i].limit_nano).text,
			    number_dollars(most->max_budget_nano).text);
	return 0;
}

static int check_limits(
    const struct new_key_settings *most, const struct account_wish *wish, struct error *err)
{
	const struct {
		const char *name;
		int64_t asked, most;
	} limits[] = {
		{ "rpm_limit", wish->limits ? wish->limits->rpm : KEY_KEEP, most->rpm },
		{ "tpm_limit", wish->limits ? wish->limits->tpm : KEY_KEEP, most->tpm },
		{ "max_parallel_requests", wish->limits ? wish->limits->parallel : KEY_KEEP,
		    most->parallel },
	};

	for (size_t i = 0; i < sizeof limits / sizeof limits[0]; i++) {
		if (limits[i].most == SETTING_UNSET || limits[i].asked == KEY_KEEP)
			continue;
		if (limits[i].asked == LIMIT_NONE || limits[i].asked > limits[i].most)
			return error_set(err, ERROR_BAD_REQUEST,
			    "%s: at most %lld for a new key (" BOUNDS ".%s)", limits[i].name,
			    (long long)limits[i].most, limits[i].name);
	}
	return 0;
}

static int new_key_check(const struct new_key_settings *most, int64_t now_ms,
    const struct account_wish *wish, struct error *err)
{
	bool for_ever = wish->expires_ms == 0;

	if (check_budgets(most, wish, err) != 0 || check_limits(most, wish, err) != 0)
		return -1;
	if (most->duration_ms != SETTING_UNSET &&
	    (for_ever || wish->expires_ms - now_ms > most->duration_ms))
		return error_set(err, ERROR_BAD_REQUEST,
		    "a new key may last at most %lld seconds (" BOUNDS ".duration)",
		    (long long)(most->duration_ms / 1000));
	return 0;
}

int new_key_terms(const struct settings *settings, int64_t now_ms, struct arena *arena,
    struct account_wish *wish, struct error *err)
{
	new_key_add(&settings->new_keys, now_ms, arena, wish);
	new_key_add(&settings->new_keys_most, now_ms, arena, wish);
	return new_key_check(&settings->new_keys_most, now_ms, wish, err);
}

/* ---- models that are not there ---- */

static bool fits(const char *asked, const char *there)
{
	return keys_name_fits(asked, there) || keys_name_fits(there, asked);
}

static bool is_there(const struct settings *settings, const char *name)
{
	if (keys_name_is_set(name))
		return true;
	for (size_t i = 0; i < settings->deployment_count; i++)
		if (fits(name, settings->deployments[i].group))
			return true;
	for (size_t i = 0; i < settings->aliases.count; i++)
		if (fits(name, settings->aliases.items[i].name))
			return true;
	return false;
}

static int check_name(const struct settings *settings, const char *name, struct error *err)
{
	if (!name || settings->deployment_count == 0 || is_there(settings, name))
		return 0;
	return error_set(err, ERROR_BAD_REQUEST,
	    "there is no model '%.80s'; the first that is there is '%.80s'", name,
	    settings->deployments[0].group);
}

static int check_list(const struct settings *settings, struct slice models, struct error *err)
{
	AUTO_ARENA struct arena arena = { 0 };

	for (struct json_cursor item = json_cursor(models); json_next(&item);)
		if (check_name(settings, json_as_text(item.value, &arena), err) != 0)
			return -1;
	return 0;
}

int new_key_check_models(const struct settings *settings, const char *models, struct error *err)
{
	return check_list(settings, slice_of(models ? models : ""), err);
}

int new_key_check_budgets(
    const struct settings *settings, const struct account_wish *wish, struct error *err)
{
	AUTO_ARENA struct arena arena = { 0 };
	const char *after = wish->budget_fallbacks ? wish->budget_fallbacks : "";

	for (size_t i = 0; i < wish->model_budget_count; i++)
		if (check_name(settings, wish->model_budgets[i].model, err) != 0)
			return -1;
	for (struct json_cursor item = json_cursor(slice_of(after)); json_next(&item);)
		if (check_name(settings, json_key_as_text(&item, &arena), err) != 0 ||
		    check_list(settings, item.value, err) != 0)
			return -1;
	return 0;
}
