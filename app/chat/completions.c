/*
 * OpenAI's legacy completions: the prompt becomes one user's message
 * of a chat, and the answer's text comes back in the old shape.  What a chat cannot do (a suffix to
 * fill up to, echo, best_of, log probabilities, token prompts, several prompts) is refused.
 */
#include "chat/completions.h"

#include "base/json_scan.h"
#include "base/json_write.h"
#include "chat/openai_chat.h"
#include "chat/request_facts.h"

#include "base/banned.h"

#define JSON_MAX ((size_t)256 << 20)

static int read_prompt(struct reading *reading, struct slice value, struct error *err)
{
	struct json_cursor list = json_cursor(value);
	struct chat_turn *turn;

	if (json_scan_type(value) == JSON_LIST) { /* a list of one text is that text */
		if (!json_next(&list) || json_scan_type(list.value) != JSON_TEXT)
			return error_set(err, ERROR_UNSUPPORTED,
			    "prompt: expected a string; tokens are not accepted");
		value = list.value;
		if (json_next(&list))
			return error_set(err, ERROR_UNSUPPORTED,
			    "prompt: expected one prompt; send one request for each");
	}
	if (json_scan_type(value) != JSON_TEXT)
		return error_set(err, ERROR_BAD_REQUEST, "prompt: expected a string");
	turn = conversation_add_turn(reading->to, CHAT_USER, reading->arena);
	turn_add_part(turn, PART_TEXT, reading->arena)->text = json_as_slice(value, reading->arena);
	return 0;
}

static int completions_read_stop(struct reading *reading, struct slice value, struct error *err)
{
	if (!conversation_read_stops(reading->to, value, reading->arena))
		return error_set(
		    err, ERROR_BAD_REQUEST, "stop: expected a string or an array of strings");
	if (reading->to->stop_count > 0)
		reading->to->features |= FEATURE_STOPS;
	return 0;
}

static int completions_read_n(struct reading *reading, struct slice value, struct error *err)
{
	if (chat_request_whole(value, "n", 1, REPLY_CHOICES_MAX, &reading->to->choices, err) != 0)
		return -1;
	if (reading->to->choices > 1)
		reading->to->features |= FEATURE_N;
	return 0;
}

static int completions_read_max_tokens(
    struct reading *reading, struct slice value, struct error *err)
{
	return chat_request_whole(
	    value, "max_tokens", 1, READING_TOKENS_MAX, &reading->request->max_tokens, err);
}

static int read_stream_options(struct reading *reading, struct slice value, struct error *err)
{
	(void)json_as_bool(json_member(value, "include_usage"), &reading->request->usage_wanted);
	return 0;
}

static int completions_read_user(struct reading *reading, struct slice value, struct error *err)
{
	reading->to->user = json_as_slice(value, reading->arena);
	reading->to->features |= FEATURE_USER;
	return 0;
}

static int refuse_suffix(struct reading *reading, struct slice value, struct error *err)
{
	if (value.len <= 2)
		return 0;
	return error_set(err, ERROR_UNSUPPORTED,
	    "suffix: inserting text before a suffix is not offered, because chat models have no "
	    "such call");
}

static int refuse_echo(struct reading *reading, struct slice value, struct error *err)
{
	bool echo = false;

	(void)json_as_bool(value, &echo);
	return echo ? error_set(err, ERROR_UNSUPPORTED, "echo: not offered; leave it out") : 0;
}

static int refuse_logprobs(struct reading *reading, struct slice value, struct error *err)
{
	return error_set(err, ERROR_UNSUPPORTED, "logprobs: not offered here; leave it out");
}

static int refuse_best_of(struct reading *reading, struct slice value, struct error *err)
{
	int64_t best = 1;

	(void)json_as_int(value, &best);
	return best > 1 ? error_set(err, ERROR_UNSUPPORTED, "best_of: not offered; leave it out")
			: 0;
}

/* clang-format off */
static const struct reading_row rows[] = {
	{ "model",             reading_model,       0, 0 },
	{ "prompt",            read_prompt,         0, 0 },
	{ "max_tokens",        completions_read_max_tokens,     0, 0 },
	{ "stream",            reading_stream,      0, 0 },
	{ "stream_options",    read_stream_options, 0, 0 },
	{ "stop",              completions_read_stop,           0, 0 },
	{ "n",                 completions_read_n,              0, 0 },
	{ "user",              completions_read_user,           0, 0 },
	{ "suffix",            refuse_suffix,       0, 0 },
	{ "echo",              refuse_echo,         0, 0 },
	{ "logprobs",          refuse_logprobs,     0, 0 },
	{ "best_of",           refuse_best_of,      0, 0 },
	{ "temperature",       reading_ignored,     0, READING_NUMBER(temperature) },
	{ "top_p",             reading_ignored,     0, READING_NUMBER(top_p) },
	{ "seed",              reading_ignored,     FEATURE_SEED, READING_NUMBER(seed) },
	{ "presence_penalty",  reading_ignored,     FEATURE_PENALTIES, READING_NUMBER(presence_penalty) },
	{ "frequency_penalty", reading_ignored,     FEATURE_PENALTIES, READING_NUMBER(frequency_penalty) },
	{ "logit_bias",        reading_ignored,     FEATURE_LOGIT_BIAS, 0 },
};
/* clang-format on */

int completions_read(struct slice body, const char *path_model, bool path_stream,
    struct arena *arena, struct chat_request *out, struct error *err)
{
	struct reading reading = { .rows = rows, .row_count = sizeof rows / sizeof rows[0] };

	if (reading_run(&reading, WIRE_COMPLETIONS, body, path_model, arena, out, err) != 0)
		return -1;
	if (reading.to->turn_count == 0)
		return error_set(err, ERROR_BAD_REQUEST, "prompt: missing; expected a string");
	return 0;
}

/* ---- out ---- */

static void completions_put_head(
    struct text *json, const struct answer_about *about, struct slice model, struct arena *arena)
{
	json_write(json, "{id:%, object:'text_completion', created:%, model:%, choices:[",
	    arena_printf(arena, "cmpl-%.*s", (int)about->id.len, about->id.ptr), about->created_s,
	    model.len ? model : about->model);
}

static void completions_put_choice(
    struct text *json, int index, struct slice text, const char *finish)
{
	json_write(json, "{text:%, index:%, logprobs:null, finish_reason:", text, index);
	if (finish)
		json_put(json, slice_of(finish));
	else
		json_write(json, "null");
	json_write(json, "}");
}

struct slice completions_reply_out(
    const struct chat_reply *reply, const struct answer_about *about, struct arena *arena)
{
	AUTO_TEXT struct text json = text_empty(JSON_MAX);

	completions_put_head(&json, about, reply->model, arena);
	for (size_t i = 0; i < reply->choice_count; i++)
		completions_put_choice(&json, (int)i,
		    parts_text(reply->choices[i].parts, reply->choices[i].part_count, "", arena),
		    openai_finish_name(reply->choices[i].finish));
	json_write(&json, "], usage:");
	openai_put_usage(&json, &reply->usage);
	json_write(&json, "}");
	return (struct slice){ arena_copy_slice(arena, text_slice(&json)), json.len };
}

struct state {
	struct slice model;
	struct usage usage;
};

static int completions_send_chunk(
    struct client_stream *stream, int index, struct slice text, const char *finish)
{
	const struct state *state = stream->state;
	AUTO_TEXT struct text json = text_empty(JSON_MAX);

	completions_put_head(&json, stream->about, state->model, stream->arena);
	completions_put_choice(&json, index, text, finish);
	json_write(&json, "]}");
	return stream->write(stream->ctx, "", text_slice(&json));
}

static int send_usage(struct client_stream *stream)
{
	const struct state *state = stream->state;
	AUTO_TEXT struct text json = text_empty(JSON_MAX);

	if (!stream->about->usage_wanted)
		return 0;
	completions_put_head(&json, stream->about, state->model, stream->arena);
	json_write(&json, "], usage:");
	openai_put_usage(&json, &state->usage);
	json_write(&json, "}");
	return stream->write(stream->ctx, "", text_slice(&json));
}

int completions_stream_out(struct client_stream *stream, const struct chat_event *event)
{
	struct state *state = stream->state;

	if (!state)
		state = stream->state = arena_alloc(stream->arena, sizeof *state);
	switch (event->kind) {
	case EVENT_START:
		state->model = (struct slice){ arena_copy_slice(stream->arena, event->model),
			event->model.len };
		return 0;
	case EVENT_TEXT:
	case EVENT_REFUSAL:
		return event->text.len
			   ? completions_send_chunk(stream, event->choice, event->text, NULL)
			   : 0;
	case EVENT_FINISH:
		return completions_send_chunk(
		    stream, event->choice, slice_of(""), openai_finish_name(event->finish));
	case EVENT_USAGE:
		state->usage = *event->usage;
		return 0;
	case EVENT_END:
		return send_usage(stream);
	default:
		return 0;
	}
}
