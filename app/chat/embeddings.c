/*
 * Embeddings in OpenAI's format.  See the header.
 */
#include "chat/embeddings.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/base64.h"
#include "base/json_scan.h"
#include "base/json_write.h"
#include "chat/request_facts.h"

#include "base/banned.h"

#define INPUTS_MAX 2048                /* OpenAI's limit */
#define JSON_MAX   ((size_t)512 << 20) /* a vector grows at most 4-fold */
#define NUMBER_MAX 64                  /* characters of a coordinate */

/* ---- the request ---- */

static bool is_tokens(struct slice list)
{
	for (struct json_cursor item = json_cursor(list); json_next(&item);)
		if (json_scan_type(item.value) != JSON_NUMBER)
			return false;
	return true;
}

/* A text, a list of texts, a list of tokens, or a list of lists of tokens. */
static int read_input(struct reading *reading, struct slice value, struct error *err)
{
	struct bound_input *bound = &reading->request->bound;
	bool tokens = json_scan_type(value) == JSON_LIST && is_tokens(value);

	bound->inputs = 1;
	if (json_scan_type(value) == JSON_TEXT || (tokens && value.len > 2))
		return 0;
	bound->inputs = 0;
	if (json_scan_type(value) == JSON_LIST)
		for (struct json_cursor item = json_cursor(value); json_next(&item);) {
			enum json_type type = json_scan_type(item.value);

			if (type != JSON_TEXT && !(type == JSON_LIST && is_tokens(item.value)))
				return error_set(err, ERROR_BAD_REQUEST,
				    "input[%lld]: expected a string or an array of tokens",
				    (long long)bound->inputs);
			bound->inputs++;
		}
	return bound->inputs >= 1 && bound->inputs <= INPUTS_MAX
		   ? 0
		   : error_set(err, ERROR_BAD_REQUEST,
			 "input: expected a string, or an array of 1 to %d strings or arrays of "
			 "tokens",
			 INPUTS_MAX);
}

static int read_encoding(struct reading *reading, struct slice value, struct error *err)
{
	struct slice name = json_as_slice(value, reading->arena);

	reading->request->base64_wanted = slice_is(name, "base64");
	return slice_is_one_of(name, "base64 float")
		   ? 0
		   : error_set(err, ERROR_BAD_REQUEST, "encoding_format: expected float or base64");
}

static int read_dimensions(struct reading *reading, struct slice value, struct error *err)
{
	int64_t dimensions;

	return chat_request_whole(value, "dimensions", 1, INT32_MAX, &dimensions, err);
}

/* clang-format off */
static const struct reading_row rows[] = {
	{ "model",           reading_model,   0, 0 },
	{ "input",           read_input,      0, 0 },
	{ "encoding_format", read_encoding,   0, 0 },
	{ "dimensions",      read_dimensions, 0, 0 },
	{ "user",            reading_ignored, 0, 0 },
	{ "task_type",       reading_ignored, 0, 0 }, /* Gemini's, as is title */
	{ "title",           reading_ignored, 0, 0 },
};
/* clang-format on */

int embeddings_read(struct slice body, const char *path_model, bool path_stream,
    struct arena *arena, struct chat_request *out, struct error *err)
{
	struct reading reading = { .rows = rows, .row_count = sizeof rows / sizeof rows[0] };

	if (reading_run(&reading, WIRE_EMBEDDINGS, body, path_model, arena, out, err) != 0)
		return -1;
	if (!out->bound.inputs)
		return error_set(
		    err, ERROR_BAD_REQUEST, "input: missing; expected a string or an array");
	/* There is no output, but for the bound, which wants a limit. */
	out->max_tokens = out->bound.output_tokens = 1;
	out->approximate_tokens = 0; /* a window holds for each text by itself */
	return 0;
}

/* ---- the answer ---- */

/* A JSON array of numbers as the bytes of 32-bit floats; {NULL, 0} when it is none. */
static struct slice pack_floats(struct slice list, struct arena *arena)
{
	float *floats = arena_alloc(arena, (list.len / 2 + 1) * sizeof *floats);
	size_t count = 0;

	for (struct json_cursor item = json_cursor(list); json_next(&item); count++) {
		char number[NUMBER_MAX] = "";

		if (json_scan_type(item.value) != JSON_NUMBER || item.value.len >= NUMBER_MAX)
			return (struct slice){ NULL, 0 };
		memcpy(number, item.value.ptr, item.value.len);
		floats[count] = strtof(number, NULL);
	}
	_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ && sizeof(float) == 4,
	    "vectors go out as little-endian 32-bit floats");
	return (struct slice){ (const char *)floats, count * sizeof *floats };
}

static void put_floats(struct text *json, struct slice bytes)
{
	json_write(json, "[");
	for (size_t i = 0; i + sizeof(float) <= bytes.len; i += sizeof(float)) {
		char number[NUMBER_MAX];
		float value;

		memcpy(&value, bytes.ptr + i, sizeof value);
		snprintf(number, sizeof number, "%.9g", (double)value);
		json_put_raw(json, value - value == 0 ? slice_of(number) : slice_of("0"));
	}
	json_write(json, "]");
}

static void put_vector(
    struct text *json, struct slice vector, bool base64_wanted, struct arena *arena)
{
	enum json_type type = json_scan_type(vector);
	struct slice bytes = { NULL, 0 };

	if (base64_wanted && type == JSON_LIST)
		bytes = pack_floats(vector, arena);
	else if (!base64_wanted && type == JSON_TEXT)
		bytes = base64_decode(json_as_slice(vector, arena), arena);
	if (!bytes.ptr)
		json_put_raw(json, vector);
	else if (base64_wanted)
		json_put(json, base64_encode(bytes, arena));
	else
		put_floats(json, bytes);
}

static void put_entry(
    struct text *json, struct slice entry, bool base64_wanted, struct arena *arena)
{
	json_write(json, "{");
	for (struct json_cursor member = json_cursor(entry); json_next(&member);) {
		json_write(json, "%:", arena_copy_slice(arena, member.key));
		if (json_key_is(&member, "embedding"))
			put_vector(json, member.value, base64_wanted, arena);
		else
			json_put_raw(json, member.value);
	}
	json_write(json, "}");
}

static void put_data(struct text *json, struct slice data, bool base64_wanted, struct arena *arena)
{
	json_write(json, "[");
	for (struct json_cursor entry = json_cursor(data); json_next(&entry);)
		if (json_scan_type(entry.value) == JSON_MAP)
			put_entry(json, entry.value, base64_wanted, arena);
	json_write(json, "]");
}

/* Are all vectors in the encoding that was asked for? */
static bool embeddings_fits(struct slice data, bool base64_wanted)
{
	for (struct json_cursor entry = json_cursor(data); json_next(&entry);)
		if (json_scan_type(entry.value) == JSON_MAP &&
		    json_scan_type(json_member(entry.value, "embedding")) !=
			(base64_wanted ? JSON_TEXT : JSON_LIST))
			return false;
	return true;
}

/* The vectors of a body in a format other than OpenAI's: Gemini's {"embeddings": [{"values"}]},
 * Cohere's {"embeddings": [[]]} or {"embeddings": {"float": [[]]}}, Vertex' {"predictions":
 * [{"embeddings": {"values"}}]}; {NULL, 0}: it has none. */
static struct slice foreign_vectors(struct slice body)
{
	struct slice embeddings = json_member(body, "embeddings"),
		     predictions = json_member(body, "predictions");

	if (json_scan_type(embeddings) == JSON_MAP)
		embeddings = json_member(embeddings, "float");
	return json_scan_type(embeddings) == JSON_LIST    ? embeddings
	       : json_scan_type(predictions) == JSON_LIST ? predictions
							  : (struct slice){ NULL, 0 };
}

static struct slice vector_of(struct slice item)
{
	struct slice inner = json_member(item, "embeddings"); /* of a prediction */

	if (json_scan_type(item) == JSON_LIST)
		return item;
	return json_member(inner.len ? inner : item, "values");
}

static struct slice from_vectors(struct slice vectors, const struct chat_request *request,
    const struct usage *usage, struct arena *arena)
{
	AUTO_TEXT struct text json = text_empty(JSON_MAX);
	int64_t index = 0;

	json_write(&json, "{object:'list', data:[");
	for (struct json_cursor item = json_cursor(vectors); json_next(&item);) {
		json_write(&json, "{object:'embedding', index:%, embedding:", index++);
		put_vector(&json, vector_of(item.value), request->base64_wanted, arena);
		json_write(&json, "}");
	}
	json_write(&json, "], model:%, usage:{prompt_tokens:%, total_tokens:%}}", request->model,
	    usage->input_tokens, usage->input_tokens);
	return (struct slice){ arena_copy_slice(arena, text_slice(&json)), json.len };
}

struct slice embeddings_finish(struct slice body, const struct chat_request *request,
    const struct usage *usage, struct arena *arena)
{
	AUTO_TEXT struct text json = text_empty(JSON_MAX);
	struct slice vectors = foreign_vectors(body), one = json_member(body, "embedding");

	if (!vectors.len && json_scan_type(one) == JSON_LIST) /* Titan's {"embedding": []} */
		vectors = slice_of(arena_printf(arena, "[%.*s]", (int)one.len, one.ptr));
	if (vectors.len)
		return from_vectors(vectors, request, usage, arena);
	if (embeddings_fits(json_member(body, "data"), request->base64_wanted))
		return body;
	json_write(&json, "{");
	for (struct json_cursor member = json_cursor(body); json_next(&member);) {
		json_write(&json, "%:", arena_copy_slice(arena, member.key));
		if (json_key_is(&member, "data") && json_scan_type(member.value) == JSON_LIST)
			put_data(&json, member.value, request->base64_wanted, arena);
		else
			json_put_raw(&json, member.value);
	}
	json_write(&json, "}");
	return (struct slice){ arena_copy_slice(arena, text_slice(&json)), json.len };
}
