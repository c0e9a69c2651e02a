/*
 * `sideways simulate`: traffic and outages played against one settings file, or two.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/number.h"
#include "cli/commands.h"
#include "cli/json_print.h"
#include "cli/simulate_print.h"
#include "cli/when.h"
#include "relay/catalog.h"
#include "relay/gateway.h"
#include "settings/load.h"
#include "simulate/simulation_svg.h"

#include "base/banned.h"

#define HOUR_MS    INT64_C(3600000)
#define DAY_MS     (24 * HOUR_MS)
#define MODELS_MAX 16
#define LATENCY_MS 800

struct wish {
	struct simulation_plan plan;
	struct traffic traffic;
	struct budget_wish budgets[OPTION_VALUES_MAX];
	int64_t most_nano; /* -1: no limit */
};

static const struct period {
	const char *name;
	int first_day; /* of the week, 0 Sunday; -1: tomorrow */
	int days;
} periods[] = { { "day", -1, 1 }, { "weekend", 5, 3 }, { "week", 1, 7 } };

/* The coming one. */
static int read_period(
    const struct options *options, struct traffic_plan *plan, int64_t now_ms, struct error *err)
{
	const char *name = options->period ? options->period : "weekend";
	int64_t midnight = (now_ms / DAY_MS + 1) * DAY_MS;

	for (size_t i = 0; i < sizeof periods / sizeof periods[0]; i++) {
		if (strcmp(periods[i].name, name) != 0)
			continue;
		while (periods[i].first_day >= 0 &&
		       (midnight / DAY_MS + 4) % 7 != periods[i].first_day)
			midnight += DAY_MS;
		plan->from_ms = midnight;
		plan->until_ms = midnight + periods[i].days * DAY_MS;
		return 0;
	}
	return error_set(err, ERROR_USAGE,
	    "--period '%.40s': expected day, weekend (Friday to Sunday) or week", name);
}

static int read_tokens(const char *text, struct traffic_plan *plan, struct error *err)
{
	const char *slash = strchr(text, '/');

	if (slash &&
	    number_whole((struct slice){ text, (size_t)(slash - text) }, 1, 1000000,
		&plan->input_tokens, NULL) == 0 &&
	    number_whole(slice_of(slash + 1), 1, 1000000, &plan->output_tokens, NULL) == 0)
		return 0;
	return error_set(err, ERROR_USAGE,
	    "--tokens '%.40s': expected tokens in and out of a request, as in 1200/400", text);
}

/* "a,b" in the arena. */
static size_t split_models(const char *text, struct arena *arena, const char *out[MODELS_MAX])
{
	size_t count = 0;

	while (*text && count < MODELS_MAX) {
		text += strspn(text, " ");
		size_t len = strcspn(text, ","), end = len;

		while (end && text[end - 1] == ' ')
			end--;
		if (end)
			out[count++] = arena_copy_slice(arena, (struct slice){ text, end });
		text += len + (text[len] == ',');
	}
	return count;
}

static int no_model(const char *path, const char *model, const struct catalog *catalog,
    struct arena *arena, struct error *err)
{
	size_t count = catalog_group_count(catalog);
	const char **names = arena_alloc(arena, (count + 1) * sizeof *names), *nearest;

	for (size_t i = 0; i < count; i++)
		names[i] = catalog_group_at(catalog, i)->name;
	nearest = settings_nearest(model, names, count);
	return error_set(err, ERROR_USAGE, "--models: %.200s has no model '%.80s'%s%.80s%s", path,
	    model, nearest ? " (nearest: " : "", nearest ? nearest : "", nearest ? ")" : "");
}

/* Each must be a name that the gateway would serve, or all is refused as not found. */
static int check_models(const char *path, const char *const *models, size_t count,
    struct arena *arena, struct error *err)
{
	struct problems problems = { 0 };
	struct settings *settings = simulation_settings(path, err);
	struct catalog *catalog = settings ? catalog_new(settings, &problems, err) : NULL;
	int result = catalog ? 0 : -1;

	for (size_t i = 0; result == 0 && i < count; i++)
		if (!catalog_find(catalog, models[i], arena))
			result = no_model(path, models[i], catalog, arena, err);
	catalog_release(catalog);
	problems_release(&problems);
	return result;
}

/* The first of model_list that is one model. */
static const char *first_model(const char *path, struct arena *arena, struct error *err)
{
	struct settings *settings = simulation_settings(path, err);
	const char *found = NULL;

	for (size_t i = 0; settings && !found && i < settings->deployment_count; i++)
		if (!strchr(settings->deployments[i].group, '*'))
			found = arena_copy(arena, settings->deployments[i].group);
	if (settings && !found)
		(void)error_set(err, ERROR_USAGE,
		    "%s has only wildcards; say with --models what is asked for", path);
	settings_free(settings);
	return found;
}

static int make_traffic(
    const struct options *options, struct wish *wish, struct arena *arena, struct error *err)
{
	struct traffic_plan plan = { .per_hour = 60, .input_tokens = 1200, .output_tokens = 400 };
	const char *models[MODELS_MAX];

	if (options->models)
		plan.model_count = split_models(options->models, arena, models);
	else if ((models[0] = first_model(wish->plan.settings_path, arena, err)) != NULL)
		plan.model_count = 1;
	else
		return -1;
	plan.models = models;
	if (plan.model_count == 0)
		return error_set(err, ERROR_USAGE, "--models names no model");
	if (options->models &&
	    check_models(wish->plan.settings_path, models, plan.model_count, arena, err) != 0)
		return -1;
	if (options->requests &&
	    number_whole(slice_of(options->requests), 1, TRAFFIC_MOST, &plan.per_hour, NULL) != 0)
		return error_set(err, ERROR_USAGE,
		    "--requests '%.40s': expected a number of requests an hour", options->requests);
	if (options->tokens && read_tokens(options->tokens, &plan, err) != 0)
		return -1;
	return read_period(options, &plan, clock_wall_ms(), err) != 0
		   ? -1
		   : traffic_make(&plan, arena, &wish->traffic, err);
}

static int simulate_command_read_limits(
    const struct options *options, struct wish *wish, struct arena *arena, struct error *err)
{
	for (size_t i = 0; i < options->budget.count; i++)
		if (budget_wish_parse(options->budget.items[i], arena, &wish->budgets[i], err) !=
		    0) {
			err->kind = ERROR_USAGE;
			return error_prefix(err, "--budget");
		}
	wish->plan.budgets = wish->budgets;
	wish->plan.budget_count = options->budget.count;
	wish->most_nano = -1;
	if (options->most &&
	    (number_scaled(slice_of(options->most), 9, &wish->most_nano, NULL) != 0 ||
		wish->most_nano < 0))
		return error_set(err, ERROR_USAGE,
		    "--most '%.40s': expected dollars, 0 or more, as in 50", options->most);
	return 0;
}

static int read_wish(
    const struct options *options, struct wish *wish, struct arena *arena, struct error *err)
{
	wish->plan = (struct simulation_plan){
		.settings_path = options->argument_count ? options->arguments[0]
							 : gateway_settings_path(options->config),
		.traffic = &wish->traffic,
		.outages = options->outage.items,
		.outage_count = options->outage.count,
		.latency_ms = LATENCY_MS,
	};
	if (simulate_command_read_limits(options, wish, arena, err) != 0)
		return -1;
	return options->traffic ? traffic_read(options->traffic, arena, &wish->traffic, err)
				: make_traffic(options, wish, arena, err);
}

/* ---- the result ---- */

static int write_svg(const char *path, const struct simulation *simulation,
    const struct simulation *against, struct error *err)
{
	char *svg = simulation_svg(simulation, against);
	FILE *file = fopen(path, "w");
	bool written = file && fputs(svg, file) >= 0;

	if (file && fclose(file) != 0)
		written = false;
	free(svg);
	return written ? 0 : error_set(err, ERROR_USAGE, "--svg %s: %s", path, strerror(errno));
}

static void show(const struct options *options, const struct simulation *simulation,
    const struct simulation *against)
{
	json_t *root;

	if (!options->json) {
		simulate_print(simulation, against);
		return;
	}
	root = simulate_json(simulation);
	if (against)
		json_set(
		    root, against->as_litellm ? "as_litellm" : "against", simulate_json(against));
	json_print(root);
}

/* What is drawn beside: other settings, or else, where a dearer fallback was in the way, the same
 * ones as LiteLLM would play them.  1: there is one. */
static int run_beside(const struct options *options, struct wish *wish, struct arena *arena,
    const struct simulation *simulation, struct simulation *out, struct error *err)
{
	if (options->against)
		wish->plan.settings_path = options->against;
	else if (simulation->total.blocked_upward > 0)
		wish->plan.as_litellm = true;
	else
		return 0;
	if (simulation_run(&wish->plan, arena, out, err) != 0)
		return options->against ? error_prefix(err, "--against %s", options->against) : -1;
	return 1;
}

static int simulate_command_run(const struct options *options, struct wish *wish,
    struct arena *arena, struct simulation *simulation, struct simulation *beside,
    struct error *err)
{
	int drawn = simulation_run(&wish->plan, arena, simulation, err);

	if (drawn == 0)
		drawn = run_beside(options, wish, arena, simulation, beside, err);
	if (drawn < 0 ||
	    (options->svg && write_svg(options->svg, simulation, drawn ? beside : NULL, err) != 0))
		return -1;
	show(options, simulation, drawn ? beside : NULL);
	return 0;
}

static int simulate_run(const struct options *options)
{
	AUTO_ARENA struct arena arena = { 0 };
	struct wish wish = { .most_nano = -1 };
	struct simulation simulation = { 0 }, against = { 0 };
	struct error err = { 0 };
	int result;

	result = read_wish(options, &wish, &arena, &err);
	if (result == 0)
		result = simulate_command_run(options, &wish, &arena, &simulation, &against, &err);
	simulation_release(&simulation);
	simulation_release(&against);
	if (result != 0)
		return command_failed(&err);
	if (wish.most_nano >= 0 && simulation.total.cost_nano > wish.most_nano) {
		fprintf(stderr, "sideways: it spends more than --most %s\n", options->most);
		return EXIT_PROBLEMS;
	}
	return EXIT_DONE;
}

const struct command simulate_command = { "simulate", "[FILE]", 0, 1,
	"outage against period traffic requests models tokens budget svg most json",
	"play traffic and an outage against a settings file: what it spends, hour by hour, and "
	"when a budget refuses",
	simulate_run };
