/*
 * Gemini's embedContent and batchEmbedContents, as OpenAI's embeddings and back.
 */
#include "base/json_scan.h"
#include "base/json_write.h"
#include "chat/embeddings.h"
#include "chat/gemini_names.h"

#include "base/banned.h"

#define JSON_MAX ((size_t)512 << 20)

/* The texts of one request's content, in one. */
static int gemini_embed_put_text(
    struct text *json, struct slice asked, struct arena *arena, struct error *err)
{
	struct slice content = json_member(asked, "content"), parts = json_member(content, "parts");
	struct arena_bytes joined = { .len = 0 };

	if (json_scan_type(content) != JSON_MAP || json_scan_type(parts) != JSON_LIST)
		return error_set(
		    err, ERROR_BAD_REQUEST, "content.parts: missing; expected an array of parts");
	for (struct json_cursor part = json_cursor(parts); json_next(&part);) {
		struct slice text = json_scan_type(part.value) == JSON_MAP
					? json_as_slice(json_member(part.value, "text"), arena)
					: (struct slice){ NULL, 0 };

		if (!text.ptr)
			return error_set(err, ERROR_UNSUPPORTED,
			    "content.parts: only text can be embedded here");
		arena_bytes_add(&joined, text, arena);
	}
	json_put(json, arena_bytes_slice(&joined));
	return 0;
}

/* What holds for all of a batch, or it cannot be one call. */
static const struct shared {
	const char *sent_as;
	enum json_type type;
} shared[] = {
	{ "dimensions", JSON_NUMBER },
	{ "task_type", JSON_TEXT },
	{ "title", JSON_TEXT },
};
#define SHARED (sizeof shared / sizeof shared[0])
static const char *const shared_names[SHARED] = { "outputDimensionality", "taskType", "title" };

struct rewriting {
	struct text *json;
	struct arena *arena;
	struct slice values[SHARED]; /* as in `shared`; {NULL, 0}: not given */
	bool any;
};

static int note_shared(struct rewriting *rewriting, struct slice asked, struct error *err)
{
	struct slice values[SHARED];

	if (gemini_members(asked, shared_names, SHARED, values, err) != 0)
		return -1;
	for (size_t i = 0; i < SHARED; i++) {
		struct slice value = values[i], *had = &rewriting->values[i];

		if (value.ptr && json_scan_type(value) != shared[i].type)
			return error_set(err, ERROR_BAD_REQUEST, "%s: expected a %s",
			    shared_names[i], shared[i].type == JSON_TEXT ? "string" : "number");
		if (rewriting->any && !slice_equal(value, *had))
			return error_set(err, ERROR_UNSUPPORTED,
			    "requests: %s differs between them; send them separately",
			    shared_names[i]);
		*had = value;
	}
	return 0;
}

static int add_one(struct rewriting *rewriting, struct slice asked, struct error *err)
{
	if (json_scan_type(asked) != JSON_MAP)
		return error_set(err, ERROR_BAD_REQUEST, "requests: expected objects");
	if (note_shared(rewriting, asked, err) != 0 ||
	    gemini_embed_put_text(rewriting->json, asked, rewriting->arena, err) != 0)
		return -1;
	rewriting->any = true;
	return 0;
}

static int add_all(struct rewriting *rewriting, struct slice body, bool batch, struct error *err)
{
	struct slice requests = json_member(body, "requests");

	if (!batch)
		return add_one(rewriting, body, err);
	if (json_scan_type(requests) != JSON_LIST)
		return error_set(
		    err, ERROR_BAD_REQUEST, "requests: missing; expected an array of requests");
	for (struct json_cursor asked = json_cursor(requests); json_next(&asked);)
		if (add_one(rewriting, asked.value, err) != 0)
			return -1;
	return 0;
}

static int read_as_openai(struct slice body, const char *path_model, bool batch,
    struct arena *arena, struct chat_request *out, struct error *err)
{
	AUTO_TEXT struct text json = text_empty(JSON_MAX);
	struct rewriting rewriting = { .json = &json, .arena = arena };

	if (body.len == 0)
		return error_set(
		    err, ERROR_BAD_REQUEST, "the body is empty; expected a JSON object");
	if (json_scan_check(body, err) != 0)
		return error_prefix(err, "the body is not valid JSON");
	json_write(&json, "{input:[");
	if (add_all(&rewriting, body, batch, err) != 0)
		return -1;
	json_write(&json, "], model:%", path_model);
	for (size_t i = 0; i < SHARED; i++)
		if (rewriting.values[i].ptr)
			json_write(&json, "%:%r", shared[i].sent_as, rewriting.values[i]);
	json_write(&json, "}");
	return embeddings_read(
	    (struct slice){ arena_copy_slice(arena, text_slice(&json)), json.len }, path_model,
	    false, arena, out, err);
}

int gemini_embed_read(struct slice body, const char *path_model, bool path_stream,
    struct arena *arena, struct chat_request *out, struct error *err)
{
	return read_as_openai(body, path_model, false, arena, out, err);
}

int gemini_embed_batch_read(struct slice body, const char *path_model, bool path_stream,
    struct arena *arena, struct chat_request *out, struct error *err)
{
	return read_as_openai(body, path_model, true, arena, out, err);
}

static struct slice finish(struct slice body, const struct chat_request *request,
    const struct usage *usage, bool batch, struct arena *arena)
{
	struct slice data = json_member(embeddings_finish(body, request, usage, arena), "data");
	AUTO_TEXT struct text json = text_empty(JSON_MAX);
	bool any = false;

	json_write(&json, "{");
	json_write(&json, "%:", batch ? "embeddings" : "embedding");
	if (batch)
		json_write(&json, "[");
	for (struct json_cursor entry = json_cursor(data); json_next(&entry);) {
		if (any && !batch)
			break;
		any = true;
		json_write(&json, "{values:%r}", json_member(entry.value, "embedding"));
	}
	if (batch)
		json_write(&json, "]");
	else if (!any)
		json_write(&json, "null");
	json_write(&json, "}");
	return (struct slice){ arena_copy_slice(arena, text_slice(&json)), json.len };
}

struct slice gemini_embed_finish(struct slice body, const struct chat_request *request,
    const struct usage *usage, struct arena *arena)
{
	return finish(body, request, usage, false, arena);
}

struct slice gemini_embed_batch_finish(struct slice body, const struct chat_request *request,
    const struct usage *usage, struct arena *arena)
{
	return finish(body, request, usage, true, arena);
}
