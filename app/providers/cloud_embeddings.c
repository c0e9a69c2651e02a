/*
 * Embeddings at the clouds, written from OpenAI's request: Titan and Cohere by Bedrock's
 * InvokeModel, Google's own by Vertex' predict.  The answers are put into the client's shape by
 * chat/embeddings.c.
 *
 * Sources: litellm 1.108.7 (bedrock/embed, vertex_ai/vertex_embeddings), read 2026-11-30.  Titan
 * takes one text a call.  Cohere wants to be told what a text is for, and its body has no usage, so
 * a call is charged by the head (cloud.h), or what its text can have been at most.
 */
#include "base/json_scan.h"
#include "base/json_write.h"
#include "providers/call_parts.h"
#include "providers/cloud.h"

#include "base/banned.h"

#define JSON_MAX ((size_t)256 << 20)

/* What goes round each text, and before and after all of them. */
struct shape {
	enum cloud_way way;
	const char *list; /* the member that holds the texts; NULL: one text alone */
	const char *text; /* the member of each; NULL: the text itself */
	const char *dimensions;
};

static const struct shape shapes[] = {
	{ CLOUD_TITAN, NULL, "inputText", "dimensions" },
	{ CLOUD_COHERE, "texts", NULL, "output_dimension" },
	{ CLOUD_PREDICT, "instances", "content", "outputDimensionality" },
};

static const struct shape *shape_of(const struct provider_call *call)
{
	enum cloud_way way = cloud_way_of(call->provider, call->deployment, call->model);
	const struct shape *shape = shapes;

	while (shape->way != way)
		shape++;
	return shape;
}

/* Gemini's task_type in Cohere's words. */
static const char *input_type(struct slice task)
{
	static const struct {
		const char *task, *type;
	} types[] = { { "RETRIEVAL_QUERY", "search_query" },
		{ "QUESTION_ANSWERING", "search_query" }, { "CLASSIFICATION", "classification" },
		{ "CLUSTERING", "clustering" } };

	for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
		if (json_text_is(task, types[i].task))
			return types[i].type;
	return "search_document";
}

static int put_text(struct text *json, const struct provider_call *call, const struct shape *shape,
    struct slice text, struct error *err)
{
	static const char *const hints[] = { "task_type", "title" };

	if (json_scan_type(text) != JSON_TEXT)
		return error_set(err, ERROR_UNSUPPORTED,
		    "input: tokens of another model's vocabulary cannot be embedded by '%s'; send "
		    "text",
		    call->request->model);
	if (!shape->text) {
		json_put_raw(json, text);
		return 0;
	}
	if (shape->list)
		json_write(json, "{");
	json_write(json, "%:%r", shape->text, text);
	for (size_t i = 0; shape->way == CLOUD_PREDICT && i < sizeof hints / sizeof hints[0]; i++) {
		struct slice hint = json_member(call->request->body, hints[i]);

		if (json_scan_type(hint) == JSON_TEXT)
			json_write(json, "%:%r", hints[i], hint);
	}
	if (shape->list)
		json_write(json, "}");
	return 0;
}

static int put_texts(struct text *json, const struct provider_call *call, const struct shape *shape,
    struct error *err)
{
	struct slice input = json_member(call->request->body, "input");
	int result = 0;

	if (!shape->list && call->request->bound.inputs > 1)
		return error_set(err, ERROR_UNSUPPORTED,
		    "input: '%s' embeds one text a call; send them one by one, or choose another "
		    "model",
		    call->request->model);
	if (shape->list) {
		json_write(json, "%:", shape->list);
		json_write(json, "[");
	}
	if (json_scan_type(input) == JSON_TEXT)
		result = put_text(json, call, shape, input, err);
	else
		for (struct json_cursor item = json_cursor(input); result == 0 && json_next(&item);)
			result = put_text(json, call, shape, item.value, err);
	if (shape->list)
		json_write(json, "]");
	return result;
}

static void put_dimensions(struct text *json, const struct shape *shape, struct slice dimensions)
{
	if (json_scan_type(dimensions) != JSON_NUMBER)
		return;
	if (shape->way == CLOUD_PREDICT) {
		json_write(json, "parameters:{");
	}
	json_write(json, "%:%r", shape->dimensions, dimensions);
	if (shape->way == CLOUD_PREDICT)
		json_write(json, "}");
}

static int cloud_embeddings_build(const struct provider_call *call, struct arena *arena,
    struct fetch_call *out, struct error *err)
{
	const struct shape *shape = shape_of(call);
	struct slice body = call->request->body;
	AUTO_TEXT struct text json = text_empty(JSON_MAX);

	if (call_set_destination(call, cloud_url(call, arena), arena, out, err) != 0 ||
	    call_set_headers(call, arena, out, err) != 0)
		return -1;
	json_write(&json, "{");
	if (put_texts(&json, call, shape, err) != 0)
		return -1;
	if (shape->way == CLOUD_COHERE)
		json_write(&json, "input_type:%", input_type(json_member(body, "task_type")));
	put_dimensions(&json, shape, json_member(body, "dimensions"));
	json_write(&json, "}");
	return call_set_body(&json, arena, out, err);
}

static void add_tokens(struct slice count, struct usage *out)
{
	int64_t tokens;

	if (!json_as_int(count, &tokens) || tokens < 0)
		return;
	out->input_tokens += tokens;
	out->known = true;
}

static int cloud_embeddings_read_reply(const struct provider *provider, struct slice body,
    struct arena *arena, struct provider_reply *out, struct error *err)
{
	struct provider_reply reply = { .usage.reported_cost_nano = -1 };
	struct slice predictions;

	if (json_scan_check(body, err) != 0)
		return error_prefix(err, "the provider's answer");
	predictions = json_member(body, "predictions");
	if (json_scan_type(predictions) != JSON_LIST && !json_member(body, "embeddings").len &&
	    json_scan_type(json_member(body, "embedding")) != JSON_LIST)
		return error_set(err, ERROR_UPSTREAM, "the provider's answer has no embeddings");
	add_tokens(json_member(body, "inputTextTokenCount"), &reply.usage);
	for (struct json_cursor item = json_cursor(predictions); json_next(&item);) {
		struct slice embedding = json_member(item.value, "embeddings");

		add_tokens(
		    json_member(json_member(embedding, "statistics"), "token_count"), &reply.usage);
	}
	*out = reply;
	return 0;
}

const struct wire_format cloud_embeddings_format = { "the clouds' embeddings", WIRE_EMBEDDINGS,
	cloud_embeddings_build, cloud_embeddings_read_reply, call_no_event, NULL, NULL };
