/*
 * An OpenAI Responses request to the neutral conversation: its members.  Items are read in
 * responses_items.c, tools in responses_tools.c.
 *
 * What needs a state at the provider, or a tool that runs there, is refused by name.
 */
#include "chat/responses.h"

#include "base/json_scan.h"
#include "chat/openai_chat.h"

#include "base/banned.h"

static int read_instructions(struct reading *reading, struct slice value, struct error *err)
{
	struct chat_turn *turn = conversation_add_turn(reading->to, CHAT_SYSTEM, reading->arena);
	int result = responses_read_content(reading, turn, value, err);

	conversation_put_first(reading->to);
	return result;
}

static int read_parallel(struct reading *reading, struct slice value, struct error *err)
{
	bool parallel = true;

	if (json_as_bool(value, &parallel) && !parallel) {
		reading->to->one_tool_call = true;
		reading->to->features |= FEATURE_ONE_TOOL_CALL;
	}
	return 0;
}

static int responses_in_read_text(struct reading *reading, struct slice value, struct error *err)
{
	struct slice format = json_member(value, "format");

	if (json_text_is(json_member(format, "type"), "json_object"))
		reading->to->answer = ANSWER_JSON;
	else if (json_text_is(json_member(format, "type"), "json_schema"))
		openai_read_schema(reading->to, format, reading->arena);
	reading->to->verbosity = json_as_slice(json_member(value, "verbosity"), reading->arena);
	if (reading->to->verbosity.ptr)
		reading->to->features |= FEATURE_VERBOSITY;
	return 0;
}

static int read_effort(struct reading *reading, struct slice value, struct error *err)
{
	struct slice mode = json_member(value, "mode");

	if (json_scan_type(mode) > JSON_NIL && !json_text_is(mode, "standard"))
		return error_set(err, ERROR_UNSUPPORTED,
		    "reasoning.mode: only standard has a known price here; leave it out");
	reading->to->effort =
	    effort_from_name(json_as_slice(json_member(value, "effort"), reading->arena));
	return 0;
}

static int responses_in_read_max_tokens(
    struct reading *reading, struct slice value, struct error *err)
{
	return chat_request_whole(
	    value, "max_output_tokens", 1, READING_TOKENS_MAX, &reading->request->max_tokens, err);
}

static int responses_in_read_user(struct reading *reading, struct slice value, struct error *err)
{
	reading->to->user = json_as_slice(value, reading->arena);
	reading->to->features |= FEATURE_USER;
	return 0;
}

static int read_most_calls(struct reading *reading, struct slice value, struct error *err)
{
	return chat_request_whole(value, "max_tool_calls", 1, READING_TOKENS_MAX,
	    &reading->request->bound.asked_all, err);
}

static int read_background(struct reading *reading, struct slice value, struct error *err)
{
	return slice_is(value, "false") ? 0
					: error_set(err, ERROR_UNSUPPORTED,
					      "background: needs a stored response, which this "
					      "gateway does not keep; leave it out");
}

static int read_store(struct reading *reading, struct slice value, struct error *err)
{
	return slice_is(value, "false") ? 0
					: error_set(err, ERROR_UNSUPPORTED,
					      "store: this gateway keeps no responses; send store: "
					      "false, or leave it out");
}

static int refuse_state(struct reading *reading, struct slice value, struct error *err)
{
	return error_set(err, ERROR_UNSUPPORTED,
	    "previous_response_id, conversation and prompt: this gateway keeps no responses; send "
	    "the whole input");
}

static int responses_in_read_service_tier(
    struct reading *reading, struct slice value, struct error *err)
{
	if (chat_request_check_tier(value, err) != 0)
		return -1;
	if (!json_text_is(value, "auto") && !json_text_is(value, "default"))
		reading->to->features |= FEATURE_SERVICE_TIER;
	return 0;
}

/* clang-format off */
static const struct reading_row rows[] = {
	{ "model",                reading_model,     0, 0 },
	{ "instructions",         read_instructions, 0, 0 },
	{ "input",                responses_read_input, 0, 0 },
	{ "max_output_tokens",    responses_in_read_max_tokens,   0, 0 },
	{ "stream",               reading_stream,    0, 0 },
	{ "stream_options",       reading_ignored,   0, 0 },
	{ "tools",                responses_read_tools, 0, 0 },
	{ "tool_choice",          responses_read_choice, 0, 0 },
	{ "parallel_tool_calls",  read_parallel,     0, 0 },
	{ "text",                 responses_in_read_text,         0, 0 },
	{ "reasoning",            read_effort,       0, 0 },
	{ "user",                 responses_in_read_user,         0, 0 },
	{ "safety_identifier",    responses_in_read_user,         0, 0 },
	{ "store",                read_store,        0, 0 },
	{ "background",           read_background,   0, 0 },
	{ "previous_response_id", refuse_state,      0, 0 },
	{ "conversation",         refuse_state,      0, 0 },
	{ "prompt",               refuse_state,      0, 0 },
	{ "service_tier",         responses_in_read_service_tier, 0, 0 },
	{ "include",              reading_ignored,   0, 0 },
	{ "truncation",           reading_ignored,   0, 0 },
	{ "prompt_cache_key",     reading_ignored,   0, 0 },
	{ "max_tool_calls",       read_most_calls,   0, 0 },
	{ "metadata",             reading_ignored,   FEATURE_METADATA, 0 },
	{ "client_metadata",      reading_ignored,   FEATURE_METADATA, 0 }, /* Codex */
	{ "temperature",          reading_ignored,   0, READING_NUMBER(temperature) },
	{ "top_p",                reading_ignored,   0, READING_NUMBER(top_p) },
	{ "top_logprobs",         reading_ignored,   FEATURE_LOGPROBS, 0 },
};
/* clang-format on */

int responses_read(struct slice body, const char *path_model, bool path_stream, struct arena *arena,
    struct chat_request *out, struct error *err)
{
	struct reading reading = { .rows = rows, .row_count = sizeof rows / sizeof rows[0] };

	if (reading_run(&reading, WIRE_RESPONSES, body, path_model, arena, out, err) != 0)
		return -1;
	if (!json_member(body, "input").ptr)
		return error_set(
		    err, ERROR_BAD_REQUEST, "input: missing; expected a string or an array");
	reading_settle_offer(out);
	return 0;
}
