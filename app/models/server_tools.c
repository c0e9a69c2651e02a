/*
 * The table of tools that run at providers.  See the header.
 *
 * Sources, all read 29 November 2026.  Messages: anthropic 2.14.0 (max_uses of web_search_tool_...
 * and web_fetch_tool_..._param.py, server_tool_usage.py); its code execution has no limit, is
 * billed by the container's time and is not told in usage, so it has no row.  Responses: openai
 * 3.57.0 (max_tool_calls and tool_usage of responses/response.py; what is past the limit stands in
 * the output without an action, openai/openai-java#600).  xAI: docs.x.ai (pages "Tool Usage
 * Details", "Live Search"), xai-sdk 1.21.0, whose max_turns is no limit of calls; litellm 1.110.2
 * (server_side_tool_usage_details).  Gemini: google-genai 3.6.1, types.py; that no member limits
 * its queries: discuss.ai.google.dev, topic 197393.
 */
#include "models/server_tools.h"

#include <string.h>

#include "base/banned.h"

#define XAI_DETAILS "server_side_tool_usage_details"

static const struct server_tool rows[] = {
	/* clang-format off */
	{ SERVER_WEB_SEARCH,       TOOLS_OF_MESSAGES,  NULL,           "web_search",       USES_PER_TOOL, "server_tool_use", "web_search_requests", "web_search" },
	{ SERVER_WEB_FETCH,        TOOLS_OF_MESSAGES,  NULL,           "web_fetch",        USES_PER_TOOL, "server_tool_use", "web_fetch_requests", "web_fetch" },
	{ SERVER_WEB_SEARCH,       TOOLS_OF_RESPONSES, "openai azure", "web_search",       USES_OF_ALL, "web_search", "num_requests", "web_search_call" },
	{ SERVER_FILE_SEARCH,      TOOLS_OF_RESPONSES, "openai azure", "file_search",      USES_OF_ALL, NULL, NULL, "file_search_call" },
	{ SERVER_CODE_INTERPRETER, TOOLS_OF_RESPONSES, "openai azure", "code_interpreter", USES_OF_ALL, NULL, NULL, "code_interpreter_call" },
	{ SERVER_IMAGE_GENERATION, TOOLS_OF_RESPONSES, "openai azure", "image_generation", USES_OF_ALL, NULL, NULL, "image_generation_call" },
	{ SERVER_WEB_SEARCH,       TOOLS_OF_RESPONSES, "xai",          "web_search",       USES_UNLIMITED, XAI_DETAILS, "web_search_calls", "web_search_call" },
	{ SERVER_X_SEARCH,         TOOLS_OF_RESPONSES, "xai",          "x_search",         USES_UNLIMITED, XAI_DETAILS, "x_search_calls", NULL },
	{ SERVER_CODE_INTERPRETER, TOOLS_OF_RESPONSES, "xai",          "code_interpreter", USES_UNLIMITED, XAI_DETAILS, "code_interpreter_calls", "code_interpreter_call" },
	{ SERVER_LIVE_SEARCH,      TOOLS_OF_CHAT,      "xai",          "search_parameters", USES_ARE_RESULTS, NULL, "num_sources_used", NULL },
	{ SERVER_GOOGLE_SEARCH,    TOOLS_OF_GEMINI,    NULL,           "googleSearch",     USES_UNLIMITED, "groundingMetadata", "webSearchQueries", NULL },
	{ SERVER_URL_CONTEXT,      TOOLS_OF_GEMINI,    NULL,           "urlContext",       USES_UNLIMITED, "urlContextMetadata", "urlMetadata", NULL },
	{ SERVER_CODE_EXECUTION,   TOOLS_OF_GEMINI,    NULL,           "codeExecution",    USES_UNLIMITED, NULL, NULL, "executableCode" },
	/* clang-format on */
};

#define ROWS (sizeof rows / sizeof rows[0])

const struct server_tool *server_tool_at(size_t index)
{
	return index < ROWS ? &rows[index] : NULL;
}

const struct server_tool *server_tool_by_type(enum tool_dialect dialect, struct slice type)
{
	for (size_t i = 0; type.ptr && i < ROWS; i++)
		if (rows[i].dialect == dialect && slice_begins(type, rows[i].type))
			return &rows[i];
	return NULL;
}

static bool is_word_of(const char *words, const char *word)
{
	size_t len = word ? strlen(word) : 0;

	for (const char *at = len ? words : NULL; at && (at = strstr(at, word)) != NULL; at += len)
		if ((at == words || at[-1] == ' ') && (!at[len] || at[len] == ' '))
			return true;
	return false;
}

const struct server_tool *server_tool_of(
    enum tool_dialect dialect, const char *provider, enum server_tool_id id)
{
	for (size_t i = 0; i < ROWS; i++)
		if (rows[i].dialect == dialect && rows[i].id == id &&
		    (!rows[i].providers || is_word_of(rows[i].providers, provider)))
			return &rows[i];
	return NULL;
}

int64_t server_tool_uses(
    const struct deployment *deployment, enum tool_dialect dialect, enum server_tool_id id)
{
	const struct server_tool *row = server_tool_of(dialect, deployment->provider, id);
	const struct allowed_tool *allowed = &deployment->server_tools[id];

	return !row || (row->limit == USES_UNLIMITED && !allowed->expected) ? 0 : allowed->uses;
}

int64_t server_tool_windows(const struct server_tool *row, int64_t uses)
{
	return row->limit == USES_ARE_RESULTS && uses > 1 ? 1 : uses;
}

const char *server_tool_word(const struct server_tool *row)
{
	return row->limit == USES_UNLIMITED ? "expected_uses" : "max_uses";
}
