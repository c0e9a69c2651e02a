/*
 * Steps in words and money.  See the header.
 */
#include "views/view_dry_run.h"

#include <string.h>

#include "base/json_build.h"
#include "base/number.h"
#include "providers/failure.h"
#include "relay/told_status.h"
#include "views/story.h"

#include "base/banned.h"

static const char *const ends[] = { "fails", "skipped", "blocked", "answers" };

static const char *view_dry_run_tier_name(
    const struct dry_states *states, const struct member *member)
{
	return member->priced ? catalog_settings(states->catalog)->tiers[member->tier].name : NULL;
}

static char *sentence(const struct dry_step *step, const char *failure, struct arena *arena)
{
	const char *cost = arena_copy(arena, number_dollars(step->cost_nano).text);

	switch (step->end) {
	case DRY_FAILS:
		return arena_printf(arena, "is assumed to fail: it %s%s", story_outcome(failure),
		    step->calls > 1 ? arena_printf(arena, ", %d times", step->calls) : "");
	case DRY_SKIPPED:
		return arena_printf(arena, "is skipped: %s", story_outcome(step->why));
	case DRY_BLOCKED:
		return arena_printf(
		    arena, "is of a dearer tier and is not taken; it would cost %s", cost);
	case DRY_ANSWERS:
		break;
	}
	return arena_printf(arena, "answers, for %s; %s is held meanwhile", cost,
	    number_dollars(step->bound_nano).text);
}

static json_t *step_json(const struct dry_states *states, const struct dry_step *step,
    const char *failure, struct arena *arena)
{
	json_t *object = json_object();

	json_set_all(object, "group deployment_id provider model tier direction end",
	    step->group->name, step->member->deployment->id, step->member->deployment->provider,
	    step->member->model, view_dry_run_tier_name(states, step->member),
	    direction_name(step->direction), ends[step->end]);
	for (int i = 0; i < 4; i++)
		json_set_bool(object, ends[i], (int)step->end == i);
	json_set_all(object, "sentence calls priced?", sentence(step, failure, arena), step->calls,
	    step->member->priced);
	if (step->bounded) {
		json_set_money(object, "bound", step->bound_nano);
	} else {
		json_set_all(object, "bound_nano bound_usd", json_null(), json_null());
	}
	json_set_money(object, "cost", step->cost_nano);
	return object;
}

/* What the model itself would have cost: its first deployment that has a price. */
static int64_t own_cost(const struct dry_run *run)
{
	for (size_t i = 0; i < run->count; i++)
		if (run->steps[i].direction == DIRECTION_OWN && run->steps[i].member->priced)
			return run->steps[i].cost_nano;
	return -1;
}

static void set_end(json_t *object, const struct dry_run *run)
{
	int64_t own = own_cost(run);

	json_set_bool(object, "answered", run->answer != NULL);
	if (own >= 0)
		json_set_money(object, "own_cost", own);
	json_set_null(object, "price_percent");
	if (run->answer && own > 0)
		json_set_int(object, "price_percent",
		    (int64_t)((__int128)run->answer->cost_nano * 100 / own));
	if (run->answer)
		return;
	json_set_all(object, "told told_status", error_info(run->told)->name,
	    told_status(WIRE_OPENAI_CHAT, run->told, 0));
}

static json_t *run_json(const struct dry_states *states, const struct dry_wish *wish,
    const struct dry_run *run, struct arena *arena)
{
	json_t *object = json_object(), *steps = json_array();

	for (size_t i = 0; i < run->count; i++)
		json_append(steps, step_json(states, &run->steps[i], wish->failure, arena));
	json_set_all(object, "model tier failure failure_words input_tokens output_tokens steps",
	    wish->model,
	    run->asked->tier >= 0 ? catalog_settings(states->catalog)->tiers[run->asked->tier].name
				  : NULL,
	    wish->failure, story_outcome(wish->failure), wish->input_tokens, wish->output_tokens,
	    steps);
	json_set(object, "answer",
	    run->answer ? json_incref(json_array_get(steps, (size_t)(run->answer - run->steps)))
			: json_null());
	set_end(object, run);
	return object;
}

json_t *view_dry_run(
    const struct dry_states *states, const struct dry_wish *wish, struct error *err)
{
	AUTO_ARENA struct arena arena = { 0 };
	struct dry_run run;

	if (dry_run(states, wish, &arena, &run, err) != 0)
		return NULL;
	return run_json(states, wish, &run, &arena);
}

static json_t *line_json(
    const struct dry_states *states, const struct group *group, const struct dry_run *run)
{
	json_t *object = json_object();
	int blocked = 0;

	for (size_t i = 0; i < run->count; i++)
		blocked += run->steps[i].end == DRY_BLOCKED;
	json_set_all(object, "model tier blocked goes_to deployment_id direction", group->name,
	    group->tier >= 0 ? catalog_settings(states->catalog)->tiers[group->tier].name : NULL,
	    blocked, run->answer ? run->answer->group->name : NULL,
	    run->answer ? run->answer->member->deployment->id : NULL,
	    run->answer ? direction_name(run->answer->direction) : NULL);
	if (run->answer)
		json_set_money(object, "cost", run->answer->cost_nano);
	set_end(object, run);
	return object;
}

json_t *view_dry_run_all(
    const struct dry_states *states, const struct dry_wish *wish, struct error *err)
{
	json_t *list = json_array();

	for (size_t i = 0; i < catalog_group_count(states->catalog); i++) {
		const struct group *group = catalog_group_at(states->catalog, i);
		struct dry_wish this_wish = *wish;
		AUTO_ARENA struct arena arena = { 0 };
		struct dry_run run;

		if (strchr(group->name, '*'))
			continue;
		this_wish.model = group->name;
		if (dry_run(states, &this_wish, &arena, &run, err) != 0) {
			json_decref(list);
			return NULL;
		}
		json_append(list, line_json(states, group, &run));
	}
	return list;
}
