/*
 * Names of members that differ by model among those who speak OpenAI's chat format
 * (openai_format.h).
 */
#include "providers/openai_format.h"

#include "base/banned.h"

const char *openai_limit_name(const struct provider_call *call)
{
	const struct model_traits *traits = &call->traits;
	bool newer = traits->max_tokens == traits->max_completion
			 ? (call->provider->quirks & QUIRK_MAX_COMPLETION_TOKENS) != 0
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
