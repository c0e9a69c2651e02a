/*
 * Efforts and budgets as the model's generation understands them.  See the header.
 */
#include "providers/anthropic_thinking.h"

#include "base/json_write.h"
#include "providers/anthropic_format.h"
#include "providers/model_fit.h"

#include "base/banned.h"

struct thinking {
	struct text *json;
	const struct chat_conversation *from;
	const struct model_traits *traits;
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

/* model_fit.c has made it one that the model knows. */
enum chat_effort anthropic_effort(const struct chat_conversation *from)
{
	return from->effort == EFFORT_NONE ? EFFORT_UNSET : from->effort;
}

bool anthropic_has_no_room(
    const struct chat_conversation *from, const struct model_traits *traits, int64_t limit)
{
	const struct thinking of = { NULL, from, traits, limit };
	bool wanted = from->effort > EFFORT_NONE || from->thinking_budget > 0;

	return wanted && limit > 0 && traits->by_budget && budget_of(&of) < ANTHROPIC_LEAST_BUDGET;
}

/* Only what thinks by itself has to be told not to. */
static void put_off(const struct thinking *t)
{
	if (t->traits->thinks == MODEL_THINKS_NO)
		return;
	if (t->traits->off == OFF_TYPE_DISABLED)
		json_write(t->json, "thinking:{type:'disabled'}");
	else if (t->traits->off == OFF_BETWEEN_TOOLS)
		json_write(t->json, "thinking:{type:'between_tools'}");
}

static bool put_adaptive(const struct thinking *t)
{
	if (anthropic_effort(t->from) == EFFORT_UNSET)
		return false;
	json_write(t->json, "thinking:{type:'adaptive'}");
	return true;
}

bool anthropic_thinking_put(struct text *json, const struct chat_conversation *from,
    const struct model_traits *traits, int64_t limit)
{
	const struct thinking of = { json, from, traits, limit }, *t = &of;

	if (from->thinking_off) {
		put_off(t);
		return false;
	}
	if (model_adapts(traits))
		return put_adaptive(t);
	if (!traits->by_budget || budget_of(t) < ANTHROPIC_LEAST_BUDGET)
		return false;
	json_write(t->json, "thinking:{type:'enabled', budget_tokens:%}", budget_of(t));
	return true;
}
