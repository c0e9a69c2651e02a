/*
 * One table: a parameter, and what a format or a model must have for it.  See the header.
 */
#include "views/view_parameters.h"

#include "base/json_build.h"
#include "providers/features.h"

#include "base/banned.h"

enum needs { NEEDS_NOTHING, NEEDS_SAMPLING, NEEDS_STOP, NEEDS_PENALTIES, NEEDS_EFFORT };

/* clang-format off */
static const struct {
	const char *name;
	enum chat_feature feature; /* 0: every format has it */
	enum needs needs;
} parameters[] = {
	{ "stream",                0,                    NEEDS_NOTHING },
	{ "stream_options",        0,                    NEEDS_NOTHING },
	{ "max_tokens",            0,                    NEEDS_NOTHING },
	{ "max_completion_tokens", 0,                    NEEDS_NOTHING },
	{ "tools",                 0,                    NEEDS_NOTHING },
	{ "tool_choice",           0,                    NEEDS_NOTHING },
	{ "functions",             0,                    NEEDS_NOTHING },
	{ "function_call",         0,                    NEEDS_NOTHING },
	{ "response_format",       0,                    NEEDS_NOTHING },
	{ "temperature",           0,                    NEEDS_SAMPLING },
	{ "top_p",                 0,                    NEEDS_SAMPLING },
	{ "top_k",                 FEATURE_TOP_K,        NEEDS_SAMPLING },
	{ "stop",                  FEATURE_STOPS,        NEEDS_STOP },
	{ "reasoning_effort",      0,                    NEEDS_EFFORT },
	{ "thinking",              0,                    NEEDS_EFFORT },
	{ "presence_penalty",      FEATURE_PENALTIES,    NEEDS_PENALTIES },
	{ "frequency_penalty",     FEATURE_PENALTIES,    NEEDS_PENALTIES },
	{ "parallel_tool_calls",   FEATURE_ONE_TOOL_CALL, NEEDS_NOTHING },
	{ "n",                     FEATURE_N,            NEEDS_NOTHING },
	{ "seed",                  FEATURE_SEED,         NEEDS_NOTHING },
	{ "logprobs",              FEATURE_LOGPROBS,     NEEDS_NOTHING },
	{ "top_logprobs",          FEATURE_LOGPROBS,     NEEDS_NOTHING },
	{ "logit_bias",            FEATURE_LOGIT_BIAS,   NEEDS_NOTHING },
	{ "user",                  FEATURE_USER,         NEEDS_NOTHING },
	{ "verbosity",             FEATURE_VERBOSITY,    NEEDS_NOTHING },
	{ "prediction",            FEATURE_PREDICTION,   NEEDS_NOTHING },
};
/* clang-format on */

static bool has_what_it_needs(const struct model_traits *traits, enum needs needs)
{
	switch (needs) {
	case NEEDS_SAMPLING:
		return traits->sampling != SAMPLING_NO;
	case NEEDS_STOP:
		return traits->stop != TRAIT_NO;
	case NEEDS_PENALTIES:
		return traits->penalties != TRAIT_NO;
	case NEEDS_EFFORT:
		return traits->thinks != MODEL_THINKS_NO;
	default:
		return true;
	}
}

json_t *view_parameters(const struct member *member)
{
	const struct provider_wish wish = { .asked = WIRE_OPENAI_CHAT, .model = member->model };
	const struct wire_format *format =
	    provider_format(member->provider, member->deployment, &member->traits, &wish);
	json_t *list = json_array();

	for (size_t i = 0; format && i < sizeof parameters / sizeof parameters[0]; i++) {
		bool own = format->id == WIRE_OPENAI_CHAT; /* goes on as it came */

		if ((own || features_says(format->id, parameters[i].feature)) &&
		    has_what_it_needs(&member->traits, parameters[i].needs) &&
		    !model_lists(&member->traits, slice_of(parameters[i].name)) &&
		    !(own && parameters[i].feature == FEATURE_TOP_K))
			json_append(list, json_string(parameters[i].name));
	}
	return list;
}
