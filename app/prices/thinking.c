/*
 * Who thinks beyond the limit.  See the header.
 *
 * What config/models.tsv does not say of a model thinks by default: qwen3.5 and later do, as do the
 * open hybrid models.
 */
#include "prices/thinking.h"

#include <string.h>

#include "base/number.h"
#include "models/model_traits.h"

#include "base/banned.h"

/* The longest chain of thought in Alibaba's model list; models whose own maximum is larger count
 * with that. */
#define CHAIN_MOST 81920

static enum price_thinks thinks_at_dashscope(const struct deployment *deployment, const char *model)
{
	static const enum price_thinks by_default[] = { [MODEL_THINKS_UNKNOWN] = THINKS_BY_DEFAULT,
		[MODEL_THINKS_NO] = THINKS_WHEN_TOLD,
		[MODEL_THINKS_YES] = THINKS_BY_DEFAULT,
		[MODEL_THINKS_ALWAYS] = THINKS_ALWAYS };

	return by_default[model_of(deployment, model).thinks];
}

static void take_parameters(const struct settings_pairs *parameters, struct price *price)
{
	for (size_t i = 0; i < parameters->count; i++) {
		const struct settings_pair *p = &parameters->items[i];
		int64_t budget;

		if (strcmp(p->name, "enable_thinking") == 0 && price->thinks != THINKS_ALWAYS)
			price->thinks =
			    strcmp(p->value, "false") == 0 ? THINKS_WHEN_TOLD : THINKS_BY_DEFAULT;
		if (strcmp(p->name, "thinking_budget") == 0 &&
		    number_whole(slice_of(p->value), 1, INT32_MAX, &budget, NULL) == 0)
			price->thinking_budget = budget;
	}
}

void thinking_find(const struct deployment *deployment, const char *model, struct price *price)
{
	/* Their documents say that the limit holds the thinking in. */
	static const char within[] = "anthropic deepseek gemini vertex_ai";
	bool claude = strstr(model, "claude-") ||
		      (deployment->base_model && strstr(deployment->base_model, "claude-"));

	price->thinking_budget = 0;
	price->thinks = THINKS_WHEN_TOLD;
	if ((claude && strcmp(deployment->provider, "bedrock") == 0) ||
	    text_is_one_of(deployment->provider, within)) {
		price->thinks = THINKS_WITHIN_LIMIT;
		return;
	}
	if (strcmp(deployment->provider, "dashscope") == 0)
		price->thinks = thinks_at_dashscope(deployment, model);
	take_parameters(&deployment->parameters, price);
}

int64_t thinking_beyond_limit(const struct price *price, const struct bound_input *input)
{
	bool told = input->thinking == THINKING_ON ||
		    (input->thinking == THINKING_UNSAID && input->thinking_budget > 0);

	if (price->thinks == THINKS_WITHIN_LIMIT || (price->thinks == THINKS_WHEN_TOLD && !told) ||
	    (price->thinks == THINKS_BY_DEFAULT && input->thinking == THINKING_OFF))
		return 0;
	if (input->thinking_budget > 0)
		return input->thinking_budget;
	if (price->thinking_budget > 0)
		return price->thinking_budget;
	return price->max_output_tokens > CHAIN_MOST ? price->max_output_tokens : CHAIN_MOST;
}
