/*
 * Looks through the catalog once for each part of the report.
 */
#include "views/check_report.h"

#include <stdlib.h>
#include <string.h>

#include "prices/media_price.h"
#include "relay/fallback_check.h"

#include "base/banned.h"

static int compare_rows(const void *left, const void *right)
{
	const struct ladder_row *a = left, *b = right;
	bool a_priced = a->blended_pico >= 0, b_priced = b->blended_pico >= 0;

	if (a_priced != b_priced)
		return a_priced ? -1 : 1;
	if (a_priced && a->member->tier != b->member->tier)
		return a->member->tier < b->member->tier ? -1 : 1;
	if (a->blended_pico != b->blended_pico)
		return a->blended_pico < b->blended_pico ? -1 : 1;
	return strcmp(a->group->name, b->group->name);
}

static void make_ladder(
    const struct catalog *catalog, struct arena *arena, struct check_report *out)
{
	out->ladder = arena_alloc(
	    arena, (catalog_settings(catalog)->deployment_count + 1) * sizeof *out->ladder);
	for (size_t g = 0; g < catalog_group_count(catalog); g++) {
		const struct group *group = catalog_group_at(catalog, g);
		for (size_t m = 0; m < group->member_count; m++) {
			const struct member *member = &group->members[m];
			struct ladder_row *row = &out->ladder[out->ladder_count++];
			row->group = group;
			row->member = member;
			row->by_model = strchr(member->model, '*') != NULL;
			row->blended_pico =
			    member->priced ? tier_blended_pico(member_price(member)) : -1;
		}
	}
	qsort(out->ladder, out->ladder_count, sizeof *out->ladder, compare_rows);
}

/* Images, speech and the like, as they are asked for at the dearest. */
static bool lacks_media_bound(const struct member *member)
{
	const struct price *price = member_price(member);
	const char *model =
	    member->deployment->base_model ? member->deployment->base_model : member->model;
	struct media_facts facts = { .units = 1 };
	struct bound_input input = { .choices = 1 };
	struct bound bound;

	return media_price_weigh(price, model, &facts, &input) ||
	       !bound_of(price, &input, member->tokenizer, &bound, NULL);
}

static void make_gaps(const struct catalog *catalog, struct arena *arena, struct check_report *out)
{
	bool limit_given = catalog_settings(catalog)->default_max_tokens > 0;

	out->gaps = arena_alloc(arena, (out->ladder_count + 1) * sizeof *out->gaps);
	for (size_t i = 0; i < out->ladder_count; i++) {
		const struct ladder_row *row = &out->ladder[i];
		struct gap_row gap = { .member = row->member };
		if (!row->member->priced || row->by_model)
			continue;
		/* Embeddings and the like: no output is billed, and the input is text alone. */
		if (row->member->price.output_pico == 0)
			continue;
		if (row->member->price.mode != MODE_CHAT) {
			gap.no_output = lacks_media_bound(row->member);
			if (gap.no_output)
				out->gaps[out->gap_count++] = gap;
			continue;
		}
		gap.no_window = row->member->price.max_input_tokens == PRICE_UNKNOWN;
		gap.no_output =
		    row->member->price.max_output_tokens == PRICE_UNKNOWN && !limit_given;
		/* What costs nothing needs no bound. */
		if (row->blended_pico > 0 && (gap.no_window || gap.no_output))
			out->gaps[out->gap_count++] = gap;
	}
}

static void add_fallback(const struct catalog *catalog, const char *list, const struct group *asked,
    const struct fallback_chain *chain, const struct settings_pair *target, struct arena *arena,
    struct fallback_row *out)
{
	const struct group *group = catalog_find(catalog, target->name, arena);

	*out = (struct fallback_row){ .list = list,
		.group = asked->name,
		.target = target->name,
		.is_default = strcmp(chain->group, "*") == 0,
		.known = group && group->tier >= 0 && asked->tier >= 0,
		.percent = -1 };
	if (out->known) {
		out->direction = fallback_direction(catalog_settings(catalog), asked, group);
		out->percent = fallback_ratio_percent(asked, group);
	}
}

/* Each group with the chain that serves it; out NULL counts only. */
static size_t walk_chains(const struct catalog *catalog, const char *list,
    const struct fallback_chains *chains, struct arena *arena, struct fallback_row *out)
{
	size_t count = 0;

	for (size_t g = 0; g < catalog_group_count(catalog); g++) {
		const struct group *asked = catalog_group_at(catalog, g);
		const struct fallback_chain *chain = settings_chain(chains, asked->name);
		for (size_t t = 0; chain && t < chain->target_count; t++) {
			if (strcmp(chain->targets[t].name, asked->name) == 0)
				continue;
			if (out)
				add_fallback(catalog, list, asked, chain, &chain->targets[t], arena,
				    &out[count]);
			count++;
		}
	}
	return count;
}

static size_t walk_lists(
    const struct catalog *catalog, struct arena *arena, struct fallback_row *out)
{
	const struct settings *settings = catalog_settings(catalog);
	size_t count = walk_chains(catalog, "fallbacks", &settings->fallbacks, arena, out);

	count += walk_chains(catalog, "context_window_fallbacks",
	    &settings->context_window_fallbacks, arena, out ? out + count : NULL);
	count += walk_chains(catalog, "content_policy_fallbacks",
	    &settings->content_policy_fallbacks, arena, out ? out + count : NULL);
	return count;
}

void check_report_make(const struct catalog *catalog, struct arena *arena, struct check_report *out)
{
	*out = (struct check_report){ 0 };
	make_ladder(catalog, arena, out);
	make_gaps(catalog, arena, out);
	check_tools_make(arena, out);
	out->fallback_count = walk_lists(catalog, arena, NULL);
	out->fallbacks = arena_alloc(arena, (out->fallback_count + 1) * sizeof *out->fallbacks);
	(void)walk_lists(catalog, arena, out->fallbacks); /* the same count as before */
	check_days_make(catalog, CHECK_DAY, arena, &out->day);
	check_days_make(catalog, CHECK_THREE_DAYS, arena, &out->weekend);
	check_days_make(catalog, CHECK_MONTH, arena, &out->month);
}
