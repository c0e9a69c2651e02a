/*
 * Names of members that differ by model among those who speak OpenAI's chat format
 * (openai_format.h).
 */
#include "providers/openai_format.h"

#include <string.h>

#include "base/banned.h"

/* A server of somebody else's that speaks OpenAI's format, with a model that nobody here knows: to
 * many of them max_completion_tokens is nothing, and an answer has no limit then. */
static bool is_elsewhere(const struct provider_call *call)
{
	const char *base = call->deployment->api_base;

	return base && !call->traits.known && strcmp(call->provider->name, "openai") == 0 &&
	       !strstr(base, "openai.com") && !strstr(base, "azure.com");
}

const char *openai_limit_name(const struct provider_call *call)
{
	const struct model_traits *traits = &call->traits;
	bool newer =
	    traits->max_tokens == traits->max_completion
		? (call->provider->quirks & QUIRK_MAX_COMPLETION_TOKENS) != 0 && !is_elsewhere(call)
		: traits->max_completion;

	return newer ? "max_completion_tokens" : "max_tokens";
}

const char *openai_off_word(const struct model_traits *traits, const char **out_json)
{
	*out_json = traits->off == OFF_ENABLE_THINKING ? "false" : "{\"type\":\"disabled\"}";
	return traits->off == OFF_ENABLE_THINKING ? "enable_thinking"
	       : traits->off == OFF_TYPE_DISABLED ? "thinking"
						  : NULL;
}
