/*
 * Answers: the first byte chooses the provider's format (the last: Responses), the second whether
 * it is whole or a stream; what can be read is written in each client's format, and what is written
 * is JSON.
 */
#include <assert.h>
#include <stdint.h>

#include "base/json_scan.h"
#include "chat/chat_reply.h"
#include "chat/client_format.h"
#include "fetch/sse_reader.h"
#include "providers/provider.h"

static const char *const names[] = { "openai", "anthropic", "gemini", "deepseek", "mistral",
	"openai" };
#define NAMES (sizeof names / sizeof names[0])
static const enum wire_format_id clients[] = { WIRE_OPENAI_CHAT, WIRE_ANTHROPIC, WIRE_GEMINI,
	WIRE_RESPONSES, WIRE_COMPLETIONS };
#define CLIENTS (sizeof clients / sizeof clients[0])

static int check_json(void *ctx, const char *event, struct slice data)
{
	struct error err;

	assert(json_scan_check(data, &err) == 0);
	return 0;
}

static const struct answer_about about = { { "id", 2 }, { "m", 1 }, 1, true };

struct stage {
	const struct wire_format *format;
	struct provider_stream stream;
	struct arena arena;
	struct client_stream clients[CLIENTS];
	int events;
};

static int tell_all(void *ctx, const struct chat_event *event)
{
	struct stage *stage = ctx;

	for (size_t i = 0; i < CLIENTS; i++)
		(void)client_format(clients[i])->stream_event(&stage->clients[i], event);
	return 0;
}

static int on_event(void *ctx, const char *event, struct slice data)
{
	struct stage *stage = ctx;
	struct slice out = { NULL, 0 };

	if (stage->format->read_event(&stage->stream, event, data, &stage->arena, &out) ==
	    STREAM_FORWARD)
		stage->format->decode_event(&stage->stream, out, &stage->arena, tell_all, stage);
	return ++stage->events > 500;
}

static void play_stream(struct stage *stage, struct slice bytes)
{
	const struct chat_event usage = { .kind = EVENT_USAGE, .usage = &stage->stream.usage },
				end = { .kind = EVENT_END };
	struct sse_reader reader;
	struct error err;

	for (size_t i = 0; i < CLIENTS; i++)
		stage->clients[i] =
		    (struct client_stream){ &stage->arena, &about, check_json, NULL, NULL };
	sse_reader_init(&reader);
	if (sse_reader_feed(&reader, bytes.ptr, bytes.len, on_event, stage, &err) == 0)
		(void)sse_reader_end(&reader, on_event, stage);
	sse_reader_release(&reader);
	provider_stream_estimate(&stage->stream, 10);
	(void)tell_all(stage, &usage);
	(void)tell_all(stage, &end);
}

static void play_whole(struct stage *stage, struct slice bytes)
{
	struct provider_reply reply;
	struct chat_collector collector;
	struct error err;

	if (stage->format->read_reply(stage->stream.provider, bytes, &stage->arena, &reply, &err) !=
	    0)
		return;
	chat_collector_init(&collector, &stage->arena);
	stage->format->decode_reply(bytes, &stage->arena, chat_collector_event, &collector);
	collector.reply.usage = reply.usage;
	for (size_t i = 0; i < CLIENTS; i++)
		(void)check_json(NULL, "",
		    client_format(clients[i])
			->write_reply(&collector.reply, &about, &stage->arena));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct stage stage = { .events = 0 };

	if (size < 3)
		return 0;
	stage.stream.provider = provider_find(names[bytes[0] % NAMES]);
	stage.format =
	    bytes[0] % NAMES == NAMES - 1 ? &responses_format : stage.stream.provider->format;
	arena_init(&stage.arena);
	if (bytes[1] & 1)
		play_stream(&stage, (struct slice){ (const char *)bytes + 2, size - 2 });
	else
		play_whole(&stage, (struct slice){ (const char *)bytes + 2, size - 2 });
	arena_release(&stage.arena);
	return 0;
}
