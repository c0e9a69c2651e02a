#ifndef PRICES_THINKING_H
#define PRICES_THINKING_H

/*
 * Thinking that max_tokens does not hold in.  At DashScope max_tokens is the limit of the answer
 * and thinking_budget that of the thinking before it
 * (https://www.alibabacloud.com/help/en/model-studio/deep-thinking), and both are billed as output.
 * A client may say so at any provider, because DashScope may stand behind any api_base.
 */
#include "prices/cost.h"
#include "settings/settings.h"

/* How a deployment's model thinks, and with what budget when the client names none (0: its own):
 * fills price->thinks and price->thinking_budget.  The deployment's default parameters
 * (enable_thinking, thinking_budget) count as the model's own ways. */
void thinking_find(const struct deployment *deployment, const char *model, struct price *price);

/* The most tokens that are thought beyond the limit, in one choice. */
int64_t thinking_beyond_limit(const struct price *price, const struct bound_input *input);

#endif
