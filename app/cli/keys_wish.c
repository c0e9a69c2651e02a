/*
 * Each option is read on its own and says what is wrong with it, before anything is written.
 */
#include "cli/keys_wish.h"

#include <stdbool.h>
#include <string.h>

#include "base/number.h"
#include "base/text.h"
#include "base/utf8.h"
#include "cli/when.h"

#include "base/banned.h"

/* A model name is at most a few dozen bytes; so this is far above any list that is meant. */
#define MODELS_MAX_BYTES 16384

#define LIMIT_MAX INT64_C(1000000000000) /* as in the settings file */

/* "a,b" to a JSON array; "all" to an empty one, which allows all.  An empty list is refused: a
 * script's empty variable must not open everything. */
static int read_models(
    const char *list, struct arena *arena, const char **out_json, struct error *err)
{
	AUTO_TEXT struct text json = text_empty(MODELS_MAX_BYTES);
	bool all = strcmp(list, "all") == 0;

	text_putc(&json, '[');
	for (const char *at = list; !all; at++) {
		at += strspn(at, " ");
		size_t len = strcspn(at, ","), end = len;
		while (end && at[end - 1] == ' ')
			end--;
		if (!end)
			return error_set(err, ERROR_USAGE,
			    "--models: there is an empty name in '%.80s'; expected names separated "
			    "by commas, or all",
			    list);
		text_puts(&json, json.len > 1 ? "," : "");
		text_json_string(&json, at, end);
		at += len;
		if (!*at)
			break;
	}
	text_putc(&json, ']');
	if (text_failed(&json))
		return error_set(err, ERROR_USAGE, "--models: the list is longer than %d bytes",
		    MODELS_MAX_BYTES);
	*out_json = arena_copy_slice(arena, text_slice(&json));
	return 0;
}

static bool is_same_budget(const struct budget_wish *one, const struct budget_wish *two)
{
	return strcmp(one->period, two->period) == 0 &&
	       strcmp(one->model ? one->model : "", two->model ? two->model : "") == 0;
}

static int keys_wish_read_budgets(const struct option_values *given, struct arena *arena,
    struct account_wish *wish, struct error *err)
{
	struct budget_wish *all = arena_alloc(arena, (given->count + 1) * sizeof *all),
			   *whole = arena_alloc(arena, (given->count + 1) * sizeof *whole),
			   *models = arena_alloc(arena, (given->count + 1) * sizeof *models);

	for (size_t i = 0; i < given->count; i++) {
		if (budget_wish_parse(given->items[i], arena, &all[i], err) < 0) {
			error_prefix(err, "--budget");
			err->kind = ERROR_USAGE;
			return -1;
		}
		for (size_t j = 0; j < i; j++)
			if (is_same_budget(&all[i], &all[j]))
				return error_set(err, ERROR_USAGE,
				    "--budget: '%.40s' and '%.40s' are for the same period",
				    given->items[j], given->items[i]);
		if (all[i].model)
			models[wish->model_budget_count++] = all[i];
		else
			whole[wish->budget_count++] = all[i];
	}
	wish->budgets = whole;
	wish->model_budgets = wish->model_budget_count ? models : NULL;
	return 0;
}

/* A JSON text, in the arena. */
static const char *quoted(struct slice name, struct arena *arena)
{
	AUTO_TEXT struct text json = text_empty(MODELS_MAX_BYTES);

	text_json_string(&json, name.ptr, name.len);
	return arena_copy_slice(arena, text_slice(&json));
}

/* "A=B,C" as {"A":["B","C"]} */
static int keys_wish_read_then(const struct option_values *given, struct arena *arena,
    const char **out_json, struct error *err)
{
	const char *json = "";

	for (size_t i = 0; i < given->count; i++) {
		const char *list = NULL;
		size_t len = strcspn(given->items[i], "=");
		struct slice name = { given->items[i], len };

		if (len == 0 || !given->items[i][len])
			return error_set(err, ERROR_USAGE, "--then '%.80s': expected A=B or A=B,C",
			    given->items[i]);
		if (read_models(given->items[i] + len + 1, arena, &list, err) < 0)
			return error_prefix(err, "--then");
		json =
		    arena_printf(arena, "%s%s%s:%s", json, i ? "," : "", quoted(name, arena), list);
	}
	*out_json = given->count ? arena_printf(arena, "{%s}", json) : NULL;
	return 0;
}

static int keys_wish_read_limit(const char *name, const char *text, int64_t *out, struct error *err)
{
	if (!text)
		return 0;
	if (strcmp(text, "none") == 0) {
		*out = LIMIT_NONE;
		return 0;
	}
	if (number_whole(slice_of(text), 0, LIMIT_MAX, out, NULL) != 0)
		return error_set(err, ERROR_USAGE,
		    "--%s needs a whole number, 0 or more, or none, not '%.40s'", name, text);
	return 0;
}

static int keys_wish_read_limits(const struct options *options, struct arena *arena,
    struct account_wish *wish, struct error *err)
{
	struct limits *limits;

	if (!options->rpm && !options->tpm && !options->parallel)
		return 0;
	limits = arena_alloc(arena, sizeof *limits);
	*limits = (struct limits){ KEY_KEEP, KEY_KEEP, KEY_KEEP };
	wish->limits = limits;
	if (keys_wish_read_limit("rpm", options->rpm, &limits->rpm, err) != 0 ||
	    keys_wish_read_limit("tpm", options->tpm, &limits->tpm, err) != 0)
		return -1;
	return keys_wish_read_limit("parallel", options->parallel, &limits->parallel, err);
}

/* As in the settings file (budget_status). */
static int read_budget_status(const char *text, const char **out_noted, struct error *err)
{
	static const struct {
		const char *text, *noted;
	} known[] = { { "429", "{\"budget_status\":429}" }, { "402", "{\"budget_status\":402}" },
		{ "400", "{\"budget_status\":400}" }, { "none", "{\"budget_status\":null}" } };

	for (size_t i = 0; text && i < sizeof known / sizeof known[0]; i++)
		if (strcmp(known[i].text, text) == 0) {
			*out_noted = known[i].noted;
			return 0;
		}
	return text ? error_set(err, ERROR_USAGE,
			  "--refusal '%.40s': expected 429, 402, 400 or none", text)
		    : 0;
}

static bool is_utf8(const char *text)
{
	size_t len = strlen(text), step;

	for (; len; text += step, len -= step)
		if (!(step = utf8_length(text, len)))
			return false;
	return true;
}

/* What is no name or no role whatever the database says. */
static int check_words(const struct options *options, struct error *err)
{
	const struct {
		const char *option, *text;
	} names[] = { { "alias", options->alias }, { "team", options->team },
		{ "models", options->models } };

	if (options->alias && !*options->alias)
		return error_set(err, ERROR_USAGE, "--alias needs a name that is not empty");
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		if (names[i].text && !is_utf8(names[i].text))
			return error_set(
			    err, ERROR_USAGE, "--%s: the text is not UTF-8", names[i].option);
	if (options->role && strcmp(options->role, "admin") != 0 &&
	    strcmp(options->role, "viewer") != 0 && strcmp(options->role, "client") != 0)
		return error_set(err, ERROR_USAGE,
		    "--role '%.40s': expected admin, viewer or client", options->role);
	return 0;
}

int keys_wish_read(const struct options *options, int64_t now_ms, struct arena *arena,
    struct account_wish *out, struct error *err)
{
	struct account_wish wish = { .expires_ms = KEY_KEEP };

	if (check_words(options, err) < 0)
		return -1;
	wish.alias = options->alias;
	wish.team_id = options->team;
	wish.role = options->role;
	if (options->models && read_models(options->models, arena, &wish.models, err) < 0)
		return -1;
	if (options->expires && when_future(options->expires, now_ms, &wish.expires_ms, err) < 0)
		return error_prefix(err, "--expires");
	if (read_budget_status(options->refusal, &wish.noted, err) < 0 ||
	    keys_wish_read_budgets(&options->budget, arena, &wish, err) < 0 ||
	    keys_wish_read_then(&options->then, arena, &wish.budget_fallbacks, err) < 0 ||
	    keys_wish_read_limits(options, arena, &wish, err) < 0)
		return -1;
	*out = wish;
	return 0;
}
