/*
 * The rules of the checklist.  See the header.
 */
#include "views/checklist.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/number.h"
#include "prices/price_row.h"
#include "relay/fallback_check.h"
#include "relay/tag_routing.h"
#include "views/check_report.h"
#include "views/checklist_prices.h"

#include "base/banned.h"

#define SECOND_MS        INT64_C(1000)
#define DAY_MS           INT64_C(86400000)
#define SHORT_ANSWER_MS  (30 * SECOND_MS) /* reasoning models think longer before a first word */
#define SERVER_CUTS_MS   (60 * SECOND_MS) /* nginx' and Apache's own limit on silence */
#define MANY_RETRIES     5
#define MANY_CALLS       12
#define ENDING_DAYS      60   /* a model's end is told so long before */
#define PASSED_ON_TOKENS 4096 /* a window smaller by less is no difference */

struct checklist {
	const struct catalog *catalog;
	const struct settings *settings;
	struct problems *problems;
	struct arena *arena;
	int64_t now_ms;
	struct origin file; /* of findings about the file as a whole */
};

static struct origin checklist_place_of(const struct checklist *list, const struct group *group)
{
	return group->member_count ? group->members[0].deployment->origin : list->file;
}

/* Of a setting of the whole gateway. */
#define PLACE(list, member) settings_origin((list)->settings, offsetof(struct settings, member))

static bool is_wildcard(const struct group *group)
{
	return strchr(group->name, '*') != NULL;
}

static bool is_demo(const struct member *member)
{
	return strcmp(member->deployment->provider, "mock") == 0;
}

/* ---- downtime ---- */

/* The one provider behind a group and its chain; NULL when there are several. */
static const char *only_provider(const struct checklist *list, const struct group *group)
{
	const struct fallback_chain *chain =
	    settings_chain(&list->settings->fallbacks, group->name);
	const char *provider = group->members[0].deployment->provider;

	for (size_t i = 1; i < group->member_count; i++)
		if (strcmp(group->members[i].deployment->provider, provider) != 0)
			return NULL;
	for (size_t i = 0; chain && i < chain->target_count; i++) {
		const struct group *target =
		    catalog_find(list->catalog, chain->targets[i].name, list->arena);

		for (size_t m = 0; target && m < target->member_count; m++)
			if (strcmp(target->members[m].deployment->provider, provider) != 0)
				return NULL;
	}
	return provider;
}

/* A group that is only somebody's fallback needs none of its own. */
static bool is_stand_in(const struct checklist *list, const char *name)
{
	const struct fallback_chains *chains = &list->settings->fallbacks;

	for (size_t c = 0; c < chains->count; c++)
		for (size_t t = 0; t < chains->items[c].target_count; t++)
			if (strcmp(chains->items[c].targets[t].name, name) == 0)
				return true;
	return false;
}

static void look_at_stand_ins(const struct checklist *list, const struct group *group)
{
	const struct fallback_chain *chain =
	    settings_chain(&list->settings->fallbacks, group->name);
	const char *provider = only_provider(list, group);

	if (!provider || is_wildcard(group) || is_demo(&group->members[0]) ||
	    group->members[0].deployment->methods)
		return;
	if (chain || group->member_count > 1)
		problems_add(list->problems, PROBLEM_NOTICE,
		    chain ? chain->origin : checklist_place_of(list, group),
		    "every deployment that may answer for '%s' is at %s: when it is down, every "
		    "request for '%s' fails; add a fallback of the same tier at another provider",
		    group->name, provider, group->name);
	else if (!is_stand_in(list, group->name))
		problems_add(list->problems, PROBLEM_NOTICE, checklist_place_of(list, group),
		    "'%s' has one deployment and no fallback: when %s is down, its requests fail; "
		    "add a second deployment of that name, or fallbacks: [{%s: [...]}]",
		    group->name, provider, group->name);
}

static void look_at_twins(const struct checklist *list, const struct group *group)
{
	if (tag_routing_applies(list->settings, group))
		return; /* each is for others */
	for (size_t i = 1; i < group->member_count; i++)
		for (size_t j = 0; j < i; j++) {
			const struct deployment *a = group->members[i].deployment,
						*b = group->members[j].deployment;
			const char *a_base = a->api_base ? a->api_base : "",
				   *b_base = b->api_base ? b->api_base : "";
			const char *a_key = a->api_key ? a->api_key : "",
				   *b_key = b->api_key ? b->api_key : "";

			if (strcmp(a->provider, b->provider) != 0 ||
			    strcmp(a->model, b->model) != 0 || strcmp(a_base, b_base) != 0 ||
			    strcmp(a_key, b_key) != 0)
				continue;
			problems_add(list->problems, PROBLEM_NOTICE, a->origin,
			    "'%s' has %s/%s twice, at the same address with the same key: the "
			    "second is no protection, and a failing provider is tried twice; "
			    "remove one",
			    group->name, a->provider, a->model);
			return;
		}
}

static int64_t window_of(const struct group *group)
{
	int64_t largest = -1;

	for (size_t i = 0; i < group->member_count; i++) {
		const struct member *member = &group->members[i];

		if (!member->priced || member->price.max_input_tokens == PRICE_UNKNOWN)
			return -1;
		if (member->price.max_input_tokens > largest)
			largest = member->price.max_input_tokens;
	}
	return largest;
}

static void look_at_windows(const struct checklist *list, const struct group *group)
{
	const struct fallback_chain *chain =
	    settings_chain(&list->settings->fallbacks, group->name);
	int64_t window = window_of(group);

	for (size_t i = 0; chain && window > 0 && i < chain->target_count; i++) {
		const struct group *target =
		    catalog_find(list->catalog, chain->targets[i].name, list->arena);
		int64_t smaller = target ? window_of(target) : -1;

		if (smaller > 0 && smaller + PASSED_ON_TOKENS < window)
			problems_add(list->problems, PROBLEM_NOTICE, chain->targets[i].origin,
			    "fallbacks: '%s' takes %lld tokens, its fallback '%s' %lld: longer "
			    "prompts have no fallback; name one with as large a window after it",
			    group->name, (long long)window, target->name, (long long)smaller);
	}
}

/* ---- how many calls ---- */

static int64_t tries_of(const struct checklist *list, const struct group *group)
{
	int64_t tries = 0;

	for (size_t i = 0; i < group->member_count; i++) {
		int64_t retries = group->members[i].deployment->num_retries;

		tries += 1 + (retries == SETTING_UNSET ? list->settings->num_retries : retries);
	}
	return tries;
}

/* Retries times deployments times chain: what one request can cause, and what an outage does to a
 * provider. */
static void look_at_calls(const struct checklist *list, const struct group *group)
{
	const struct fallback_chain *chain =
	    settings_chain(&list->settings->fallbacks, group->name);
	int64_t calls = tries_of(list, group);

	for (size_t i = 0; chain && i < chain->target_count; i++) {
		const struct group *target =
		    catalog_find(list->catalog, chain->targets[i].name, list->arena);

		calls += target ? tries_of(list, target) : 0;
	}
	if (calls > list->settings->max_attempts)
		calls = list->settings->max_attempts;
	if (calls > MANY_CALLS)
		problems_add(list->problems, PROBLEM_WARNING, checklist_place_of(list, group),
		    "one request for '%s' can cause %lld calls (retries, deployments and fallbacks "
		    "together), and each may be billed; lower num_retries or "
		    "sideways_settings.max_attempts",
		    group->name, (long long)calls);
}

/* The last ones of a long chain are never asked. */
static void look_at_candidates(const struct checklist *list, const struct group *group)
{
	const struct fallback_chain *chain =
	    settings_chain(&list->settings->fallbacks, group->name);
	int64_t candidates = (int64_t)group->member_count;

	for (size_t i = 0; chain && i < chain->target_count; i++) {
		const struct group *target =
		    catalog_find(list->catalog, chain->targets[i].name, list->arena);

		candidates += target ? (int64_t)target->member_count : 0;
	}
	if (candidates > list->settings->max_attempts)
		problems_add(list->problems, PROBLEM_WARNING, checklist_place_of(list, group),
		    "'%s' has %lld candidates with its fallbacks, and a request makes at most %lld "
		    "calls: on a bad day the last ones are never tried; raise "
		    "sideways_settings.max_attempts",
		    group->name, (long long)candidates, (long long)list->settings->max_attempts);
}

static void look_at_retries(const struct checklist *list)
{
	if (list->settings->num_retries > MANY_RETRIES)
		problems_add(list->problems, PROBLEM_WARNING, PLACE(list, num_retries),
		    "num_retries: %lld: a failing provider is asked %lld times for each request, "
		    "which keeps it failing and makes clients wait; 2 is plenty, the breaker and "
		    "fallbacks do the rest",
		    (long long)list->settings->num_retries,
		    (long long)list->settings->num_retries + 1);
	if (list->settings->disable_cooldowns)
		problems_add(list->problems, PROBLEM_WARNING, PLACE(list, disable_cooldowns),
		    "disable_cooldowns: true: a provider that is down is asked again by every "
		    "request, and each waits for it; leave it out");
}

/* ---- streams and time ---- */

static void look_at_times(const struct checklist *list)
{
	const struct settings *s = list->settings;

	if (s->request_timeout_ms < SHORT_ANSWER_MS)
		problems_add(list->problems, PROBLEM_WARNING, PLACE(list, request_timeout_ms),
		    "request_timeout: answers that take longer than %lld s are cut, and paid for; "
		    "reasoning models take minutes, 600 is usual",
		    (long long)(s->request_timeout_ms / SECOND_MS));
	if (s->stream_timeout_ms != SETTING_UNSET && s->stream_timeout_ms < SHORT_ANSWER_MS)
		problems_add(list->problems, PROBLEM_WARNING, PLACE(list, stream_timeout_ms),
		    "stream_timeout: streams that need longer than %lld s to begin are cut, and "
		    "paid for; leave it out, or give 600",
		    (long long)(s->stream_timeout_ms / SECOND_MS));
	if (s->idle_timeout_ms < SHORT_ANSWER_MS)
		problems_add(list->problems, PROBLEM_WARNING, PLACE(list, idle_timeout_ms),
		    "idle_timeout: a model that thinks for %lld s without a word is cut, and paid "
		    "for; 120 is usual",
		    (long long)(s->idle_timeout_ms / SECOND_MS));
	if (s->keep_alive_ms >= SERVER_CUTS_MS)
		problems_add(list->problems, PROBLEM_WARNING, PLACE(list, keep_alive_ms),
		    "keep_alive_seconds: web servers and proxies cut a stream that is silent for "
		    "60 s; give 15");
	if (s->budget_wait_ms >= s->keep_alive_ms)
		problems_add(list->problems, PROBLEM_WARNING, PLACE(list, budget_wait_ms),
		    "budget_wait: nothing can be sent to a client while it waits, so it ends "
		    "before keep_alive_seconds (%lld s) in any case; give less",
		    (long long)(s->keep_alive_ms / SECOND_MS));
}

static void look_at_own_times(const struct checklist *list, const struct group *group)
{
	for (size_t i = 0; i < group->member_count; i++) {
		const struct deployment *d = group->members[i].deployment;

		if (d->timeout_ms != SETTING_UNSET &&
		    d->timeout_ms > list->settings->request_timeout_ms)
			problems_add(list->problems, PROBLEM_NOTICE, d->origin,
			    "timeout of '%s' is longer than request_timeout, which ends the "
			    "request before: it has no effect",
			    group->name);
		else if (d->timeout_ms != SETTING_UNSET && d->timeout_ms < SHORT_ANSWER_MS)
			problems_add(list->problems, PROBLEM_NOTICE, d->origin,
			    "timeout of '%s': answers that take longer than %lld s are cut, and "
			    "may be paid for",
			    group->name, (long long)(d->timeout_ms / SECOND_MS));
	}
}

/* ---- money ---- */

static void look_at_budget(const struct checklist *list)
{
	const struct settings *s = list->settings;

	if (s->max_budget_nano > 0 && (!s->budget_duration || !*s->budget_duration))
		problems_add(list->problems, PROBLEM_NOTICE, PLACE(list, max_budget_nano),
		    "max_budget without budget_duration never begins anew: once %s is spent, every "
		    "request is refused until someone raises it; with budget_duration: 1d it "
		    "begins anew each day",
		    number_dollars(s->max_budget_nano).text);
}

static bool only_demo(const struct checklist *list)
{
	for (size_t i = 0; i < catalog_group_count(list->catalog); i++) {
		const struct group *group = catalog_group_at(list->catalog, i);

		for (size_t j = 0; j < group->member_count; j++)
			if (!is_demo(&group->members[j]))
				return false;
	}
	return true;
}

static void look_at_caps(const struct checklist *list)
{
	struct day_cost day;

	check_days_make(list->catalog, CHECK_DAY, list->arena, &day);
	if (!day.bounded && !only_demo(list))
		problems_add(list->problems, PROBLEM_WARNING, list->file,
		    "nothing caps what this file may spend: add max_budget: 10 and "
		    "budget_duration: 1d under litellm_settings, or a max_budget for each "
		    "deployment");
}

static void look_at_prices_date(const struct checklist *list)
{
	const char *date = price_table_date(catalog_prices(list->catalog));
	int64_t days = price_age_days(date, list->now_ms);

	if (days > PRICE_STALE_DAYS)
		problems_add(list->problems, PROBLEM_WARNING, list->file,
		    "the price table dates from %s and is %lld days old: what providers have "
		    "changed since is charged wrongly; `sideways prices update` says what has "
		    "changed, or update the program",
		    date, (long long)days);
}

static void look_at_log(const struct checklist *list)
{
	if (list->settings->log_retention_ms == 0)
		problems_add(list->problems, PROBLEM_NOTICE, PLACE(list, log_retention_ms),
		    "log_retention: 0 keeps every request for ever: the database grows by about 1 "
		    "KB a request until the disk is full, and then every request is refused");
}

static void look_at_record(const struct checklist *list)
{
	if (list->settings->record && strcmp(list->settings->record, "shared") == 0 &&
	    !list->settings->bank)
		problems_add(list->problems, PROBLEM_WARNING, PLACE(list, record),
		    "record: shared does nothing without a bank: single requests go through the "
		    "PostgreSQL that sideways_settings.bank names");
}

/* ---- who may ---- */

static void look_at_file(const struct checklist *list)
{
	struct stat seen;

	if (stat(list->settings->file, &seen) != 0)
		return;
	if (seen.st_mode & S_IWGRP) /* one that anyone may change is refused before */
		problems_add(list->problems, PROBLEM_WARNING, list->file,
		    "others on this machine can change this file (mode %03o), and with it budgets "
		    "and addresses: chmod go-w %s",
		    (unsigned)seen.st_mode & 0777, list->settings->file);
}

static void look_at_master_key(const struct checklist *list)
{
	const char *key = list->settings->master_key;

	if (key && *key && (strlen(key) < 16 || strcmp(key, "sk-1234567890abcdef") == 0))
		problems_add(list->problems, PROBLEM_WARNING, PLACE(list, master_key),
		    "master_key is short enough to guess: whoever finds it may use every model "
		    "without a key's budget and manage all keys; take 32 random characters "
		    "(openssl rand -hex 16)");
}

static void look_at_metrics(const struct checklist *list)
{
	for (size_t i = 0; i < list->settings->metrics_allow_count; i++) {
		const char *network = list->settings->metrics_allow[i];
		size_t len = strlen(network);

		if (len > 2 && strcmp(network + len - 2, "/0") == 0)
			problems_add(list->problems, PROBLEM_WARNING,
			    list->settings->metrics_allow_origins[i],
			    "metrics.allow: %s lets everyone read spend, models and key names; "
			    "name the scraper's address, or use metrics.key",
			    network);
	}
}

static void look_at_cache(const struct checklist *list)
{
	const struct cache_settings *cache = &list->settings->cache;

	if (cache->enabled && cache->shared)
		problems_add(list->problems, PROBLEM_NOTICE, PLACE(list, cache.shared),
		    "cache_params.shared: one key's answers reach other keys that ask the same, "
		    "and with them what was asked");
	if (cache->enabled && !cache->only_repeatable && !cache->on_demand)
		problems_add(list->problems, PROBLEM_NOTICE, PLACE(list, cache.only_repeatable),
		    "cache_params.only_repeatable: false answers creative requests, too, with the "
		    "same words each time");
}

static void look_at_demo(const struct checklist *list)
{
	const struct settings *s = list->settings;
	const struct deployment *demo = NULL;
	bool real = false;

	for (size_t i = 0; i < s->deployment_count; i++)
		if (strcmp(s->deployments[i].provider, "mock") == 0)
			demo = &s->deployments[i];
		else
			real = true;
	if (demo && real)
		problems_add(list->problems, PROBLEM_NOTICE, demo->origin,
		    "'%s' is the demonstration provider, beside real ones: its answers are made "
		    "up; remove it before real users arrive",
		    demo->group);
}

/* ---- models that end ---- */

/* The day as a price_file, config/models.tsv or the price table has it; "": none is known. */
static const char *checklist_end_of(const struct checklist *list, const struct member *member)
{
	const char *priced = member->price.retires;

	if (!member->traits.retires.len || (list->settings->price_file && *priced))
		return priced;
	return arena_copy_slice(list->arena, member->traits.retires);
}

static void look_at_end(const struct checklist *list, const struct member *member)
{
	const char *date = checklist_end_of(list, member);
	int64_t end = price_day(date), left = end - list->now_ms / SECOND_MS / 86400;
	struct origin at = member->deployment->model_origin;

	if (end < 0 || left > ENDING_DAYS)
		return;
	if (member->changes && !strchr(member->price.goes_on_as, '@'))
		problems_add(list->problems, PROBLEM_NOTICE, at,
		    "model '%s/%s': from %s on, its calls are answered by %s, at that model's "
		    "price",
		    member->deployment->provider, member->model, date, member->price.goes_on_as);
	else if (left <= 0)
		problems_add(list->problems, PROBLEM_WARNING, at,
		    "model '%s/%s' was retired on %s: the provider refuses it, or answers with "
		    "another at its price; name its successor",
		    member->deployment->provider, member->model, date);
	else
		problems_add(list->problems, PROBLEM_NOTICE, at,
		    "model '%s/%s' retires on %s, in %lld day%s; name its successor before",
		    member->deployment->provider, member->model, date, (long long)left,
		    left == 1 ? "" : "s");
}

static void look_at_ends(const struct checklist *list, const struct group *group)
{
	for (size_t i = 0; i < group->member_count; i++)
		if (group->members[i].provider && !strchr(group->members[i].model, '*'))
			look_at_end(list, &group->members[i]);
}

/* What is misspelt would make a model that draws one that talks. */
static void look_at_mode(const struct checklist *list, const struct member *member)
{
	/* Those of LiteLLM's price list and of its checks of health (read 2026-11-30). */
	static const char *const modes[] = { "chat", "completion", "responses", "embedding",
		"image_generation", "image_edit", "audio_speech", "audio_transcription", "rerank",
		"moderation", "search", "batch", "realtime", "ocr", "vector_store",
		"video_generation" };
	const size_t count = sizeof modes / sizeof modes[0];
	const struct deployment *deployment = member->deployment;
	const char *nearest;

	for (size_t i = 0; i < count; i++)
		if (!deployment->mode || deployment->methods ||
		    strcmp(modes[i], deployment->mode) == 0)
			return;
	nearest = settings_nearest(deployment->mode, modes, count);
	problems_add(list->problems, PROBLEM_WARNING, deployment->model_origin,
	    "model '%s/%s': model_info.mode '%.40s' is not known, so it counts as chat%s%s%s",
	    deployment->provider, member->model, deployment->mode, nearest ? " (nearest: " : "",
	    nearest ? nearest : "", nearest ? ")" : "");
}

static void look_at_modes(const struct checklist *list, const struct group *group)
{
	for (size_t i = 0; i < group->member_count; i++)
		look_at_mode(list, &group->members[i]);
}

/* What is allowed in vain: requests that name it are refused. */
static void look_at_tools(const struct checklist *list, const struct group *group)
{
	struct tool_row tool;

	for (size_t i = 0; i < group->member_count; i++)
		for (int id = 0; id < SERVER_TOOL_COUNT; id++)
			if (check_tool(&group->members[i], id, &tool) && tool.fault)
				problems_add(list->problems, PROBLEM_WARNING,
				    group->members[i].deployment->model_origin,
				    "model '%s/%s': server_tools.%s has no effect; %s",
				    group->members[i].deployment->provider, group->members[i].model,
				    tool.name, tool.fault);
}

/* ---- the list ---- */

static void (*const about_groups[])(const struct checklist *list, const struct group *group) = {
	look_at_stand_ins,
	look_at_twins,
	look_at_windows,
	look_at_calls,
	look_at_candidates,
	look_at_own_times,
	look_at_ends,
	look_at_modes,
	look_at_tools,
};

static void (*const about_all[])(const struct checklist *list) = {
	look_at_retries,
	look_at_times,
	look_at_budget,
	look_at_caps,
	look_at_prices_date,
	look_at_log,
	look_at_record,
	look_at_file,
	look_at_master_key,
	look_at_metrics,
	look_at_cache,
	look_at_demo,
};

void checklist_add(const struct catalog *catalog, int64_t now_ms, struct problems *problems)
{
	AUTO_ARENA struct arena arena = { 0 };
	struct checklist list = {
		.catalog = catalog,
		.settings = catalog_settings(catalog),
		.problems = problems,
		.arena = &arena,
		.now_ms = now_ms,
	};

	fallback_check(catalog, problems);
	list.file = (struct origin){ .file = list.settings->file };
	for (size_t g = 0; g < catalog_group_count(catalog); g++) {
		const struct group *group = catalog_group_at(catalog, g);

		if (group->member_count == 0)
			continue;
		for (size_t i = 0; i < sizeof about_groups / sizeof about_groups[0]; i++)
			about_groups[i](&list, group);
		checklist_prices(catalog, group, now_ms, problems);
	}
	for (size_t i = 0; i < sizeof about_all / sizeof about_all[0]; i++)
		about_all[i](&list);
}
