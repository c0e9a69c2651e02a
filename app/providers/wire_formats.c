/*
 * The wire formats of providers: a row each.  Those of embeddings stand in files of their own.
 */
#include "providers/anthropic_format.h"
#include "providers/converse_format.h"
#include "providers/gemini_format.h"
#include "providers/openai_format.h"
#include "providers/provider.h"
#include "providers/responses_format.h"

#include "base/banned.h"

const struct wire_format openai_chat_format = { "openai chat", WIRE_OPENAI_CHAT,
	openai_request_build, openai_reply_read, openai_stream_event, openai_decode_reply,
	openai_decode_event };

const struct wire_format responses_format = { "openai responses", WIRE_RESPONSES,
	responses_request_build, responses_reply_read, responses_stream_event,
	responses_decode_reply, responses_decode_event };

const struct wire_format anthropic_format = { "anthropic messages", WIRE_ANTHROPIC,
	anthropic_request_build, anthropic_reply_read, anthropic_stream_event,
	anthropic_decode_reply, anthropic_decode_event };

const struct wire_format gemini_format = { "gemini", WIRE_GEMINI, gemini_request_build,
	gemini_reply_read, gemini_stream_event, gemini_decode_reply, gemini_decode_event };

const struct wire_format converse_format = { "bedrock converse", WIRE_CONVERSE,
	converse_request_build, converse_reply_read, converse_stream_event, converse_decode_reply,
	converse_decode_event };
