/*
 * Prices and wildcards.  See the header.
 */
#include "views/checklist_prices.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/number.h"
#include "relay/billed_price.h"
#include "relay/tag_routing.h"
#include "views/check_report.h"

#include "base/banned.h"

#define NANO_PER_MILLION_TOKENS INT64_C(1000) /* for one pico-dollar a token */

static struct number_text per_million(int64_t pico)
{
	return number_dollars(pico * NANO_PER_MILLION_TOKENS);
}

/* The price that holds when the file says nothing; unknown: false. */
static bool table_price(
    const struct catalog *catalog, const struct member *member, struct price *out)
{
	struct deployment bare = *member->deployment;

	bare.prices.input_pico = bare.prices.output_pico = SETTING_UNSET;
	bare.prices.cache_read_pico = bare.prices.cache_write_pico = SETTING_UNSET;
	bare.prices.cache_write_1h_pico = bare.prices.reasoning_pico = SETTING_UNSET;
	bare.prices.audio_input_pico = bare.prices.audio_output_pico = SETTING_UNSET;
	bare.prices.image_input_pico = bare.prices.image_output_pico = SETTING_UNSET;
	bare.prices.long_from_tokens = bare.prices.long_input_pico = SETTING_UNSET;
	bare.prices.long_output_pico = bare.prices.long_cache_read_pico = SETTING_UNSET;
	bare.prices.per_request_nano = SETTING_UNSET;
	bare.prices.off_input_pico = bare.prices.off_output_pico = SETTING_UNSET;
	bare.prices.off_cache_read_pico = SETTING_UNSET;
	bare.prices.off_peak_hours = NULL;
	return billed_price(catalog_prices(catalog), &bare, member->model, out);
}

static bool is_far(int64_t given, int64_t known)
{
	return given != SETTING_UNSET && known > 0 && (given > known * 2 || given * 2 < known);
}

static void compare_price(const struct deployment *d, const char *what, int64_t given,
    int64_t known, const char *as_of, struct problems *problems)
{
	if (is_far(given, known))
		problems_add(problems, PROBLEM_WARNING, d->origin,
		    "%s of '%s' is %s a million tokens, and %s/%s costs %s as of %s: budgets would "
		    "%s; correct it, or leave it out",
		    what, d->group, per_million(given).text, d->provider, d->model,
		    per_million(known).text, as_of,
		    given < known ? "let through more than they say"
				  : "refuse long before they are used up");
}

/* Where both are given.  price_overlay takes the dearer for all hours. */
static void look_at_hours(const struct deployment *d, struct problems *problems)
{
	const struct {
		const char *name;
		int64_t usual, off;
	} rows[] = { { "input_cost_per_token", d->prices.input_pico, d->prices.off_input_pico },
		{ "output_cost_per_token", d->prices.output_pico, d->prices.off_output_pico },
		{ "cache_read_input_token_cost", d->prices.cache_read_pico,
		    d->prices.off_cache_read_pico } };

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		if (rows[i].usual != SETTING_UNSET && rows[i].off > rows[i].usual)
			problems_add(problems, PROBLEM_WARNING, d->origin,
			    "off_peak_pricing.%s of '%s' is above its price at other hours, so it "
			    "counts at all hours; give the dearer one as %s, and windows of the "
			    "cheaper one",
			    rows[i].name, d->group, rows[i].name);
}

static void look_at_given(
    const struct catalog *catalog, const struct member *member, struct problems *problems)
{
	const struct deployment *d = member->deployment;
	struct price known;

	look_at_hours(d, problems);
	if (strcmp(d->provider, "mock") == 0 || d->api_base || d->prices.input_pico == 0 ||
	    !table_price(catalog, member, &known))
		return;
	compare_price(d, "input_cost_per_token", d->prices.input_pico, known.input_pico,
	    known.as_of, problems);
	compare_price(d, "output_cost_per_token", d->prices.output_pico, known.output_pico,
	    known.as_of, problems);
}

static bool day_is_bounded(const struct catalog *catalog)
{
	AUTO_ARENA struct arena arena = { 0 };
	struct day_cost day;

	check_days_make(catalog, CHECK_DAY, &arena, &day);
	return day.bounded;
}

/* What a wildcard may cost is what its dearest model costs, as long as nothing else caps it. */
static void look_at_wildcard(
    const struct catalog *catalog, const struct member *member, struct problems *problems)
{
	const struct deployment *d = member->deployment;
	const char *star = strchr(d->model, '*');
	struct price price;
	const char *dearest;

	if (!star || d->max_budget_nano != SETTING_UNSET || day_is_bounded(catalog))
		return;
	dearest = price_table_dearest(
	    catalog_prices(catalog), d->provider, d->model, (size_t)(star - d->model), &price);
	if (!dearest)
		return;
	problems_add(problems, PROBLEM_WARNING, d->origin,
	    "'%s' lets in every model of %s, even %s at %s a million output tokens, and no budget "
	    "caps it; name the models that are meant, or give max_budget",
	    d->group, d->provider, dearest, per_million(price.output_pico).text);
}

#define CHANGE_DAYS 60 /* a change is told so long before */

/* What goes on as another model is told with its end. */
static void look_at_changes(const struct member *member, int64_t now_ms, struct problems *problems)
{
	const struct price *now = &member->price;

	for (size_t i = 0; i < member->changes; now = &member->after[i++]) {
		int64_t days = (now->changes_ms - now_ms) / 86400000;

		if (!strchr(now->goes_on_as, '@') || days > CHANGE_DAYS ||
		    now->changes_ms <= now_ms)
			continue;
		problems_add(problems, PROBLEM_NOTICE, member->deployment->model_origin,
		    "model '%s/%s': from %.10s on it costs %s / %s a million tokens (input / "
		    "output), before that %s / %s",
		    member->deployment->provider, member->model, clock_iso(now->changes_ms).text,
		    per_million(member->after[i].input_pico).text,
		    per_million(member->after[i].output_pico).text,
		    per_million(now->input_pico).text, per_million(now->output_pico).text);
	}
}

/* ---- members of one group at different prices ---- */

#define FAR_TIMES 3 /* dearer than the cheapest by more than this is worth a word */

/* How much of the traffic a member draws (relay/plan.c: by weight if any has one, else rpm, else
 * tpm, else all alike). */
static int64_t share_of(const struct deployment *d, int kind)
{
	const int64_t fields[] = { d->weight, d->rpm, d->tpm };

	return kind < 0 ? 1 : fields[kind] > 0 ? fields[kind] : 0;
}

static int share_kind(const struct group *group)
{
	for (int kind = 0; kind < 3; kind++)
		for (size_t i = 0; i < group->member_count; i++)
			if (share_of(group->members[i].deployment, kind) > 0)
				return kind;
	return -1;
}

static const struct member *cheapest_of(const struct group *group)
{
	const struct member *cheapest = NULL;

	for (size_t i = 0; i < group->member_count; i++) {
		const struct member *member = &group->members[i];

		if (group_begins_with(group, member) &&
		    (!cheapest || tier_blended_pico(member_price(member)) <
				      tier_blended_pico(member_price(cheapest))))
			cheapest = member;
	}
	return cheapest;
}

static void look_at_spread(const struct group *group, struct problems *problems)
{
	const struct member *cheapest = cheapest_of(group), *dearest = cheapest;
	int64_t base, all = 0, dear = 0, times;
	int kind;

	if (!cheapest)
		return;
	base = tier_blended_pico(member_price(cheapest));
	kind = share_kind(group);
	for (size_t i = 0; i < group->member_count; i++) {
		const struct member *member = &group->members[i];
		int64_t blended = member->priced ? tier_blended_pico(member_price(member)) : 0;

		if (!group_begins_with(group, member))
			continue;
		all += share_of(member->deployment, kind);
		if (blended / FAR_TIMES <= base)
			continue;
		dear += share_of(member->deployment, kind);
		if (blended > tier_blended_pico(&dearest->price))
			dearest = member;
	}
	if (base <= 0 || dear <= 0 || all <= 0)
		return;
	times = tier_blended_pico(&dearest->price) * 10 / base;
	problems_add(problems, PROBLEM_WARNING, dearest->deployment->origin,
	    "'%s': %lld of 100 requests go to members that cost up to %lld.%lld times as much as "
	    "%s/%s (%s/%s); give them a group of their own, or an `order` behind the others",
	    group->name, (long long)(dear * 100 / all), (long long)(times / 10),
	    (long long)(times % 10), cheapest->deployment->provider, cheapest->model,
	    dearest->deployment->provider, dearest->model);
}

void checklist_prices(const struct catalog *catalog, const struct group *group, int64_t now_ms,
    struct problems *problems)
{
	if (!tag_routing_applies(catalog_settings(catalog), group))
		look_at_spread(group, problems);
	for (size_t i = 0; i < group->member_count; i++) {
		look_at_given(catalog, &group->members[i], problems);
		look_at_wildcard(catalog, &group->members[i], problems);
		look_at_changes(&group->members[i], now_ms, problems);
	}
}
