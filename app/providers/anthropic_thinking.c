/*
 * Efforts and budgets as the model's generation understands them.  See the header.
 */
#include "providers/anthropic_thinking.h"

#include "base/json_write.h"

#include "base/banned.h"

struct thinking {
	struct text *json;
	const struct chat_conversation *from;
	const struct anthropic_model *model;
	int64_t limit;
};

static int64_t budget_of(const struct thinking *t)
{
	static const int64_t budgets[] = { [EFFORT_UNSET] = -1,
		[EFFORT_NONE] = 0,
		[EFFORT_MINIMAL] = 1024,
		[EFFORT_LOW] = 1024,
		[EFFORT_MEDIUM] = 4096,
		[EFFORT_HIGH] = 16384,
		[EFFORT_XHIGH] = 32768,
		[EFFORT_MAX] = 32768 };
	int64_t budget = t->from->thinking_budget;

	/* The limit counts thinking, too: half of it is left for the answer. */
	if (budget >= 0)
		return budget >= t->limit ? t->limit / 2 : budget;
	budget = budgets[t->from->effort];
	return budget > t->limit / 2 ? t->limit / 2 : budget;
}

enum chat_effort anthropic_effort(
    const struct chat_conversation *from, const struct anthropic_model *model)
{
	enum chat_effort effort = from->effort;
	int64_t budget = from->thinking_budget;

	if (effort == EFFORT_UNSET && budget > 0)
		effort = budget < 5000 ? EFFORT_LOW : budget < 16000 ? EFFORT_MEDIUM : EFFORT_HIGH;
	if (effort == EFFORT_MINIMAL || effort == EFFORT_NONE)
		effort = EFFORT_LOW;
	return effort == EFFORT_XHIGH && !model->has_xhigh ? EFFORT_HIGH : effort;
}

static bool put_adaptive(const struct thinking *t)
{
	if (anthropic_effort(t->from, t->model) == EFFORT_UNSET || t->from->thinking_budget == 0 ||
	    t->from->effort == EFFORT_NONE)
		return false;
	json_pair_raw(t->json, "thinking", slice_of("{\"type\":\"adaptive\"}"));
	return true;
}

bool anthropic_thinking_put(struct text *json, const struct chat_conversation *from,
    const struct anthropic_model *model, int64_t limit)
{
	const struct thinking of = { json, from, model, limit }, *t = &of;

	if (t->model->thinks_adaptively)
		return put_adaptive(t);
	if (!t->model->thinks_by_budget || budget_of(t) < ANTHROPIC_LEAST_BUDGET ||
	    t->from->tool_choice == TOOLS_REQUIRED || t->from->tool_choice == TOOLS_NAMED)
		return false;
	json_key(t->json, "thinking");
	json_open(t->json, '{');
	json_pair_text(t->json, "type", "enabled");
	json_pair_int(t->json, "budget_tokens", budget_of(t));
	json_close(t->json, '}');
	return true;
}
