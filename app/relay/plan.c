/*
 * The candidates of a request, in order: the asked group's deployments (by `order`, then by
 * weight), then each target of the fallback chain as a stage of its own.  Chains are not followed
 * recursively, and no deployment stands in the plan twice.
 *
 * A candidate that cannot serve is out from the start, with the reason; the reason is recorded when
 * the plan passes it, so that the log holds what was considered and nothing else.
 */
#include "relay/run.h"

#include <strings.h>

#include "base/clock.h"
#include "base/digest.h"
#include "base/json_scan.h"
#include "relay/tag_routing.h"
#include "relay/translate.h"

#include "base/banned.h"

/* ---- why a candidate cannot serve ---- */

static bool window_too_small(const struct run *run, const struct member *member)
{
	int64_t window = member_price(member)->max_input_tokens;

	return window > 0 && run->call->request->approximate_tokens > window;
}

static bool takes_images(const struct member *member)
{
	if (member->deployment->supports_vision_set)
		return member->deployment->supports_vision;
	return member->traits.media == MEDIA_UNKNOWN || member->traits.media == MEDIA_IMAGE;
}

/* What the request needs and the model lacks. */
static const char *unfit(struct run *run, const struct member *member)
{
	const struct chat_request *request = run->call->request;
	const struct deployment *deployment = member->deployment;

	if (request->has_images && !takes_images(member))
		return "no images";
	if (request->has_tools && deployment->supports_tools_set && !deployment->supports_tools)
		return "no tools";
	if (request->format == WIRE_EMBEDDINGS &&
	    strcasecmp(member->model, run->asked->members[0].model) != 0)
		return "another model's vectors";
	return window_too_small(run, member) ? "context too long" : translate_unfit(run, member);
}

static const char *unable(struct run *run, const struct candidate *candidate)
{
	const struct member *member = candidate->member;

	if (member->fault || (member_lacks_key(member) && !run->call->gateway->transport))
		return "faulty entry";
	if (!member->priced)
		return "unpriced";
	if (candidate->direction == DIRECTION_UPWARD)
		return "upward";
	if (run->call->request->mock_testing_fallbacks && candidate->stage == 0)
		return "mock_testing_fallbacks";
	return unfit(run, member);
}

static void note_cooldown(struct run *run, const struct breaker_state *breaker)
{
	if (!run->cooldown_until_ms || breaker->open_until_ms < run->cooldown_until_ms) {
		run->cooldown_until_ms = breaker->open_until_ms;
		run->cooldown_is_rate =
		    breaker->reason && strcmp(breaker->reason, failure_name(FAILURE_RATE)) == 0;
	}
}

/* Open: out.  Its time is over: one request, the probe, goes first. */
static void ask_breaker(struct run *run, struct candidate *candidate)
{
	const struct breaker_state *breaker =
	    breaker_find(&run->breakers, candidate->member->deployment->id);

	if (!breaker || !breaker->open || run->settings->disable_cooldowns)
		return;
	if (breaker->open_until_ms > run->now_ms || breaker->probe_taken) {
		plan_put_out(run, candidate, "cooldown");
		note_cooldown(run, breaker);
	} else {
		candidate->probe = true;
	}
}

void plan_put_out(struct run *run, struct candidate *candidate, const char *why)
{
	candidate->out = true;
	if (!candidate->skip && candidate->tries == 0)
		candidate->skip = why;
	if (why && strcmp(why, "context too long") == 0)
		run->too_long = true;
}

size_t plan_not_asked(const struct run *run, const struct candidate *candidate)
{
	size_t count = 0;

	for (size_t i = 0; i < run->candidate_count; i++) {
		const struct candidate *other = &run->candidates[i];

		count += other != candidate && !other->out && other->tries == 0 &&
			 other->stage >= run->stage;
	}
	return count;
}

/* ---- order within a group ---- */

static int64_t weight_of(const struct deployment *deployment, int kind)
{
	const int64_t fields[] = { deployment->weight, deployment->rpm, deployment->tpm };

	return fields[kind] > 0 ? fields[kind] : 0;
}

/* LiteLLM's simple-shuffle: by weight if any has one, else by rpm, else by tpm, else all alike. */
static int weight_kind(const struct candidate *items, size_t count)
{
	for (int kind = 0; kind < 3; kind++)
		for (size_t i = 0; i < count; i++)
			if (weight_of(items[i].member->deployment, kind) > 0)
				return kind;
	return -1;
}

static size_t draw(const struct candidate *items, size_t count, int kind)
{
	int64_t sum = 0, at;

	for (size_t i = 0; kind >= 0 && i < count; i++)
		sum += weight_of(items[i].member->deployment, kind);
	if (sum <= 0 || sum > UINT32_MAX)
		return digest_random_below((uint32_t)count);
	at = digest_random_below((uint32_t)sum);
	for (size_t i = 0; i < count; i++) {
		at -= weight_of(items[i].member->deployment, kind);
		if (at < 0)
			return i;
	}
	return 0;
}

static void shuffle(struct candidate *items, size_t count)
{
	int kind = weight_kind(items, count);

	for (; count > 1; items++, count--) {
		size_t drawn = draw(items, count, kind);
		struct candidate first = items[0];

		items[0] = items[drawn];
		items[drawn] = first;
	}
}

static void sort_stage(struct candidate *items, size_t count)
{
	for (size_t i = 1; i < count;
	     i++) { /* insertion sort: groups are small, and it is stable */
		struct candidate moving = items[i];
		size_t at = i;

		for (; at > 0 && member_order(items[at - 1].member) > member_order(moving.member);
		     at--)
			items[at] = items[at - 1];
		items[at] = moving;
	}
	for (size_t begin = 0, end; begin < count; begin = end) {
		for (end = begin + 1; end < count && member_order(items[end].member) ==
							 member_order(items[begin].member);)
			end++;
		shuffle(items + begin, end - begin);
	}
}

/* ---- stages ---- */

static bool is_planned(const struct run *run, const struct member *member)
{
	for (size_t i = 0; i < run->candidate_count; i++)
		if (strcmp(run->candidates[i].member->deployment->id, member->deployment->id) ==
			0 &&
		    strcmp(run->candidates[i].member->model, member->model) == 0)
			return true;
	return false;
}

static struct candidate *room_for_one(struct run *run, size_t first)
{
	if (run->candidate_count == run->candidate_room) {
		size_t room = run->candidate_room ? run->candidate_room * 2 : first;
		struct candidate *grown = arena_alloc(run->arena, room * sizeof *grown);

		if (run->candidate_count)
			memcpy(grown, run->candidates, run->candidate_count * sizeof *grown);
		run->candidates = grown;
		run->candidate_room = room;
	}
	return &run->candidates[run->candidate_count++];
}

static int lowest_tier(const struct candidate *items, size_t count)
{
	int lowest = -1;

	for (size_t i = 0; i < count; i++)
		if (items[i].member->priced && (lowest < 0 || items[i].member->tier < lowest))
			lowest = items[i].member->tier;
	return lowest;
}

/*
 * What the request may cost: the tier of the group's deployment whose turn it is, by `order` and by
 * the draw, whether it can be called or not.  The others of a group of several tiers stand in for
 * it as fallbacks do, or the failure of a cheap one would move its share of the traffic upward.  A
 * tier that is not known counts as the lowest of the rest.
 */
static int drawn_tier(const struct candidate *items, size_t count)
{
	return count > 0 && items[0].member->priced ? items[0].member->tier
						    : lowest_tier(items, count);
}

/* The blended price of the first choice: of those that have one the first of its tier. */
static int64_t first_pico(const struct candidate *items, size_t count, int tier)
{
	for (size_t i = 0; i < count; i++)
		if (items[i].member->priced && items[i].member->tier == tier)
			return items[i].member->blended_pico;
	return 0;
}

static void note_first(struct run *run, const struct candidate *items, size_t count)
{
	run->tier = drawn_tier(items, count);
	run->first_pico = first_pico(items, count, run->tier);
}

/* Too many times the price of the first choice: as a dearer tier. */
static bool too_dear(const struct run *run, const struct member *member)
{
	return tier_ratio_exceeded(
	    run->settings->max_price_ratio_percent, run->first_pico, member->blended_pico);
}

static enum direction direction_of(const struct run *run, const struct candidate *candidate)
{
	const struct member *member = candidate->member;
	enum direction direction =
	    member->priced ? tier_direction(run->tier, member->tier) : DIRECTION_SIDEWAYS;

	if (member->priced && too_dear(run, member))
		return DIRECTION_UPWARD;
	return candidate->stage == 0 && direction != DIRECTION_UPWARD ? DIRECTION_OWN : direction;
}

/* Those whose tags fit, or those whose tags do not. */
static void add_members(
    struct run *run, const struct group *group, enum tag_rule rule, bool fitting)
{
	for (size_t i = 0; i < group->member_count; i++) {
		const struct member *member = &group->members[i];

		if (!is_planned(run, member) && tag_rule_takes(rule, run, member) == fitting)
			*room_for_one(run, group->member_count) = (struct candidate){
				.group = group, .member = member, .stage = run->stages
			};
	}
}

static void add_stage(struct run *run, const struct group *group)
{
	enum tag_rule rule = tag_rule_of(run, group);
	size_t begin = run->candidate_count, tagged;

	add_members(run, group, rule, true);
	tagged = run->candidate_count;
	sort_stage(run->candidates + begin, tagged - begin);
	add_members(run, group, rule, false);
	if (run->stages == 0)
		note_first(run, run->candidates + begin,
		    (tagged > begin ? tagged : run->candidate_count) - begin);
	for (size_t i = begin; i < run->candidate_count; i++) {
		struct candidate *candidate = &run->candidates[i];
		const char *why;

		candidate->direction =
		    i < tagged ? direction_of(run, candidate) : DIRECTION_SIDEWAYS;
		why = i < tagged ? unable(run, candidate) : "tags";
		if (why)
			plan_put_out(run, candidate, why);
		else
			ask_breaker(run, candidate);
	}
	run->stages++;
}

static void add_chain(struct run *run, const struct fallback_chains *chains)
{
	const struct fallback_chain *chain = settings_chain(chains, run->asked->name);

	for (size_t i = 0; chain && i < chain->target_count; i++) {
		const struct group *group =
		    catalog_find(run->call->catalog, chain->targets[i].name, run->arena);

		if (group)
			add_stage(run, group);
	}
}

static void add_fallbacks(struct run *run)
{
	const struct chat_request *request = run->call->request;

	if (request->disable_fallbacks)
		return;
	if (!request->fallbacks_given) {
		add_chain(run, &run->settings->fallbacks);
		return;
	}
	for (size_t i = 0; i < request->fallback_count; i++) {
		const struct group *group =
		    catalog_find(run->call->catalog, request->fallbacks[i], run->arena);

		if (group)
			add_stage(run, group);
	}
}

void plan_begin(struct run *run)
{
	run->chain = NEXT_GENERAL;
	add_stage(run, run->asked);
	add_fallbacks(run);
}

/* Targets of the chain that is left, so that they may stand in the next one too. */
static void drop_later_stages(struct run *run)
{
	if (run->stage >= run->stages)
		return;
	run->stages = run->stage + 1;
	while (run->candidate_count && run->candidates[run->candidate_count - 1].stage > run->stage)
		run->candidate_count--;
}

/* By the name that was asked for, or its group's. */
static struct slice budget_fallbacks_of(const struct run *run)
{
	const char *all = run->out->key.budget_fallbacks;
	struct slice map = slice_of(all ? all : ""),
		     named = json_member(map, run->call->request->model);

	return named.len ? named : json_member(map, run->asked->name);
}

/* The key's budget for the asked group is used up: what its key names comes before the chain. */
static void add_budget_fallbacks(struct run *run)
{
	drop_later_stages(run);
	for (struct json_cursor item = json_cursor(budget_fallbacks_of(run)); json_next(&item);) {
		const char *name = json_as_text(item.value, run->arena);
		const struct group *group =
		    name ? catalog_find(run->call->catalog, name, run->arena) : NULL;

		if (group && group_is_open_to(group, &run->out->key, name))
			add_stage(run, group);
	}
	add_fallbacks(run);
}

bool plan_switch(struct run *run, enum next_chain chain)
{
	size_t before;

	if (run->chain == chain)
		return true; /* already on it: go on with what is left */
	drop_later_stages(run);
	before = run->candidate_count;
	run->chain = chain;
	run->stage = run->stages;
	run->stage_calls = 0;
	if (!run->call->request->disable_fallbacks)
		add_chain(run, chain == NEXT_CONTEXT ? &run->settings->context_window_fallbacks
						     : &run->settings->content_policy_fallbacks);
	return run->candidate_count > before;
}

static void record_skips(struct run *run)
{
	for (size_t i = 0; i < run->candidate_count; i++) {
		struct candidate *candidate = &run->candidates[i];

		if (candidate->stage != run->stage || !candidate->skip || candidate->listed)
			continue;
		candidate->listed = true;
		settle_skip(run, candidate,
		    candidate->direction == DIRECTION_UPWARD ? "blocked" : "skipped",
		    candidate->skip);
	}
}

static struct candidate *least_tried(struct run *run)
{
	struct candidate *best = NULL;

	for (size_t i = 0; i < run->candidate_count; i++) {
		struct candidate *candidate = &run->candidates[i];

		if (candidate->stage == run->stage && !candidate->out &&
		    (!best || candidate->tries < best->tries))
			best = candidate;
	}
	return best;
}

static struct candidate *find_alike(const struct run *run, const struct candidate *candidate)
{
	for (size_t i = 0; i < run->candidate_count; i++) {
		struct candidate *other = &run->candidates[i];

		if (other->stage == candidate->stage && !other->out && !other->held &&
		    other != candidate && other->member->tier == candidate->member->tier)
			return other;
	}
	return NULL;
}

bool plan_has_alike(const struct run *run, const struct candidate *candidate)
{
	return find_alike(run, candidate) != NULL;
}

/* One that waits for money lets another of its tier go first, and no other: what it waits for comes
 * back in seconds. */
static struct candidate *next_of_stage(struct run *run)
{
	for (size_t i = 0; i < run->candidate_count; i++) {
		struct candidate *candidate = &run->candidates[i], *alike;

		if (candidate->stage != run->stage || candidate->out || !candidate->held)
			continue;
		alike = find_alike(run, candidate);
		return alike ? alike : candidate;
	}
	return least_tried(run);
}

void plan_leave(struct run *run, struct candidate *candidate, const char *why)
{
	candidate->out = true;
	settle_skip(run, candidate, "skipped", why);
}

/* Repeats never take an attempt that a candidate needs which was not asked yet. */
static bool takes_anothers_attempt(const struct run *run, const struct candidate *candidate)
{
	int64_t left = run->settings->max_attempts - run->out->attempts;

	return candidate->tries > 0 && left > 0 && left <= (int64_t)plan_not_asked(run, candidate);
}

struct candidate *plan_next(struct run *run)
{
	for (; run->stage < run->stages; run->stage++, run->stage_calls = 0) {
		struct candidate *candidate = next_of_stage(run);

		record_skips(run);
		for (; candidate && takes_anothers_attempt(run, candidate);
		     candidate = next_of_stage(run))
			plan_leave(run, candidate, "attempts kept for others");
		if (candidate)
			return candidate;
		if (run->stage == 0 && run->model_refused)
			add_budget_fallbacks(run);
	}
	return NULL;
}

/* ---- after a failure ---- */

static int64_t retries_of(const struct run *run, const struct candidate *candidate)
{
	if (run->call->request->num_retries >= 0)
		return run->call->request->num_retries;
	if (candidate->member->deployment->num_retries != SETTING_UNSET)
		return candidate->member->deployment->num_retries;
	return run->settings->num_retries;
}

/* May the same deployment be asked again, and after which pause? */
static bool may_try_again(const struct run *run, const struct candidate *candidate,
    const struct verdict *verdict, int64_t *out_pause_ms)
{
	int64_t told = run->failure.delay_ms;

	if (verdict->again == AGAIN_NEVER || candidate->tries > retries_of(run, candidate))
		return false;
	if (told > run->settings->retry_after_wait_ms ||
	    (told < 0 && verdict->again == AGAIN_AFTER_DELAY && candidate->tries > 1))
		return false;
	*out_pause_ms =
	    told >= 0 ? told + digest_random_below(50) : verdict_backoff_ms(candidate->tries - 1);
	return clock_mono_us() + *out_pause_ms * 1000 < run->deadline_us;
}

static void plan_after_failure(
    struct run *run, struct candidate *candidate, const struct verdict *verdict)
{
	int64_t pause_ms = 0;

	if (may_try_again(run, candidate, verdict, &pause_ms))
		candidate->not_before_us = clock_mono_us() + pause_ms * 1000;
	else
		candidate->out = true;
	if (verdict->spares_retry)
		return;
	if (++run->stage_calls <= retries_of(run, candidate))
		return;
	for (size_t i = 0; i < run->candidate_count; i++)
		if (run->candidates[i].stage == run->stage && !run->candidates[i].out)
			plan_put_out(run, &run->candidates[i], "no retries left");
}

/* The last failure is told, or the first refusal when there was nothing else. */
static void note_failure(struct run *run)
{
	if (!run->failed || run->failure.class != FAILURE_UNFIT)
		run->excuse = run->failure;
	run->failed = true;
}

bool plan_follow(struct run *run, struct candidate *candidate)
{
	const struct verdict *verdict = verdict_of(run->failure.class);

	note_failure(run);
	if (verdict->next == NEXT_NOBODY)
		return false;
	if (verdict->next != NEXT_GENERAL) {
		candidate->out = true;
		return plan_switch(run, verdict->next);
	}
	plan_after_failure(run, candidate, verdict);
	return true;
}
