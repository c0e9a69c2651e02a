/*
 * The table of features.  See the header.
 */
#include "providers/features.h"

#include "base/banned.h"

enum rule { PASS, DROP, REFUSE, NEVER /* content: refused, also with drop_params */ };

/* clang-format off */
static const struct feature_row {
	const char *name;
	enum chat_feature feature;
	enum rule openai, responses, anthropic, gemini, converse;
} rows[] = {
	{ "n",                                 FEATURE_N,                 PASS, REFUSE,   REFUSE, PASS, REFUSE },
	{ "logprobs",                          FEATURE_LOGPROBS,          PASS, PASS,   REFUSE, REFUSE, REFUSE },
	{ "logit_bias",                        FEATURE_LOGIT_BIAS,        DROP, DROP,   DROP,   DROP, DROP },
	{ "seed",                              FEATURE_SEED,              PASS, DROP,   DROP,   PASS, DROP },
	{ "penalties",                         FEATURE_PENALTIES,         PASS, DROP,   DROP,   PASS, DROP },
	{ "top_k",                             FEATURE_TOP_K,             DROP, DROP,   PASS,   PASS, DROP },
	{ "user",                              FEATURE_USER,              PASS, PASS,   PASS,   DROP, DROP },
	{ "metadata",                          FEATURE_METADATA,          DROP, DROP,   DROP,   DROP, DROP },
	{ "verbosity",                         FEATURE_VERBOSITY,         PASS, PASS,   DROP,   DROP, DROP },
	{ "prediction",                        FEATURE_PREDICTION,        DROP, DROP,   DROP,   DROP, DROP },
	{ "audio input",                       FEATURE_AUDIO_INPUT,       PASS, NEVER,   NEVER,  PASS, NEVER },
	{ "audio output",                      FEATURE_AUDIO_OUTPUT,      NEVER, NEVER, NEVER, NEVER, NEVER },
	{ "image output",                      FEATURE_IMAGE_OUTPUT,      PASS, NEVER, NEVER, PASS, NEVER },
	{ "documents",                         FEATURE_DOCUMENTS,         PASS, PASS,   PASS,   PASS, PASS },
	{ "documents given by a link",         FEATURE_DOCUMENT_LINKS,    NEVER, PASS,  PASS,   PASS, NEVER },
	{ "parallel_tool_calls",               FEATURE_ONE_TOOL_CALL,     PASS, PASS,   PASS,   DROP, DROP },
	{ "tools that run at the provider",    FEATURE_SERVER_TOOLS,      NEVER, NEVER, NEVER, NEVER, NEVER },
	{ "files stored at a provider",        FEATURE_FILE_IDS,          NEVER, NEVER, NEVER, NEVER, NEVER },
	{ "service_tier",                      FEATURE_SERVICE_TIER,      DROP, DROP,   DROP,   DROP, DROP },
	{ "safetySettings",                    FEATURE_SAFETY,            DROP, DROP,   DROP,   DROP, DROP },
	{ "cachedContent",                     FEATURE_CACHED_CONTENT,    NEVER, NEVER,  NEVER,  NEVER, NEVER },
	{ "links to media",                    FEATURE_MEDIA_LINKS,       PASS, PASS,   PASS,   PASS, NEVER },
	{ "stop sequences",                    FEATURE_STOPS,             PASS, REFUSE, PASS, PASS, PASS },
	{ "stop sequences after the fourth",   FEATURE_MANY_STOPS,        DROP, DROP, PASS, DROP, PASS },
	{ "unknown members",                   FEATURE_OTHER,             DROP, DROP,   DROP,   DROP, DROP },
	{ "tools or blocks of one vendor",     FEATURE_VENDOR_TOOLS,      NEVER, NEVER, NEVER, NEVER, NEVER },
	{ "web_search",                        FEATURE_OFFERED_SEARCH,    DROP, DROP,   DROP,   DROP, DROP },
	{ "results of tools that ran at the provider", FEATURE_PAST_TOOLS,  DROP, DROP,   PASS,   DROP, DROP },
	{ "video",                             FEATURE_VIDEO,             PASS, NEVER,   NEVER,  PASS, NEVER },
	{ "encrypted_content",                 FEATURE_COMPACTION,        DROP, PASS,   DROP,   DROP, DROP },
};
/* clang-format on */

static enum rule rule_of(const struct feature_row *row, enum wire_format_id format)
{
	return format == WIRE_ANTHROPIC   ? row->anthropic
	       : format == WIRE_GEMINI    ? row->gemini
	       : format == WIRE_CONVERSE  ? row->converse
	       : format == WIRE_RESPONSES ? row->responses
					  : row->openai;
}

bool features_says(enum wire_format_id format, enum chat_feature feature)
{
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		if (rows[i].feature == feature)
			return rule_of(&rows[i], format) == PASS;
	return true;
}

/* The client's own word where there is one ("computer_20250124"), else the row's. */
static const char *features_name_of(const struct feature_row *row,
    const struct chat_conversation *conversation, struct arena *arena)
{
	if (row->feature == FEATURE_OFFERED_SEARCH)
		return arena_copy_slice(arena, conversation->offered);
	if (conversation->other.len == 0 || conversation->other.len > CONVERSATION_OTHER_MAX ||
	    (row->feature != FEATURE_OTHER && row->feature != FEATURE_VENDOR_TOOLS &&
		row->feature != FEATURE_SERVER_TOOLS))
		return row->name;
	return arena_copy_slice(arena, conversation->other);
}

static const char *features_joined(const char *names, const char *name, struct arena *arena)
{
	return names ? arena_printf(arena, "%s, %s", names, name) : name;
}

static bool has_words(const struct chat_turn *turn, bool blank_counts)
{
	for (size_t i = 0; i < turn->part_count; i++) {
		const struct chat_part *part = &turn->parts[i];
		bool text = part->kind == PART_TEXT || part->kind == PART_REFUSAL;

		if (part->kind == PART_REASONING)
			continue;
		if (!text || (blank_counts ? part->text.len > 0 : !slice_is_blank(part->text)))
			return true;
	}
	return false;
}

/* Instructions have a place of their own at Anthropic and Gemini, and a request must hold more than
 * them: a message of the user's at Anthropic, where instructions in mid-conversation become one;
 * any message at Gemini. */
static bool lacks_messages(const struct chat_conversation *conversation, enum wire_format_id format)
{
	bool begun = false;

	if (format != WIRE_ANTHROPIC && format != WIRE_GEMINI && format != WIRE_CONVERSE)
		return false;
	for (size_t i = 0; i < conversation->turn_count; i++) {
		const struct chat_turn *turn = &conversation->turns[i];
		bool counts = format == WIRE_GEMINI
				  ? turn->role != CHAT_SYSTEM
				  : turn->role == CHAT_USER || (turn->role == CHAT_SYSTEM && begun);

		if (counts && has_words(turn, format == WIRE_GEMINI))
			return false;
		begun = begun || turn->role != CHAT_SYSTEM;
	}
	return true;
}

const char *features_refused(const struct chat_conversation *conversation,
    enum wire_format_id format, bool drop_params, struct arena *arena)
{
	const char *names = NULL;

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		enum rule rule = rule_of(&rows[i], format);

		if ((conversation->features & rows[i].feature) &&
		    (rule == NEVER || (rule == REFUSE && !drop_params)))
			names = features_joined(
			    names, features_name_of(&rows[i], conversation, arena), arena);
	}
	if (lacks_messages(conversation, format))
		names = features_joined(names, "conversation without a user message", arena);
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
	case FEATURE_STOPS:
		conversation->stop_count = 0;
		break;
	case FEATURE_MANY_STOPS:
		if (conversation->stop_count > 4)
			conversation->stop_count = 4;
		break;
	default:
		break; /* no format writes it */
	}
}

const char *features_drop(struct chat_conversation *conversation, enum wire_format_id format,
    const struct model_traits *lacking, struct arena *arena)
{
	const char *names = NULL;

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		enum rule rule = rule_of(&rows[i], format);

		bool lacks = lacking && model_lists(lacking, slice_of(rows[i].name));

		if (!(conversation->features & rows[i].feature) || (rule == PASS && !lacks))
			continue;
		take_out(conversation, rows[i].feature);
		names =
		    features_joined(names, features_name_of(&rows[i], conversation, arena), arena);
	}
	return names;
}
