/*
 * Reading a request for a moderation.  See the header.
 */
#include "chat/moderations.h"

#include "base/json_scan.h"
#include "chat/request_facts.h"

#include "base/banned.h"

#define USUAL_MODEL "omni-moderation-latest" /* OpenAI's, when a client names none */

static int read_input(struct reading *reading, struct slice value, struct error *err)
{
	enum json_type type = json_scan_type(value);

	if (type != JSON_TEXT && type != JSON_LIST)
		return error_set(err, ERROR_BAD_REQUEST, "input: expected a string or an array");
	reading->request->bound.inputs = 1;
	for (struct json_cursor part = json_cursor(value); type == JSON_LIST && json_next(&part);)
		if (json_scan_type(part.value) == JSON_MAP &&
		    json_member(part.value, "image_url").ptr) {
			reading->request->has_images = true;
			reading->request->bound.images++;
		}
	return 0;
}

/* clang-format off */
static const struct reading_row rows[] = {
	{ "model", reading_model, 0, 0 },
	{ "input", read_input,    0, 0 },
};
/* clang-format on */

int moderations_read(struct slice body, const char *path_model, bool path_stream,
    struct arena *arena, struct chat_request *out, struct error *err)
{
	struct reading reading = { .rows = rows, .row_count = sizeof rows / sizeof rows[0] };

	if (json_scan_check(body, NULL) == 0 && json_scan_type(body) == JSON_MAP &&
	    json_scan_type(json_member(body, "model")) <= JSON_NIL)
		path_model = USUAL_MODEL;
	if (reading_run(&reading, WIRE_MODERATIONS, body, path_model, arena, out, err) != 0)
		return -1;
	if (!out->bound.inputs)
		return error_set(
		    err, ERROR_BAD_REQUEST, "input: missing; expected a string or an array");
	out->max_tokens = out->bound.output_tokens = 1; /* there is no output, but for the bound */
	return 0;
}
