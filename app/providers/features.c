/*
 * The table of features.  See the header.
 */
#include "providers/features.h"

#include "providers/anthropic_format.h"

#include "base/banned.h"

enum rule { PASS, DROP, REFUSE, NEVER /* content: refused, also with drop_params */ };

/* clang-format off */
static const struct feature_row {
	enum chat_feature feature;
	const char *name;
	enum rule openai, anthropic, gemini;
} rows[] = {
	{ FEATURE_N,              "n",                   PASS,   REFUSE, PASS },
	{ FEATURE_LOGPROBS,       "logprobs",            PASS,   REFUSE, REFUSE },
	{ FEATURE_LOGIT_BIAS,     "logit_bias",          DROP,   DROP,   DROP },
	{ FEATURE_SEED,           "seed",                PASS,   DROP,   PASS },
	{ FEATURE_PENALTIES,      "penalties",           PASS,   DROP,   PASS },
	{ FEATURE_TOP_K,          "top_k",               DROP,   PASS,   PASS },
	{ FEATURE_USER,           "user",                PASS,   PASS,   DROP },
	{ FEATURE_METADATA,       "metadata",            DROP,   DROP,   DROP },
	{ FEATURE_VERBOSITY,      "verbosity",           PASS,   DROP,   DROP },
	{ FEATURE_PREDICTION,     "prediction",          DROP,   DROP,   DROP },
	{ FEATURE_AUDIO_INPUT,    "audio input",         PASS,   NEVER,  PASS },
	{ FEATURE_AUDIO_OUTPUT,   "audio or image output", NEVER, NEVER, NEVER },
	{ FEATURE_DOCUMENTS,      "documents",           PASS,   PASS,   PASS },
	{ FEATURE_ONE_TOOL_CALL,  "parallel_tool_calls", PASS,   PASS,   DROP },
	{ FEATURE_SERVER_TOOLS,   "tools that run at the provider", NEVER, NEVER, NEVER },
	{ FEATURE_FILE_IDS,       "files stored at a provider", NEVER, NEVER, NEVER },
	{ FEATURE_SERVICE_TIER,   "service_tier",        DROP,   DROP,   DROP },
	{ FEATURE_SAFETY,         "safetySettings",      DROP,   DROP,   DROP },
	{ FEATURE_CACHED_CONTENT, "cachedContent",       NEVER,  NEVER,  NEVER },
	{ FEATURE_CUSTOM_TOOLS,   "custom tools",        NEVER,  NEVER,  NEVER },
	{ FEATURE_MEDIA_LINKS,    "links to media",      PASS,   PASS,   PASS },
	{ FEATURE_MANY_STOPS,     "stop sequences after the fourth", DROP, PASS, DROP },
	{ FEATURE_OTHER,          "unknown members",     DROP,   DROP,   DROP },
	{ FEATURE_VENDOR_TOOLS,   "tools or blocks of one vendor", NEVER, NEVER, NEVER },
};
/* clang-format on */

static enum rule rule_of(const struct feature_row *row, enum wire_format_id format)
{
	return format == WIRE_ANTHROPIC ? row->anthropic
	       : format == WIRE_GEMINI  ? row->gemini
					: row->openai;
}

/* The client's own word where there is one ("computer_20250124"), else the row's. */
static const char *name_of(const struct feature_row *row,
    const struct chat_conversation *conversation, struct arena *arena)
{
	if (conversation->other.len == 0 || conversation->other.len > 64 ||
	    (row->feature != FEATURE_OTHER && row->feature != FEATURE_VENDOR_TOOLS &&
		row->feature != FEATURE_SERVER_TOOLS))
		return row->name;
	return arena_copy_slice(arena, conversation->other);
}

static const char *joined(const char *names, const char *name, struct arena *arena)
{
	return names ? arena_printf(arena, "%s, %s", names, name) : name;
}

const char *features_refused(const struct chat_conversation *conversation,
    enum wire_format_id format, bool drop_params, struct arena *arena)
{
	const char *names = NULL;

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		enum rule rule = rule_of(&rows[i], format);

		if ((conversation->features & rows[i].feature) &&
		    (rule == NEVER || (rule == REFUSE && !drop_params)))
			names = joined(names, name_of(&rows[i], conversation, arena), arena);
	}
	return names;
}

static void take_out(struct chat_conversation *conversation, enum chat_feature feature)
{
	const struct slice none = { NULL, 0 };

	switch (feature) {
	case FEATURE_N:
		conversation->choices = 1;
		break;
	case FEATURE_LOGPROBS:
		conversation->logprobs = false;
		break;
	case FEATURE_SEED:
		conversation->seed = none;
		break;
	case FEATURE_PENALTIES:
		conversation->presence_penalty = conversation->frequency_penalty = none;
		break;
	case FEATURE_TOP_K:
		conversation->top_k = none;
		break;
	case FEATURE_USER:
		conversation->user = none;
		break;
	case FEATURE_VERBOSITY:
		conversation->verbosity = none;
		break;
	case FEATURE_ONE_TOOL_CALL:
		conversation->one_tool_call = false;
		break;
	case FEATURE_MANY_STOPS:
		conversation->stop_count = 4;
		break;
	default:
		break; /* no format writes it */
	}
}

const char *features_drop(
    struct chat_conversation *conversation, enum wire_format_id format, struct arena *arena)
{
	const char *names = NULL;

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		enum rule rule = rule_of(&rows[i], format);

		if (!(conversation->features & rows[i].feature) || rule == PASS)
			continue;
		take_out(conversation, rows[i].feature);
		names = joined(names, name_of(&rows[i], conversation, arena), arena);
	}
	return names;
}

/* ---- by model ---- */

static bool begins_with(const char *text, const char *word)
{
	return strncmp(text, word, strlen(word)) == 0;
}

static bool is_openai(const struct provider *provider)
{
	return strcmp(provider->name, "openai") == 0 || strcmp(provider->name, "azure") == 0;
}

/* Models of OpenAI from before they reasoned refuse to be told how much to. */
static bool knows_no_effort(const struct provider *provider, const char *model)
{
	return is_openai(provider) && (begins_with(model, "gpt-4") || begins_with(model, "gpt-3") ||
					  begins_with(model, "chatgpt"));
}

/* OpenAI's reasoning models and Anthropic's from 4.7 take only their own sampling. */
static bool knows_no_sampling(const struct provider *provider, const char *model)
{
	if (provider->format->id == WIRE_ANTHROPIC)
		return !anthropic_model_of(model).takes_sampling;
	return is_openai(provider) && (begins_with(model, "gpt-5") || begins_with(model, "o1") ||
					  begins_with(model, "o3") || begins_with(model, "o4"));
}

const char *features_drop_for_model(struct chat_conversation *conversation,
    const struct provider *provider, const char *model, const char *names, struct arena *arena)
{
	const struct slice none = { NULL, 0 };
	bool sampled = conversation->temperature.ptr || conversation->top_p.ptr ||
		       conversation->top_k.ptr || conversation->presence_penalty.ptr ||
		       conversation->frequency_penalty.ptr;

	if (sampled && knows_no_sampling(provider, model)) {
		conversation->temperature = conversation->top_p = conversation->top_k =
		    conversation->presence_penalty = conversation->frequency_penalty = none;
		names = joined(names, "sampling parameters", arena);
	}
	if ((conversation->effort != EFFORT_UNSET || conversation->thinking_budget > 0) &&
	    knows_no_effort(provider, model)) {
		conversation->effort = EFFORT_UNSET;
		conversation->thinking_budget = -1;
		names = joined(names, "reasoning", arena);
	}
	return names;
}
