/*
 * Efforts and budgets as a model of Gemini's understands them.  See the header.
 */
#include "providers/gemini_thinking.h"

#include "base/json_write.h"

#include "base/banned.h"

/* A budget in tokens, below the limit and within the model's own. */
static int64_t budget_of(
    const struct chat_conversation *from, const struct model_traits *traits, int64_t limit)
{
	static const int64_t budgets[] = { [EFFORT_UNSET] = -1,
		[EFFORT_NONE] = 0,
		[EFFORT_MINIMAL] = 512,
		[EFFORT_LOW] = 1024,
		[EFFORT_MEDIUM] = 8192,
		[EFFORT_HIGH] = 24576,
		[EFFORT_XHIGH] = 32768,
		[EFFORT_MAX] = 32768 };
	int64_t budget = from->thinking_budget >= 0 ? from->thinking_budget : budgets[from->effort];

	/* An effort leaves half of the limit, which counts thinking too, for the answer. */
	if (from->thinking_budget < 0 && limit > 0 && budget > limit / 2)
		budget = limit / 2;
	if (traits->most_budget && budget > traits->most_budget)
		budget = traits->most_budget;
	if (budget >= 0 && budget < traits->least_budget)
		budget = traits->least_budget;
	return limit > 0 && budget >= limit ? limit - 1 : budget;
}

void gemini_put_thinking(struct text *json, const struct chat_conversation *from,
    const struct model_traits *traits, int64_t limit)
{
	bool on = !from->thinking_off && (from->effort > EFFORT_NONE || from->thinking_budget > 0);

	if (traits->by_budget ? from->effort == EFFORT_UNSET && from->thinking_budget < 0
			      : from->effort <= EFFORT_NONE)
		return;
	json_write(json, "{");
	if (traits->by_budget)
		json_write(json, "thinkingBudget:%", budget_of(from, traits, limit));
	else
		json_write(json, "thinkingLevel:%", effort_name(from->effort));
	if (on && !from->thinking_hidden)
		json_write(json, "includeThoughts:true");
	json_write(json, "}");
}
