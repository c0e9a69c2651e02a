/*
 * Answers on their way to the client, where they are not passed on as they came.  See media.h.
 */
#include "chat/media.h"

#include "base/json_write.h"
#include "base/text.h"

#include "base/banned.h"

#define ANSWER_MAX ((size_t)64 << 20)

/* ---- rankings: LiteLLM's shape, which is Cohere's ---- */

static void put_result(struct text *json, struct slice result)
{
	json_write(json, "{");
	for (struct json_cursor member = json_cursor(result); json_next(&member);) {
		bool text =
		    json_key_is(&member, "document") && json_scan_type(member.value) == JSON_TEXT;

		json_put_raw(json, text ? slice_of("\"document\":{\"text\":") : member.whole);
		if (!text)
			continue;
		text_add(json, member.value.ptr, member.value.len);
		text_putc(json, '}');
	}
	json_write(json, "}");
}

/* Voyage's list is named data; its documents and Jina's are plain texts. */
static struct slice finish_ranking(
    struct slice body, const struct chat_request *request, struct arena *arena)
{
	struct slice results = json_member(body, "results");
	AUTO_TEXT struct text json = text_empty(ANSWER_MAX);

	if (json_scan_type(results) != JSON_LIST)
		results = json_member(body, "data");
	json_write(&json, "{");
	for (struct json_cursor member = json_cursor(body); json_next(&member);)
		if (member.value.ptr != results.ptr && !json_key_is(&member, "object"))
			json_put_raw(&json, member.whole);
	json_write(&json, "results:[");
	for (struct json_cursor item = json_cursor(results); json_next(&item);)
		put_result(&json, item.value);
	json_write(&json, "]}");
	return (struct slice){ arena_copy_slice(arena, text_slice(&json)), json.len };
}

/* ---- transcriptions: what the client asked for, of an answer that tells the seconds ---- */

static struct slice with_seconds(struct slice text, struct slice seconds, struct arena *arena)
{
	AUTO_TEXT struct text json = text_empty(ANSWER_MAX);

	json_write(&json, "{text:%r, usage:{type:'duration', seconds:%r}}", text, seconds);
	return (struct slice){ arena_copy_slice(arena, text_slice(&json)), json.len };
}

static struct slice finish_transcription(
    struct slice body, const struct chat_request *request, struct arena *arena)
{
	struct slice wish = request->media->reply_format, text = json_member(body, "text"),
		     seconds = json_member(body, "duration");
	const char *plain;

	if (json_scan_type(body) != JSON_MAP || json_scan_type(text) != JSON_TEXT)
		return body;
	plain = slice_is(wish, "text") ? json_as_text(text, arena) : NULL;
	if (plain)
		return slice_of(arena_join(arena, plain, "\n"));
	return (!wish.ptr || slice_is(wish, "json")) && seconds.ptr &&
		       !json_member(body, "usage").ptr
		   ? with_seconds(text, seconds, arena)
		   : body;
}

struct slice media_finish(struct slice body, const struct chat_request *request,
    const struct usage *usage, struct arena *arena)
{
	switch (request->media->address->mode) {
	case MODE_RERANK:
		return finish_ranking(body, request, arena);
	case MODE_TRANSCRIPTION:
		return finish_transcription(body, request, arena);
	default:
		return body;
	}
}

/* What a program may be told that it is; a page that a browser would run is none. */
const char *media_type(
    const struct chat_request *request, struct slice body, const char *told, struct arena *arena)
{
	static const char *const kinds[] = { "audio/", "image/png", "image/jpeg", "image/webp",
		"text/vtt", "text/plain", "application/x-subrip" };

	if (json_scan_type(body) == JSON_MAP)
		return "application/json";
	for (size_t i = 0; told && i < sizeof kinds / sizeof kinds[0]; i++)
		if (strncmp(told, kinds[i], strlen(kinds[i])) == 0)
			return told;
	return request->media->address->mode == MODE_TRANSCRIPTION ? "text/plain; charset=utf-8"
								   : "application/octet-stream";
}

const char *media_speech_type(const struct chat_request *request)
{
	static const struct {
		const char *format, *type;
	} types[] = { { "opus", "audio/opus" }, { "aac", "audio/aac" }, { "flac", "audio/flac" },
		{ "wav", "audio/wav" }, { "pcm", "audio/pcm" } };

	for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
		if (slice_is(request->media->reply_format, types[i].format))
			return types[i].type;
	return "audio/mpeg";
}
