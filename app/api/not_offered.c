/*
 * One table: an address, and why it is not here.  See the header.
 */
#include "api/not_offered.h"

#include <string.h>

#include "base/banned.h"

#define STORED                                                                                     \
	"what is kept at a provider is sent again with each request, and its cost has no known "   \
	"bound; send the messages themselves"
#define FILES                                                                                      \
	"a file would stand at one provider, and a request may go to another; put it into the "    \
	"message (base64, or a URL)"
#define BATCH                                                                                      \
	"what a batch costs is known only when it ends, up to a day later, and no budget is held " \
	"for so long; send its requests one by one"
#define LIVE  "an open connection has no known upper cost, and FastCGI and CGI carry no WebSocket"
#define LATER "what it costs is known only later, and no budget is held for so long"
#define AGENTS                                                                                     \
	"it runs at a provider with as many calls as it likes, so its cost has no known bound; "   \
	"run the agent at your place and let it ask here"
#define SEARCH                                                                                     \
	"nothing is searched here; give what was found as text in the message, or let a "          \
	"deployment allow the provider's own search"
#define THEIRS                                                                                     \
	"a provider's own addresses are opened one by one, each with its price a request, under "  \
	"general_settings.pass_through_endpoints"

/* The path below /v1, /v1beta or /openai/v1, and all below it.  Of LiteLLM 1.108.7's own OpenAPI,
 * read 2026-11-30. */
static const struct {
	const char *path, *why;
} places[] = {
	{ "/realtime", LIVE },
	{ "/live", LIVE },
	{ "/batches", BATCH },
	{ "/messages/batches", BATCH },
	{ "/files", FILES },
	{ "/upload", FILES },
	{ "/responses", STORED },
	{ "/conversations", STORED },
	{ "/assistants", STORED },
	{ "/threads", STORED },
	{ "/interactions", STORED },
	{ "/cachedContents", STORED },
	{ "/memory", STORED },
	{ "/fine_tuning", "training is no call with a known cost; train at the provider, and name "
			  "the model under model_list" },
	{ "/evals", LATER },
	{ "/videos", LATER },
	{ "/containers", AGENTS },
	{ "/skills", AGENTS },
	{ "/agents", AGENTS },
	{ "/workflows", AGENTS },
	{ "/a2a", AGENTS },
	{ "/mcp", "there are no MCP servers here; let your agent call them and ask here" },
	{ "/toolset", "there are no MCP servers here; let your agent call them and ask here" },
	{ "/vector_stores", SEARCH },
	{ "/indexes", SEARCH },
	{ "/rag", SEARCH },
	{ "/search", SEARCH },
	{ "/ocr", "a document's pages are not counted here; put it into the message of a model "
		  "that reads documents" },
	{ "/ui", "the panel is at /admin/" },
	{ "/openai_passthrough", THEIRS },
	{ "/anthropic", THEIRS },
	{ "/assemblyai", THEIRS },
	{ "/azure", THEIRS },
	{ "/azure_ai", THEIRS },
	{ "/bedrock", THEIRS },
	{ "/cohere", THEIRS },
	{ "/cursor", THEIRS },
	{ "/gemini", THEIRS },
	{ "/langfuse", THEIRS },
	{ "/mistral", THEIRS },
	{ "/nvidia_nim", THEIRS },
	{ "/openai", THEIRS },
	{ "/openrouter", THEIRS },
	{ "/vertex_ai", THEIRS },
	{ "/vertex-ai", THEIRS },
	{ "/vllm", THEIRS },
	{ "/watsonx", THEIRS },
};

static bool is_below(const char *path, const char *place)
{
	size_t len = strlen(place);

	return strncmp(path, place, len) == 0 && (path[len] == '\0' || path[len] == '/');
}

static const char *below(const char *path, const char *front)
{
	return is_below(path, front) ? path + strlen(front) : path;
}

static const char *not_offered_why(const char *path)
{
	for (size_t i = 0; i < sizeof places / sizeof places[0]; i++)
		if (is_below(path, places[i].path))
			return places[i].why;
	return NULL;
}

int not_offered(const struct web_request *request, struct error *err)
{
	const char *path = request->path;
	const char *why = not_offered_why(below(below(below(path, "/openai"), "/v1"), "/v1beta"));

	why = why ? why : not_offered_why(path);
	if (why)
		return error_set(
		    err, ERROR_NOT_FOUND, "%.200s is not offered: %s", request->path, why);
	return error_set(
	    err, ERROR_NOT_FOUND, "no such URL: %.20s %.200s", request->method, request->path);
}
