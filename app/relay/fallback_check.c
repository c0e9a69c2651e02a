/*
 * Compares the tiers of fallback chains.  See the header.  Also used by `sideways check` to draw
 * the ladder.
 */
#include "relay/fallback_check.h"

#include "base/json_scan.h"
#include "relay/tag_routing.h"

#include "base/banned.h"

int64_t group_blended_pico(const struct group *group)
{
	int64_t dearest = -1;

	for (size_t i = 0; i < group->member_count; i++) {
		int64_t blended = group_begins_with(group, &group->members[i])
				      ? group->members[i].blended_pico
				      : -1;

		if (blended > dearest)
			dearest = blended;
	}
	return dearest;
}

static int64_t ratio_percent(int64_t from, int64_t to)
{
	return from <= 0 || to < 0 ? -1 : (int64_t)((__int128)to * 100 / from);
}

enum direction fallback_direction(
    const struct settings *settings, const struct group *asked, const struct group *target)
{
	return tier_ratio_exceeded(settings->max_price_ratio_percent, group_blended_pico(asked),
		   group_blended_pico(target))
		   ? DIRECTION_UPWARD
		   : tier_direction(asked->tier, target->tier);
}

int64_t fallback_ratio_percent(const struct group *asked, const struct group *target)
{
	return ratio_percent(group_blended_pico(asked), group_blended_pico(target));
}

/* ", 12.50 times the price", of a ratio in hundredths; "" when it is not known. */
static const char *times_the_price(int64_t percent, struct arena *arena)
{
	return percent < 0 ? ""
			   : arena_printf(arena, ", %lld.%02lld times the price",
				 (long long)(percent / 100), (long long)(percent % 100));
}

/* From what costs nothing to what costs something: that may be meant, and this line says so. */
static const char *on_purpose(const struct settings *settings, const char *name, int64_t from_pico,
    int tier, struct arena *arena)
{
	return from_pico != 0
		   ? ""
		   : arena_printf(arena, "; or, if it is meant, give '%s' model_info: {tier: %s}",
			 name, settings->tiers[tier].name);
}

static void check_ratio(const struct settings *settings, const char *list,
    const struct group *asked, const struct group *group, const struct settings_pair *target,
    struct problems *problems)
{
	int64_t most = settings->max_price_ratio_percent,
		percent = fallback_ratio_percent(asked, group);

	if (!tier_ratio_exceeded(most, group_blended_pico(asked), group_blended_pico(group)))
		return;
	problems_add(problems, PROBLEM_ERROR, target->origin,
	    "%s: '%s' to '%s' costs %lld.%02lld times as much, above max_price_ratio "
	    "(%lld.%02lld); it is never taken, so name a cheaper one or raise it",
	    list, asked->name, target->name, (long long)(percent / 100), (long long)(percent % 100),
	    (long long)(most / 100), (long long)(most % 100));
}

static void check_target(const struct catalog *catalog, const char *list, const struct group *asked,
    const struct settings_pair *target, struct arena *arena, struct problems *problems)
{
	const struct settings *settings = catalog_settings(catalog);
	const struct group *group = catalog_find(catalog, target->name, arena);

	if (!group || group->tier < 0 || asked->tier < 0)
		return;
	if (group->members[0].price.mode != asked->members[0].price.mode)
		problems_add(problems, PROBLEM_WARNING, target->origin,
		    "%s: '%s' is for %s and '%s' for %s, so it never answers in its place", list,
		    target->name, price_mode_name(group->members[0].price.mode), asked->name,
		    price_mode_name(asked->members[0].price.mode));
	if (group->tier <= asked->tier) {
		check_ratio(settings, list, asked, group, target, problems);
		return;
	}
	problems_add(problems, PROBLEM_ERROR, target->origin,
	    "%s: '%s' (%s) to '%s' (%s) goes upward%s; it is never taken, so name a model of the "
	    "same tier%s",
	    list, asked->name, settings->tiers[asked->tier].name, target->name,
	    settings->tiers[group->tier].name,
	    times_the_price(fallback_ratio_percent(asked, group), arena),
	    on_purpose(settings, asked->name, group_blended_pico(asked), group->tier, arena));
}

/* The chain is walked for the groups that it serves: "*" only for those without a chain of their
 * own. */
static void check_chain(const struct catalog *catalog, const char *list,
    const struct fallback_chains *chains, const struct fallback_chain *chain, struct arena *arena,
    struct problems *problems)
{
	for (size_t g = 0; g < catalog_group_count(catalog); g++) {
		const struct group *asked = catalog_group_at(catalog, g);

		if (settings_chain(chains, asked->name) != chain)
			continue;
		for (size_t i = 0; i < chain->target_count; i++)
			if (strcmp(chain->targets[i].name, asked->name) != 0)
				check_target(
				    catalog, list, asked, &chain->targets[i], arena, problems);
	}
}

/* ---- within a group ---- */

static int64_t cheapest_pico(const struct group *group)
{
	int64_t least = INT64_MAX;

	for (size_t i = 0; i < group->member_count; i++)
		if (group_begins_with(group, &group->members[i]) &&
		    group->members[i].blended_pico < least)
			least = group->members[i].blended_pico;
	return least;
}

static void check_member(const struct settings *settings, const struct group *group,
    const struct member *member, int cheapest, struct arena *arena, struct problems *problems)
{
	int64_t from = group_blended_pico(group);
	struct origin origin = member->deployment->origin;

	if (!member->priced)
		return;
	if (member->tier > group->tier)
		problems_add(problems, PROBLEM_ERROR, origin,
		    "model_list: '%s' goes upward to its next order, from %s to %s%s; it is never "
		    "taken, so give it a name of its own%s",
		    group->name, settings->tiers[group->tier].name,
		    settings->tiers[member->tier].name,
		    times_the_price(ratio_percent(from, member->blended_pico), arena),
		    on_purpose(settings, group->name, from, member->tier, arena));
	else if (group_begins_with(group, member) && member->tier > cheapest &&
		 !tag_routing_applies(settings, group))
		problems_add(problems, PROBLEM_WARNING, origin,
		    "model_list: '%s' has deployments of several tiers; a request whose turn is "
		    "one of %s is not moved to this one (%s) when that fails%s",
		    group->name, settings->tiers[cheapest].name, settings->tiers[member->tier].name,
		    on_purpose(settings, group->name, cheapest_pico(group), member->tier, arena));
	if (member->tier < tier_by_price(settings, &member->price))
		problems_add(problems, PROBLEM_WARNING, origin,
		    "model_info.tier: '%s' is called %s and has a price of %s; fallbacks to it "
		    "count as sideways",
		    group->name, settings->tiers[member->tier].name,
		    settings->tiers[tier_by_price(settings, &member->price)].name);
}

static void check_group(const struct settings *settings, const struct group *group,
    struct arena *arena, struct problems *problems)
{
	int cheapest = group->tier;

	for (size_t i = 0; i < group->member_count; i++)
		if (group_begins_with(group, &group->members[i]) &&
		    group->members[i].tier < cheapest)
			cheapest = group->members[i].tier;
	for (size_t i = 0; i < group->member_count; i++)
		check_member(settings, group, &group->members[i], cheapest, arena, problems);
}

void fallback_check(const struct catalog *catalog, struct problems *problems)
{
	const struct settings *settings = catalog_settings(catalog);
	const struct {
		const char *name;
		const struct fallback_chains *chains;
	} lists[] = {
		{ "fallbacks", &settings->fallbacks },
		{ "context_window_fallbacks", &settings->context_window_fallbacks },
		{ "content_policy_fallbacks", &settings->content_policy_fallbacks },
	};
	AUTO_ARENA struct arena arena = { 0 };

	for (size_t i = 0; i < catalog_group_count(catalog); i++)
		check_group(settings, catalog_group_at(catalog, i), &arena, problems);
	for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++)
		for (size_t c = 0; c < lists[i].chains->count; c++)
			check_chain(catalog, lists[i].name, lists[i].chains,
			    &lists[i].chains->items[c], &arena, problems);
}

int fallback_check_budgets(
    const struct catalog *catalog, const char *json, struct arena *arena, struct error *err)
{
	const struct settings *settings = catalog_settings(catalog);

	for (struct json_cursor item = json_cursor(slice_of(json ? json : "")); json_next(&item);) {
		const char *name = json_key_as_text(&item, arena), *after;
		const struct group *asked = name ? catalog_find(catalog, name, arena) : NULL,
				   *target;

		for (struct json_cursor list = json_cursor(item.value); json_next(&list);) {
			after = json_as_text(list.value, arena);
			target = after ? catalog_find(catalog, after, arena) : NULL;
			if (asked && target && asked->tier >= 0 && target->tier >= 0 &&
			    fallback_direction(settings, asked, target) == DIRECTION_UPWARD)
				return error_set(err, ERROR_BAD_REQUEST,
				    "budget_fallbacks: '%.80s' is dearer than '%.80s', which it "
				    "would stand in for, so it would never be called",
				    after, name);
		}
	}
	return 0;
}
