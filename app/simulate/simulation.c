/*
 * Playing traffic through the relay.  See the header.
 */
#include "simulate/simulation.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "accounts/key_change.h"
#include "accounts/ledger.h"
#include "base/clock.h"
#include "base/digest.h"
#include "base/json_build.h"
#include "base/json_read.h"
#include "base/log.h"
#include "base/number.h"
#include "relay/gateway.h"
#include "relay/relay.h"
#include "settings/load.h"
#include "simulate/world.h"
#include "store/scratch.h"
#include "telemetry/alerts.h"
#include "views/view_alerts.h"

#include "base/banned.h"

#define HOUR_MS        INT64_C(3600000)
#define LOOK_MS        60000 /* between two looks for alerts */
#define MAX_TOKENS     1000  /* that a request asks for, when its answer is shorter */
#define ALERTS_SHOWN   500
#define VARIABLES_MAX  256
#define DIFFERENCE_MAX 400

struct play {
	const struct simulation_plan *plan;
	struct simulation *out;
	struct arena *arena;  /* of the result */
	struct arena request; /* of the request that is played */
	struct gateway gateway;
	struct world world;
	struct key_secret secret;
	struct scratch scratch;
	char *filler; /* text for prompts */
	size_t filler_len;
	int64_t looked_ms;
};

/* ---- the settings ---- */

/* "... the environment variable NAME is not set": sets it. */
static bool supply_variable(const char *problem)
{
	static const char before[] = "environment variable ", after[] = " is not set";
	const char *at = strstr(problem, before), *end = at ? strstr(at, after) : NULL;
	char name[128];

	if (!end || (size_t)(end - at) - strlen(before) >= sizeof name)
		return false;
	snprintf(name, sizeof name, "%.*s", (int)((size_t)(end - at) - strlen(before)),
	    at + strlen(before));
	return setenv(name, "sk-simulated", 0) == 0;
}

/* Everybody who simulates lacks keys, so the file is read until no variable is missing. */
struct settings *simulation_settings(const char *path, struct error *err)
{
	for (int tries = 0; tries < VARIABLES_MAX; tries++) {
		struct problems problems = { 0 };
		struct settings *settings = settings_load(path, &problems, err);
		bool supplied = false;

		for (size_t i = 0; i < problems.count; i++)
			supplied = supply_variable(problems.items[i].text) || supplied;
		problems_release(&problems);
		if (!supplied)
			return settings;
		settings_free(settings);
	}
	return NULL;
}

static int read_outages(struct play *play, const struct settings *settings, struct error *err)
{
	const struct simulation_plan *plan = play->plan;
	struct outage *outages =
	    arena_alloc(play->arena, (plan->outage_count + 1) * sizeof *outages);

	for (size_t i = 0; i < plan->outage_count; i++) {
		if (outage_parse(plan->outages[i], plan->traffic->from_ms, &outages[i], err) != 0)
			return error_prefix(err, "--outage '%.80s'", plan->outages[i]);
		if (!outage_meets(&outages[i], settings))
			return error_set(err, ERROR_USAGE,
			    "--outage '%.80s': %s has no provider, group, deployment or model '%s'",
			    plan->outages[i], settings->file, outages[i].who);
	}
	play->out->outages = outages;
	play->out->outage_count = plan->outage_count;
	return 0;
}

/* ---- begin and end ---- */

static int make_key(struct play *play, struct error *err)
{
	static const struct actor by = { "the simulation", "simulate" };
	struct account_wish wish = { .alias = "simulated",
		.expires_ms = KEY_KEEP,
		.budgets = play->plan->budgets,
		.budget_count = play->plan->budget_count };
	struct store *store = gateway_store(&play->gateway, err);
	struct virtual_key key;

	return store ? key_create(store, &by, &wish, clock_wall_ms(), &play->request, &key,
			   &play->secret, err)
		     : -1;
}

static void make_filler(struct play *play)
{
	int64_t longest = 1;

	for (size_t i = 0; i < play->plan->traffic->count; i++)
		if (play->plan->traffic->items[i].input_tokens > longest)
			longest = play->plan->traffic->items[i].input_tokens;
	play->filler_len = (size_t)longest * 4; /* each " the" is a token to every tokenizer */
	play->filler = arena_alloc(play->arena, play->filler_len + 5);
	for (size_t at = 0; at < play->filler_len; at += 4)
		memcpy(play->filler + at, " the", 4);
}

/* One tier for all: then no fallback goes upward, and each is taken, as LiteLLM takes it. */
static void forget_tiers(struct settings *settings)
{
	settings->tier_count = 1;
	settings->tiers[0].up_to_pico = INT64_MAX;
	settings->max_price_ratio_percent = 0;
	for (size_t i = 0; i < settings->deployment_count; i++)
		settings->deployments[i].tier = NULL;
}

static int simulation_begin(struct play *play, struct error *err)
{
	struct settings *settings = simulation_settings(play->plan->settings_path, err);

	if (!settings)
		return -1;
	if (read_outages(play, settings, err) != 0 || scratch_make(&play->scratch, err) != 0) {
		settings_free(settings);
		return -1;
	}
	if (play->plan->as_litellm)
		forget_tiers(settings);
	world_prepare(settings, play->arena);
	settings->log_level = arena_copy(play->arena, "error");
	play->world = (struct world){ .settings = settings,
		.outages = play->out->outages,
		.outage_count = play->out->outage_count,
		.latency_ms = play->plan->latency_ms };
	world_enter(&play->world);
	clock_fake_start(play->plan->traffic->from_ms);
	gateway_init_with(&play->gateway, settings, play->scratch.database, STORE_INLINE);
	log_set_level(LOG_ERROR);
	play->gateway.transport = world_transport;
	make_filler(play);
	return make_key(play, err);
}

static void end(struct play *play)
{
	gateway_release(&play->gateway);
	clock_fake_stop();
	scratch_remove(&play->scratch);
}

/* ---- what is counted ---- */

static size_t group_index(struct play *play, const char *name)
{
	struct simulation *out = play->out;
	size_t i = 0;

	while (i < out->group_count && strcmp(out->groups[i].name, name) != 0)
		i++;
	if (i < out->group_count)
		return i;
	if (i >= SIMULATION_GROUPS_MAX) {
		i = SIMULATION_GROUPS_MAX;
		name = "others";
	}
	if (i >= out->group_count)
		out->groups[out->group_count++].name = arena_copy(play->arena, name);
	return i;
}

static void count_refusal(struct play *play, const struct error *err)
{
	struct simulation *out = play->out;
	const char *kind = error_info(err->kind)->name;
	size_t i = 0;

	while (i < out->refusal_count && strcmp(out->refusals[i].kind, kind) != 0)
		i++;
	if (i == SIMULATION_KINDS_MAX)
		return;
	if (i == out->refusal_count)
		out->refusals[out->refusal_count++] = (struct simulation_refusal){
			.kind = kind,
			.first_ms = clock_wall_ms(),
			.words = arena_copy(play->arena, err->text),
		};
	out->refusals[i].count++;
}

static void add_step(struct simulation_step *step, const struct relay_outcome *outcome,
    bool answered, const struct error *err, size_t group)
{
	bool refused = !answered && (err->kind == ERROR_BUDGET || err->kind == ERROR_RATE ||
					err->kind == ERROR_RATE_NEVER);

	step->requests++;
	step->answered += answered;
	step->fell_back += outcome->fallbacks > 0;
	step->refused += refused;
	step->failed += !answered && !refused;
	step->blocked_upward += outcome->blocked_upward > 0;
	step->cost_nano += outcome->cost_nano;
	step->not_spent_nano += outcome->not_spent.nano;
	step->not_spent_most_nano += outcome->not_spent.most_nano;
	step->group_cost_nano[group] += outcome->cost_nano;
}

static void count(struct play *play, int64_t at_ms, const struct relay_outcome *outcome, int result,
    const struct error *err)
{
	struct simulation *out = play->out;
	size_t step = (size_t)((at_ms - out->from_ms) / HOUR_MS), group = 0;
	bool answered = result == 0 && outcome->group;

	if (answered) {
		group = group_index(play, outcome->group);
		out->groups[group].requests++;
		out->groups[group].cost_nano += outcome->cost_nano;
	} else {
		count_refusal(play, err);
	}
	add_step(&out->steps[step], outcome, answered, err, group);
	add_step(&out->total, outcome, answered, err, group);
}

/* ---- requests ---- */

static const char *body_of(struct play *play, const struct traffic_request *request)
{
	json_int_t most = request->output_tokens > MAX_TOKENS ? request->output_tokens : MAX_TOKENS;
	AUTO_JSON json_t *body = json_pack("{s:s, s:I, s:[{s:s, s:s%}]}", "model", request->model,
	    "max_tokens", most, "messages", "role", "user", "content", play->filler,
	    (size_t)request->input_tokens * 4);

	return json_text(body, JSON_COMPACT, &play->request);
}

static int ask(struct play *play, const struct traffic_request *request, struct error *err)
{
	struct catalog *catalog = gateway_catalog(&play->gateway, err);
	struct relay_outcome outcome = { 0 };
	struct chat_request chat;
	struct virtual_key key;
	struct error why = { 0 };
	struct digest_id id = digest_new_id();
	struct relay_call call = { .gateway = &play->gateway,
		.catalog = catalog,
		.store = gateway_store(&play->gateway, err),
		.arena = &play->request,
		.request = &chat,
		.key = &key,
		.request_id = id.text,
		.started_us = clock_mono_us(),
		.client_fd = -1 };
	int result = -1;

	play->world.input_tokens = request->input_tokens;
	play->world.output_tokens = request->output_tokens;
	if (catalog && call.store &&
	    relay_authenticate(call.store, catalog, play->secret.text, &play->request, &key, err) ==
		0 &&
	    chat_request_read(slice_of(body_of(play, request)), NULL, &play->request, &chat, err) ==
		0) {
		count(play, request->at_ms, &outcome, relay_run(&call, &outcome, &why), &why);
		result = why.kind == ERROR_STORE ? error_set(err, ERROR_STORE, "%s", why.text) : 0;
	}
	catalog_release(catalog);
	return result;
}

static int look_for_alerts(struct play *play, struct error *err)
{
	struct catalog *catalog;
	int result;

	if (clock_wall_ms() < play->looked_ms + LOOK_MS)
		return 0;
	play->looked_ms = clock_wall_ms();
	catalog = gateway_catalog(&play->gateway, err);
	result = catalog ? alerts_look(play->gateway.store, catalog_settings(catalog),
			       price_table_date(catalog_prices(catalog)), play->looked_ms, err)
			 : -1;
	catalog_release(catalog);
	return result;
}

static int live(struct play *play, struct error *err)
{
	const struct traffic *traffic = play->plan->traffic;

	for (size_t i = 0; i < traffic->count; i++) {
		const struct traffic_request *request = &traffic->items[i];

		if (clock_wall_ms() < request->at_ms)
			clock_fake_advance(request->at_ms - clock_wall_ms());
		if (ask(play, request, err) != 0 || look_for_alerts(play, err) != 0)
			return -1;
		arena_reset(&play->request);
	}
	return 0;
}

/* ---- the result ---- */

static void keep_difference(void *ctx, const char *text)
{
	snprintf(ctx, DIFFERENCE_MAX, "%s", text);
}

static int check_books(struct play *play, struct error *err)
{
	struct alerts_filter filter = { .with_ended = true, .limit = ALERTS_SHOWN };
	struct audit_summary summary;
	char difference[DIFFERENCE_MAX] = "";

	if (ledger_audit(play->gateway.store, clock_wall_ms(), keep_difference, difference,
		&summary, err) != 0)
		return -1;
	if (summary.differences > 0)
		return error_set(
		    err, ERROR_INTERNAL, "the ledger's books do not agree: %s", difference);
	play->out->alerts = view_alerts(play->gateway.store, &filter, clock_wall_ms(), err);
	return play->out->alerts ? 0 : -1;
}

int simulation_run(const struct simulation_plan *plan, struct arena *arena, struct simulation *out,
    struct error *err)
{
	struct play play = { .plan = plan, .out = out, .arena = arena };
	int result;

	*out = (struct simulation){ .settings_path = plan->settings_path,
		.as_litellm = plan->as_litellm,
		.from_ms = plan->traffic->from_ms,
		.until_ms = plan->traffic->until_ms };
	out->step_count = (size_t)((out->until_ms - out->from_ms) / HOUR_MS);
	out->steps = arena_alloc(arena, out->step_count * sizeof *out->steps);
	arena_init(&play.request);
	result = simulation_begin(&play, err);
	if (result == 0)
		result = live(&play, err);
	if (result == 0)
		result = check_books(&play, err);
	if (play.scratch.folder[0])
		end(&play);
	arena_release(&play.request);
	return result;
}

void simulation_release(struct simulation *simulation)
{
	json_decref(simulation->alerts);
	simulation->alerts = NULL;
}

int64_t simulation_fallback_permille(const struct simulation_step *step)
{
	return number_permille(step->fell_back, step->requests);
}
