/*
 * Requests: the first byte chooses the client's format, the rest is its body; what can be read is
 * written for each provider's format, and what is written is JSON.
 */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "base/json_scan.h"
#include "base/text.h"
#include "chat/client_format.h"
#include "providers/features.h"
#include "providers/model_fit.h"
#include "providers/provider.h"

static const char *const names[] = { "openai", "anthropic", "gemini", "deepseek", "openai" };
static const char *const models[] = { "gpt-5-mini", "claude-opus-4-7", "gemini-3-pro", "chat",
	"gpt-5-codex" };

static void check_body(const struct fetch_call *call)
{
	struct text body;
	struct error err;

	text_init(&body, (size_t)64 << 20);
	for (size_t i = 0; i < call->body_count; i++)
		text_add(&body, call->body[i].ptr, call->body[i].len);
	assert(json_scan_check(text_slice(&body), &err) == 0);
	text_release(&body);
}

static void send_to(size_t i, const struct chat_request *request,
    const struct chat_conversation *said, struct arena *arena)
{
	static char responses[] = "responses"; /* the last row's mode */
	static struct deployment by_chat, by_responses = { .mode = responses };
	struct deployment *deployment =
	    i == sizeof names / sizeof names[0] - 1 ? &by_responses : &by_chat;
	struct provider_call call = { .provider = provider_find(names[i]),
		.deployment = deployment,
		.model = models[i],
		.traits = model_traits_find(names[i], models[i]),
		.api_key = "k",
		.request = request,
		.output_limit = 100 };
	const struct wire_format *format = provider_format(call.provider, deployment, &call.traits,
	    &(struct provider_wish){ .asked = request->format,
		.model = deployment->model,
		.tools = request->has_tools });
	struct chat_conversation *sent = NULL;
	struct fetch_call out = { .method = "POST" };
	struct error err;

	if (!format)
		return;
	if (format->id != request->format) {
		if (!said || features_refused(said, format->id, false, arena))
			return;
		sent = conversation_repair(said, arena);
		(void)features_drop(sent, format->id, &call.traits, arena);
		(void)model_fit(sent, call.provider, &call.traits, format->id, NULL, arena);
		call.conversation = sent;
	}
	if (format->build(&call, arena, &out, &err) == 0)
		check_body(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	const struct client_format *format;
	struct chat_conversation said;
	struct chat_request request;
	struct arena arena;
	struct error err;
	struct slice body;
	bool made;

	if (size < 2)
		return 0;
	format = client_format((enum wire_format_id)(bytes[0] % (WIRE_GEMINI_EMBED_BATCH + 1)));
	body = (struct slice){ (const char *)bytes + 1, size - 1 };
	arena_init(&arena);
	memset(&said, 0, sizeof said);
	if (format->read(body, "m", false, &arena, &request, &err) == 0) {
		made = format->converse(&request, &arena, &said, &err) == 0;
		for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
			send_to(i, &request, made ? &said : NULL, &arena);
	}
	arena_release(&arena);
	return 0;
}
