/*
 * Members that vendors of OpenAI's format know and its own document does not, and that have no
 * bound here or lead past it.  See chat_request_check_member in the header.
 *
 * A vendor that does not know one ignores it or refuses it; nobody here knows which does, since a
 * provider may stand behind any api_base.  So each is refused at every provider.
 */
#include "chat/chat_request.h"

#include <string.h>

#include "base/json_scan.h"

#include "base/banned.h"

#define READS  "the provider adds text of unknown length to the prompt; leave it out"
#define SEARCH "what runs at the provider reads the input again, any number of times; leave it out"
#define STEERS                                                                                     \
	"a host or model that is chosen there may cost more than the listed price; leave it out"
#define BETAS    "betas are read from the header anthropic-beta"
#define COMPACTS "what the provider compacts is another call of unknown length; leave it out"
#define COUNTS   "more than one answer is asked for with n, where the format has it"
#define LIMITS   "the limit of the answer is max_tokens or max_completion_tokens"
#define UNPRICED "this has no known price here; leave it out"
#define KEEPS                                                                                      \
	"what is kept at the provider is read and billed again at a length that nobody here "      \
	"knows; send the whole conversation"

static const struct priced_member {
	const char *name;
	const char *harmless; /* a value as it stands in JSON, or NULL; null always is */
	const char *why;
} priced[] = {
	/* clang-format off */
	{ "anthropic_beta",          NULL,    BETAS }, /* the clouds' */
	{ "betas",                   NULL,    BETAS },
	{ "best_of",                 "1",     COUNTS },
	{ "candidate_count",         "1",     COUNTS },
	{ "candidateCount",          "1",     COUNTS },
	{ "n",                       "1",     COUNTS }, /* in formats that have no n */
	{ "num_generations",         "1",     COUNTS }, /* Cohere */
	{ "num_return_sequences",    "1",     COUNTS },
	{ "compound_custom",         NULL,    SEARCH }, /* Groq */
	{ "connectors",              "[]",    SEARCH }, /* Cohere */
	{ "container",               NULL,    SEARCH },
	{ "enable_code_interpreter", "false", SEARCH }, /* DashScope */
	{ "mcp_servers",             "[]",    SEARCH },
	{ "web_search",              "false", SEARCH },
	{ "web_search_options",      NULL,    SEARCH }, /* in other formats than OpenAI's chat */
	{ "context_management",      "[]",    COMPACTS }, /* OpenAI's Responses */
	{ "compaction",              NULL,    COMPACTS }, /* Anthropic's */
	{ "deferred_tools",          NULL,    SEARCH }, /* OpenRouter: a loop of calls there */
	{ "data_sources",            "[]",    READS },  /* Azure On Your Data */
	{ "dataSources",             "[]",    READS },  /* and before 2024-02-01 */
	{ "file_workspace_id",       NULL,    READS },  /* Perplexity */
	{ "chat_template",           NULL,    READS },  /* vLLM: it may repeat the prompt */
	{ "extra_body",              "{}",    "send what stands in it beside the other members, as OpenAI's SDKs do" },
	{ "max_new_tokens",          NULL,    LIMITS },
	{ "max_output_tokens",       NULL,    LIMITS },
	{ "provider",                "{}",    STEERS }, /* OpenRouter */
	{ "providerOptions",         "{}",    STEERS }, /* Vercel */
	{ "routingConfig",           NULL,    STEERS }, /* Vertex */
	{ "routing_config",          NULL,    STEERS },
	{ "modelSelectionConfig",    NULL,    STEERS },
	{ "model_selection_config",  NULL,    STEERS },
	{ "safety_model",            NULL,    UNPRICED }, /* Together: another model reads along */
	{ "speed",                   "\"standard\"", UNPRICED },
	{ "agent_id",                NULL,    KEEPS }, /* Mistral's agents */
	{ "assistant_id",            NULL,    KEEPS },
	{ "background",              "false", KEEPS },
	{ "background_options",      NULL,    KEEPS },
	{ "cachedContent",           NULL,    KEEPS }, /* Gemini */
	{ "cached_content",          NULL,    KEEPS },
	{ "context_id",              NULL,    KEEPS }, /* Volcengine's context cache */
	{ "conversation",            NULL,    KEEPS }, /* OpenAI's Responses, xAI */
	{ "conversation_id",         NULL,    KEEPS }, /* Cohere, Mistral */
	{ "previous_interaction_id", NULL,    KEEPS }, /* Gemini's interactions */
	{ "previous_message_id",     NULL,    KEEPS },
	{ "previous_response_id",    NULL,    KEEPS },
	{ "thread_id",               NULL,    KEEPS },
	{ "use_threads",             "false", KEEPS }, /* Perplexity */
	/* clang-format on */
};

/* A conversation kept at Anthropic, of which only what is new is sent: the tool runners of
 * anthropic 2.14 (Python) and 1.14 (TypeScript) ask for it of themselves, and send the whole
 * history when they are told so in these details. */
static int refuse_thread(struct error *err)
{
	return error_set(err, ERROR_KEPT_STATE, "thread: " KEEPS);
}

/* The row of a name, or NULL. */
static const struct priced_member *priced_member_of(const struct json_cursor *member)
{
	for (size_t i = 0; i < sizeof priced / sizeof priced[0]; i++)
		if (json_key_is(member, priced[i].name))
			return &priced[i];
	return NULL;
}

enum chat_request_dear chat_request_dear_name(const char *name)
{
	struct json_cursor member = { .key = slice_of(name) };
	const struct priced_member *row = priced_member_of(&member);

	if (text_is_one_of(name, "models route preset")) /* own_members.c */
		return DEAR_STEERS;
	if (!row)
		return strcmp(name, "thread") == 0 ? DEAR_UNBOUNDED : DEAR_NOT;
	return strcmp(row->why, STEERS) == 0 ? DEAR_STEERS : DEAR_UNBOUNDED;
}

int chat_request_check_member(const struct json_cursor *member, struct error *err)
{
	const struct priced_member *row = priced_member_of(member);

	if (json_scan_type(member->value) == JSON_NIL)
		return 0;
	if (json_key_is(member, "thread"))
		return refuse_thread(err);
	if (!row || (row->harmless && slice_is(member->value, row->harmless)))
		return 0;
	return error_set(err, ERROR_UNSUPPORTED, "%s: %s", row->name, row->why);
}

void chat_request_name_tool(struct chat_request *request, enum server_tool_id id, struct slice most)
{
	int64_t *asked = &request->bound.asked.of[id];

	if (request->bound.named & (1U << id)) /* the first of two is what goes on */
		return;
	request->bound.named |= 1U << id;
	if (!json_as_int(most, asked) || *asked < 0)
		*asked = 0;
}
