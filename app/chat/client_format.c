/*
 * The formats that clients speak.  See the header.
 */
#include "chat/client_format.h"

#include "base/json_scan.h"

#include "chat/anthropic_chat.h"
#include "chat/completions.h"
#include "chat/embeddings.h"
#include "chat/gemini_chat.h"
#include "chat/media.h"
#include "chat/moderations.h"
#include "chat/openai_chat.h"
#include "chat/responses.h"

#include "base/banned.h"

/* A picture or a file that is nowhere. */
static const struct chat_part *empty_media(const struct chat_part *parts, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const struct chat_part *part = &parts[i], *inner;
		bool media = part->kind == PART_IMAGE || part->kind == PART_DOCUMENT ||
			     part->kind == PART_AUDIO;

		if (media && !part->data.len && !part->url.len && !part->text.ptr)
			return part;
		inner = empty_media(part->parts, part->part_count);
		if (inner)
			return inner;
	}
	return NULL;
}

static int client_format_check(const struct chat_conversation *conversation, struct error *err)
{
	if (conversation->fault)
		return error_set(err, ERROR_BAD_REQUEST, "%s", conversation->fault);
	if (conversation->answer == ANSWER_SCHEMA &&
	    json_scan_type(conversation->schema) != JSON_MAP)
		return error_set(err, ERROR_BAD_REQUEST,
		    "an answer that follows a JSON schema is asked for, but there is no schema");
	for (size_t i = 0; i < conversation->turn_count; i++)
		if (empty_media(conversation->turns[i].parts, conversation->turns[i].part_count))
			return error_set(err, ERROR_BAD_REQUEST,
			    "an image, document or audio part has neither data nor an address");
	return 0;
}

/* Formats whose reader makes the conversation at once. */
static int converse_made(const struct chat_request *request, struct arena *arena,
    struct chat_conversation *out, struct error *err)
{
	*out = *request->conversation;
	return client_format_check(out, err);
}

static int converse_openai(const struct chat_request *request, struct arena *arena,
    struct chat_conversation *out, struct error *err)
{
	return openai_converse(request, arena, out, err) != 0 ? -1 : client_format_check(out, err);
}

/* clang-format off */
static const struct client_format formats[] = {
	{ WIRE_OPENAI_CHAT, "openai chat",        openai_read,      converse_openai, openai_stream_out,      openai_reply_out,      NULL, "[DONE]" },
	{ WIRE_COMPLETIONS, "openai completions", completions_read, converse_made,   completions_stream_out, completions_reply_out, NULL, "[DONE]" },
	{ WIRE_RESPONSES,   "openai responses",   responses_read,   converse_made,   responses_stream_out,   responses_reply_out,   NULL, NULL },
	{ WIRE_ANTHROPIC,   "anthropic messages", anthropic_read,   converse_made,   anthropic_stream_out,   anthropic_reply_out,   NULL, NULL },
	{ WIRE_GEMINI,      "gemini",             gemini_read,      converse_made,   gemini_stream_out,      gemini_reply_out,      NULL, NULL },
	{ WIRE_MODERATIONS,        "openai moderations", moderations_read,      converse_made, NULL, NULL, NULL,                      NULL },
	{ WIRE_EMBEDDINGS,         "openai embeddings", embeddings_read,         converse_made, NULL, NULL, embeddings_finish,         NULL },
	{ WIRE_MEDIA,              "media",              NULL,                   converse_made, NULL, NULL, media_finish,              NULL },
	{ WIRE_GEMINI_EMBED,       "gemini embed",      gemini_embed_read,       converse_made, NULL, NULL, gemini_embed_finish,       NULL },
	{ WIRE_GEMINI_EMBED_BATCH, "gemini embeds",     gemini_embed_batch_read, converse_made, NULL, NULL, gemini_embed_batch_finish, NULL },
};
/* clang-format on */

const struct client_format *client_format(enum wire_format_id id)
{
	for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++)
		if (formats[i].id == id)
			return &formats[i];
	return &formats[0];
}
