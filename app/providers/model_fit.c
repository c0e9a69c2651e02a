/*
 * What one model takes.  See the header.
 */
#include "providers/model_fit.h"

#include "providers/anthropic_content.h"

#include "base/banned.h"

struct fitting {
	struct chat_conversation *to;
	const struct provider *provider;
	const struct model_traits *traits;
	enum wire_format_id format;
	const char *names; /* of what was left out */
	struct arena *arena;
};

static void leave_out(struct fitting *fit, const char *name)
{
	fit->names = fit->names ? arena_printf(fit->arena, "%s, %s", fit->names, name) : name;
}

bool model_is_openai(const struct provider *provider)
{
	return text_is_one_of(provider->name, "openai azure");
}

bool model_adapts(const struct model_traits *traits)
{
	return !traits->by_budget && traits->efforts != 0;
}

/* ---- thinking ---- */

static bool is_told_to_think(const struct chat_conversation *c)
{
	return c->effort > EFFORT_NONE || (c->effort == EFFORT_UNSET && c->thinking_budget > 0);
}

static bool is_told_not_to(const struct chat_conversation *c)
{
	return c->effort == EFFORT_NONE || (c->effort == EFFORT_UNSET && c->thinking_budget == 0);
}

static bool thinks(const struct chat_conversation *c, const struct model_traits *traits)
{
	if (traits->thinks == MODEL_THINKS_ALWAYS)
		return true;
	return is_told_to_think(c) || (traits->thinks == MODEL_THINKS_YES && !is_told_not_to(c));
}

static bool can_be_off(const struct model_traits *traits)
{
	return traits->thinks == MODEL_THINKS_NO || traits->off == OFF_EFFORT_NONE ||
	       traits->off == OFF_TYPE_DISABLED || traits->off == OFF_ENABLE_THINKING ||
	       traits->off == OFF_NO_BUDGET;
}

/* A budget in tokens as a level, where the format has levels (wire formats differ in what is much).
 */
static enum chat_effort level_of_budget(int64_t budget, enum wire_format_id format)
{
	static const struct {
		int64_t minimal, low, medium; /* below this */
	} rows[] = {
		[WIRE_OPENAI_CHAT] = { 2000, 5000, 10000 },
		[WIRE_ANTHROPIC] = { 0, 5000, 16000 },
		[WIRE_GEMINI] = { 1024, 8192, 24576 },
		[WIRE_RESPONSES] = { 2000, 5000, 10000 },
		[WIRE_CONVERSE] = { 0, 5000, 16000 },
	};

	return budget < rows[format].minimal  ? EFFORT_MINIMAL
	       : budget < rows[format].low    ? EFFORT_LOW
	       : budget < rows[format].medium ? EFFORT_MEDIUM
					      : EFFORT_HIGH;
}

/* The word that switches thinking off, or the least that the model can be told. */
static enum chat_effort level_of_none(const struct fitting *fit)
{
	const struct model_traits *traits = fit->traits;

	switch (traits->off) {
	case OFF_EFFORT_NONE:
		return EFFORT_NONE;
	case OFF_CANNOT:
		return effort_nearest(EFFORT_NONE, traits->efforts);
	case OFF_UNKNOWN:
		if (traits->efforts_known || fit->to->effort == EFFORT_UNSET ||
		    traits->thinks == MODEL_THINKS_NO)
			return traits->efforts & 1U << EFFORT_NONE ? EFFORT_NONE : EFFORT_UNSET;
		return EFFORT_NONE;
	default:
		return EFFORT_UNSET; /* it has a word of its own */
	}
}

static void stop_thinking(struct fitting *fit)
{
	fit->to->effort = level_of_none(fit);
	fit->to->thinking_budget = 0;
	fit->to->thinking_off = true;
}

/* The tool is the only one that is told, where the tools are written anew; a body that is passed on
 * keeps them all, which is said. */
static void require_one(struct fitting *fit)
{
	struct chat_conversation *to = fit->to;

	to->tool_choice = TOOLS_REQUIRED;
	to->allowed = arena_alloc(fit->arena, sizeof *to->allowed);
	to->allowed[0] = to->tool_name;
	to->allowed_count = 1;
	if (to->tool_count == 0)
		leave_out(fit, "the name in tool_choice");
}

/* A forced call wins over thinking, where the model takes only one of them. */
static void fit_forced_call(struct fitting *fit)
{
	struct chat_conversation *to = fit->to;
	bool forced = to->tool_choice == TOOLS_REQUIRED || to->tool_choice == TOOLS_NAMED;

	if (!forced || !thinks(to, fit->traits))
		return;
	if (fit->traits->forced_choice == FORCED_REQUIRED && to->tool_choice == TOOLS_NAMED)
		require_one(fit);
	if (fit->traits->forced_choice != FORCED_NO)
		return;
	if (can_be_off(fit->traits)) {
		to->effort = EFFORT_UNSET;
		to->thinking_budget = 0;
		return;
	}
	to->tool_choice = TOOLS_AUTO;
	leave_out(fit, "tool_choice");
}

static void fit_level(struct fitting *fit)
{
	struct chat_conversation *to = fit->to;
	const struct model_traits *traits = fit->traits;
	bool by_budget = traits->by_budget && fit->format != WIRE_OPENAI_CHAT;
	bool knows_none =
	    fit->format == WIRE_ANTHROPIC && !traits->by_budget && !model_adapts(traits);

	if (by_budget)
		return; /* the composer makes a budget of the level */
	if (knows_none) {
		to->effort = EFFORT_UNSET;
		to->thinking_budget = -1;
		leave_out(fit, "reasoning");
		return;
	}
	if (to->effort == EFFORT_UNSET)
		to->effort = level_of_budget(to->thinking_budget, fit->format);
	to->effort = traits->by_budget && !traits->efforts_known
			 ? EFFORT_UNSET
			 : model_effort(traits, to->effort, fit->format == WIRE_RESPONSES);
	if (to->effort != EFFORT_UNSET)
		return;
	to->thinking_budget = -1;
	leave_out(fit, "reasoning");
}

static void fit_thinking(struct fitting *fit)
{
	struct chat_conversation *to = fit->to;

	if (is_told_to_think(to) && model_cannot_think_now(to, fit->provider, fit->traits)) {
		to->effort = EFFORT_UNSET;
		to->thinking_budget = -1;
		leave_out(fit, "reasoning");
	}
	fit_forced_call(fit);
	if (is_told_not_to(to))
		stop_thinking(fit);
	else if (is_told_to_think(to))
		fit_level(fit);
}

static bool has_signed_reasoning(const struct chat_turn *turn)
{
	for (size_t i = 0; i < turn->part_count; i++)
		if (turn->parts[i].kind == PART_REASONING &&
		    turn->parts[i].signed_by == WIRE_ANTHROPIC && turn->parts[i].signature.len > 0)
			return true;
	return false;
}

/* Does the conversation end with results of calls whose turn has no thinking that Anthropic signed?
 * To Anthropic all steps of such a loop are one turn: thinking at its begin is enough. */
static bool ends_in_unsigned_loop(const struct chat_conversation *conversation)
{
	size_t at = conversation->turn_count;
	bool any_results = false, results = true;

	while (at > 0 && results) {
		for (results = false; at > 0; at--) {
			const struct chat_turn *turn = &conversation->turns[at - 1];

			if (turn->role == CHAT_ASSISTANT)
				break;
			results = results || turn_has(turn, PART_TOOL_RESULT);
		}
		any_results = any_results || results;
		for (; results && at > 0; at--) {
			if (conversation->turns[at - 1].role != CHAT_ASSISTANT)
				break;
			if (has_signed_reasoning(&conversation->turns[at - 1]))
				return false;
		}
	}
	return any_results;
}

bool model_cannot_think_now(const struct chat_conversation *conversation,
    const struct provider *provider, const struct model_traits *traits)
{
	return provider->format->id == WIRE_ANTHROPIC && traits->by_budget &&
	       conversation->effort != EFFORT_NONE && ends_in_unsigned_loop(conversation);
}

/* ---- sampling, stop sequences, schemas ---- */

bool model_takes_no_sampling(
    const struct model_traits *traits, const struct chat_conversation *conversation)
{
	if (traits->sampling == SAMPLING_IF_NONE)
		return thinks(conversation, traits);
	return traits->sampling == SAMPLING_NO || traits->sampling == SAMPLING_ONLY_DEFAULT;
}

static void fit_sampling(struct fitting *fit)
{
	static const struct slice none = { NULL, 0 };
	struct chat_conversation *to = fit->to;
	bool penalties = fit->traits->penalties == TRAIT_NO &&
			 (to->presence_penalty.ptr || to->frequency_penalty.ptr);

	if (penalties)
		to->presence_penalty = to->frequency_penalty = none;
	if (model_takes_no_sampling(fit->traits, to)) {
		penalties = penalties || to->temperature.ptr || to->top_p.ptr || to->top_k.ptr;
		to->temperature = to->top_p = to->top_k = none;
		if (penalties)
			leave_out(fit, "sampling parameters");
	} else if (penalties) {
		leave_out(fit, "penalties");
	}
}

static void fit_stops(struct fitting *fit)
{
	if (fit->traits->stop != TRAIT_NO || fit->to->stop_count == 0)
		return;
	fit->to->stop_count = 0;
	leave_out(fit, "stop sequences");
}

/* Models of other formats than OpenAI's have their own way (anthropic_compose.c). */
static void fit_schema(struct fitting *fit)
{
	enum model_schema takes = fit->traits->json_schema;

	fit->to->schema_in_words = fit->format == WIRE_OPENAI_CHAT &&
				   fit->to->answer == ANSWER_SCHEMA &&
				   (takes == SCHEMA_JSON_OBJECT || takes == SCHEMA_NO);
	fit->to->json_unknown = fit->to->schema_in_words && takes == SCHEMA_NO;
}

const char *model_fit(struct chat_conversation *conversation, const struct provider *provider,
    const struct model_traits *traits, enum wire_format_id format, const char *names,
    struct arena *arena)
{
	struct fitting fit = { conversation, provider, traits, format, NULL, arena };
	const char *thinking;

	fit_thinking(&fit); /* sampling depends on it */
	thinking = fit.names;
	fit.names = names;
	fit_sampling(&fit);
	fit_stops(&fit);
	fit_schema(&fit);
	if (thinking)
		leave_out(&fit, thinking);
	return fit.names;
}

const char *model_refuses(const struct chat_conversation *conversation,
    const struct provider *provider, const struct model_traits *traits, enum wire_format_id format,
    bool drop_params)
{
	if ((format == WIRE_ANTHROPIC || format == WIRE_CONVERSE) && traits->prefill == TRAIT_NO &&
	    anthropic_is_begun(conversation))
		return "begun answers: the last message must be the user's, not the assistant's";
	if (!drop_params && model_is_openai(provider) && traits->stop == TRAIT_NO &&
	    conversation->stop_count > 0)
		return "stop sequences";
	return NULL;
}
