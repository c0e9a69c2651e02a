/*
 * Paths and their formats.  See the header.
 */
#include "api/wire_style.h"

#include <string.h>

#include "base/banned.h"

/* The first row whose word is found where it says. */
static const struct style {
	const char *word;
	bool at_end;
	enum wire_format_id format;
} styles[] = {
	/* clang-format off */
	{ "/chat/completions",      true,  WIRE_OPENAI_CHAT },
	{ "/completions",           true,  WIRE_COMPLETIONS },
	{ "/responses",             true,  WIRE_RESPONSES },
	{ "/responses/input_tokens", true, WIRE_RESPONSES },
	{ "/moderations",           true,  WIRE_MODERATIONS },
	{ "/embeddings",            true,  WIRE_EMBEDDINGS },
	{ "/generations",           true,  WIRE_MEDIA },
	{ "/edits",                 true,  WIRE_MEDIA },
	{ "/variations",            true,  WIRE_MEDIA },
	{ "/speech",                true,  WIRE_MEDIA },
	{ "/transcriptions",        true,  WIRE_MEDIA },
	{ "/translations",          true,  WIRE_MEDIA },
	{ "/rerank",                true,  WIRE_MEDIA },
	{ "/v1/batches",            false, WIRE_OPENAI_CHAT },
	{ "/v1/files",              false, WIRE_OPENAI_CHAT },
	{ "/v1/realtime",           false, WIRE_OPENAI_CHAT },
	{ "/messages",              true,  WIRE_ANTHROPIC },
	{ "/messages/count_tokens", true,  WIRE_ANTHROPIC },
	{ "/v1beta/",               false, WIRE_GEMINI },
	{ "enerateContent",         true,  WIRE_GEMINI },
	{ "/utils/token_counter",  true,  WIRE_OPENAI_CHAT },
	{ ":countTokens",           true,  WIRE_GEMINI },
	{ "mbedContent",            true,  WIRE_GEMINI },
	{ ":batchEmbedContents",    true,  WIRE_GEMINI },
	/* clang-format on */
};

enum wire_format_id wire_style_of(const struct web_request *request)
{
	size_t len = strlen(request->path);

	for (size_t i = 0; i < sizeof styles / sizeof styles[0]; i++) {
		size_t word = strlen(styles[i].word);

		if (styles[i].at_end
			? len >= word && strcmp(request->path + len - word, styles[i].word) == 0
			: strncmp(request->path, styles[i].word, word) == 0)
			return styles[i].format;
	}
	/* google-genai from 3.6 asks for models there, and LiteLLM's clients at /v1beta. */
	if (web_request_variable(request, "HTTP_X_GOOG_API_KEY") &&
	    strncmp(request->path, "/v1/models", 10) == 0)
		return WIRE_GEMINI;
	return web_request_variable(request, "HTTP_ANTHROPIC_VERSION") ? WIRE_ANTHROPIC
								       : WIRE_OPENAI_CHAT;
}
