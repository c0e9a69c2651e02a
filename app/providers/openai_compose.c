/*
 * A neutral conversation as an OpenAI chat body.
 *
 * Results of tools are messages of their own; images in them follow in a user's message.  Reasoning
 * is left out, but for providers that demand it back.
 */
#include "base/json_write.h"
#include "providers/call_parts.h"
#include "providers/openai_format.h"
#include "providers/openai_pieces.h"
#include "providers/reasoning_details.h"

#include "base/banned.h"

#define ID_MAX 40 /* of a call, at OpenAI */

struct composer {
	const struct provider_call *call;
	const struct chat_conversation *from;
	struct arena *arena;
	struct text *json;
};

/* ---- parts ---- */

static void put_text_part(struct composer *c, struct slice text)
{
	json_write(c->json, "{type:'text', text:%}", text);
}

static void put_image(struct composer *c, const struct chat_part *part)
{
	json_write(
	    c->json, "{type:'image_url', image_url:{url:%", part_url(part, "image/png", c->arena));
	if (part->detail.len)
		json_write(c->json, "detail:%", part->detail);
	json_write(c->json, "}}");
}

static void put_document(struct composer *c, const struct chat_part *part)
{
	if (part->text.ptr) {
		put_text_part(c, part->text);
		return;
	}
	if (part_is_video(part)) {
		json_write(c->json, "{type:'video_url', video_url:{url:%}}",
		    part_url(part, "video/mp4", c->arena));
		return;
	}
	json_write(c->json, "{type:'file', file:{filename:%, file_data:%}}",
	    conversation_file_name(part, c->arena), part_url(part, "application/pdf", c->arena));
}

/* OpenAI takes wav and mp3; others that speak its format take more. */
static void put_audio(struct composer *c, const struct chat_part *part)
{
	static const size_t family = sizeof "audio/" - 1;
	struct slice format = slice_of("wav");

	if (part->mime.len > family)
		format = (struct slice){ part->mime.ptr + family, part->mime.len - family };
	if (slice_is_one_of(format, "x-wav wave vnd.wave"))
		format = slice_of("wav");
	else if (slice_is_one_of(format, "mpeg mpeg3 x-mp3"))
		format = slice_of("mp3");
	json_write(
	    c->json, "{type:'input_audio', input_audio:{data:%, format:%}}", part->data, format);
}

static void openai_compose_put_part(struct composer *c, const struct chat_part *part)
{
	switch (part->kind) {
	case PART_TEXT:
	case PART_REFUSAL:
		put_text_part(c, part->text);
		break;
	case PART_IMAGE:
		put_image(c, part);
		break;
	case PART_DOCUMENT:
		put_document(c, part);
		break;
	case PART_AUDIO:
		put_audio(c, part);
		break;
	default:
		break;
	}
}

/* ---- messages ---- */

static void begin_message(struct composer *c, const char *role)
{
	json_write(c->json, "{role:%", role);
}

static void openai_compose_put_system(struct composer *c, const struct chat_turn *turn)
{
	begin_message(c, "system");
	json_write(
	    c->json, "content:%}", parts_text(turn->parts, turn->part_count, "\n\n", c->arena));
}

/* more: words that go into the result as well. */
static void openai_compose_put_result(
    struct composer *c, const struct chat_part *result, struct slice more)
{
	struct slice text = parts_text(result->parts, result->part_count, "\n", c->arena);

	begin_message(c, "tool");
	json_write(c->json, "tool_call_id:%, content:%}",
	    call_tool_id(result->id, ID_MAX, NULL, c->arena),
	    result->is_error || more.len
		? slice_of(arena_printf(c->arena, "%s%.*s%s%.*s", result->is_error ? "Error: " : "",
		      (int)text.len, text.ptr, more.len ? "\n\n" : "", (int)more.len,
		      more.ptr ? more.ptr : ""))
		: text);
}

static void put_result_media(struct composer *c, const struct chat_part *result)
{
	for (size_t i = 0; i < result->part_count; i++) {
		if (result->parts[i].kind == PART_TEXT)
			continue;
		put_text_part(c, slice_of("from the result of the tool:"));
		openai_compose_put_part(c, &result->parts[i]);
	}
}

static bool has_media(const struct chat_part *result)
{
	return result->kind == PART_TOOL_RESULT &&
	       !parts_only_text(result->parts, result->part_count);
}

static void put_user_content(struct composer *c, const struct chat_turn *turn, size_t begin)
{
	bool media = false;

	for (size_t i = 0; i < begin; i++)
		media = media || has_media(&turn->parts[i]);
	if (!media && begin == turn->part_count)
		return;
	begin_message(c, "user");
	json_write(c->json, "content:");
	if (!media && turn->part_count == begin + 1 && turn->parts[begin].kind == PART_TEXT) {
		json_write(c->json, "%}", turn->parts[begin].text);
		return;
	}
	json_write(c->json, "[");
	for (size_t i = 0; i < begin; i++)
		put_result_media(c, &turn->parts[i]);
	for (size_t i = begin; i < turn->part_count; i++)
		openai_compose_put_part(c, &turn->parts[i]);
	json_write(c->json, "]}");
}

static size_t leading_results(const struct chat_turn *turn)
{
	size_t results = 0;

	while (results < turn->part_count && turn->parts[results].kind == PART_TOOL_RESULT)
		results++;
	return results;
}

/* Mistral answers 400 ("Unexpected role 'user' after role 'tool'") to a reminder beside a result:
 * the words go into the last one. */
static bool goes_into_result(const struct composer *c, const struct chat_turn *turn, size_t results)
{
	if (!(c->call->provider->quirks & QUIRK_RESULTS_LAST) || results == 0)
		return false;
	for (size_t i = 0; i < results; i++)
		if (has_media(&turn->parts[i]))
			return false;
	return parts_only_text(turn->parts + results, turn->part_count - results);
}

/* What is no text cannot go into a result: the assistant says something first. */
static void put_between(struct composer *c, const struct chat_turn *turn, size_t results)
{
	bool more = turn->part_count > results;

	for (size_t i = 0; i < results; i++)
		more = more || has_media(&turn->parts[i]);
	if (!more)
		return;
	begin_message(c, "assistant");
	json_write(c->json, "content:'I have the results.'}");
}

static void openai_compose_put_user(struct composer *c, const struct chat_turn *turn)
{
	size_t results = leading_results(turn);
	bool inside = goes_into_result(c, turn, results);
	struct slice none = { NULL, 0 };
	struct slice words =
	    inside ? parts_text(turn->parts + results, turn->part_count - results, "\n\n", c->arena)
		   : none;

	for (size_t i = 0; i < results; i++)
		openai_compose_put_result(c, &turn->parts[i], i + 1 == results ? words : none);
	if (inside)
		return;
	if (results > 0 && (c->call->provider->quirks & QUIRK_RESULTS_LAST))
		put_between(c, turn, results);
	put_user_content(c, turn, results);
}

/* Gemini wants its signature back also where it speaks this format; to others it is an unknown
 * member. */
static void put_signature(struct composer *c, const struct chat_part *call)
{
	if (call->signature.len > 0 && call->signed_by == WIRE_GEMINI &&
	    strstr(c->call->model, "gemini"))
		json_write(
		    c->json, "extra_content:{google:{thought_signature:%}}", call->signature);
}

static void openai_compose_put_calls(struct composer *c, const struct chat_turn *turn)
{
	json_write(c->json, "tool_calls:[");
	for (size_t i = 0; i < turn->part_count; i++) {
		const struct chat_part *part = &turn->parts[i];

		if (part->kind != PART_TOOL_CALL)
			continue;
		json_write(c->json, "{id:%, type:'function', function:{name:%, arguments:%}",
		    call_tool_id(part->id, ID_MAX, NULL, c->arena), part->name,
		    part->arguments.len ? part->arguments : slice_of("{}"));
		put_signature(c, part);
		json_write(c->json, "}");
	}
	json_write(c->json, "]");
}

static struct slice reasoning_of(struct composer *c, const struct chat_turn *turn)
{
	struct arena_bytes all = { .ptr = NULL };

	for (size_t i = 0; i < turn->part_count; i++)
		if (turn->parts[i].kind == PART_REASONING && turn->parts[i].text.ptr)
			arena_bytes_add(&all, turn->parts[i].text, c->arena);
	return arena_bytes_slice(&all);
}

static void put_details(struct composer *c, const struct chat_turn *turn)
{
	struct arena_bytes all = { .ptr = NULL };

	for (size_t i = 0; i < turn->part_count; i++) {
		const struct chat_part *part = &turn->parts[i];
		struct slice entries = { NULL, 0 };

		if (part->kind == PART_REASONING && part->signed_by == WIRE_OPENAI_CHAT)
			entries = reasoning_details_entries(part->signature, c->arena);
		if (entries.len > 0 && all.len > 0)
			arena_bytes_add(&all, slice_of(","), c->arena);
		arena_bytes_add(&all, entries, c->arena);
	}
	if (all.len == 0)
		return;
	json_write(c->json, "reasoning_details:[%r]", arena_bytes_slice(&all));
}

static void put_assistant(struct composer *c, const struct chat_turn *turn)
{
	struct slice text = parts_text(turn->parts, turn->part_count, "", c->arena);
	bool calls = turn_has(turn, PART_TOOL_CALL);

	if (c->call->traits.reasoning_back == BACK_THINK_TAGS)
		text = call_with_thoughts(text, reasoning_of(c, turn), c->arena);
	begin_message(c, "assistant");
	if (text.len == 0 && calls)
		json_write(c->json, "content:null");
	else
		json_write(c->json, "content:%", text);
	if (c->call->traits.reasoning_back == BACK_MUST)
		json_write(c->json, "reasoning_content:%", reasoning_of(c, turn));
	if (c->call->provider->quirks & QUIRK_REASONING_DETAILS)
		put_details(c, turn);
	if (calls)
		openai_compose_put_calls(c, turn);
	json_write(c->json, "}");
}

static void put_messages(struct composer *c)
{
	json_write(c->json, "messages:[");
	if (c->from->schema_in_words) {
		begin_message(c, "system");
		json_write(c->json, "content:%}", call_schema_hint(c->from->schema, c->arena));
	}
	for (size_t i = 0; i < c->from->turn_count; i++) {
		const struct chat_turn *turn = &c->from->turns[i];

		if (turn->role == CHAT_SYSTEM)
			openai_compose_put_system(c, turn);
		else if (turn->role == CHAT_USER)
			openai_compose_put_user(c, turn);
		else
			put_assistant(c, turn);
	}
	json_write(c->json, "]");
}

/* ---- the rest ---- */

static void openai_compose_put_number(struct composer *c, const char *name, struct slice number)
{
	if (number.ptr)
		json_write(c->json, "%:%r", name, number);
}

static void openai_compose_put_stops(struct composer *c)
{
	if (c->from->stop_count == 0)
		return;
	json_write(c->json, "stop:[");
	for (size_t i = 0; i < c->from->stop_count && i < 4; i++)
		json_put(c->json, c->from->stops[i]);
	json_write(c->json, "]");
}

static void put_format(struct composer *c)
{
	bool schema = c->from->answer == ANSWER_SCHEMA && !c->from->schema_in_words;

	if (c->from->answer == ANSWER_TEXT || c->from->json_unknown)
		return;
	json_write(c->json, "response_format:{type:%", schema ? "json_schema" : "json_object");
	if (schema) {
		json_write(c->json, "json_schema:{");
		openai_put_schema(c->json, c->from, SHAPE_CHAT);
		json_write(c->json, "}");
	}
	json_write(c->json, "}");
}

static void openai_compose_put_thinking(struct composer *c)
{
	const char *json, *off = openai_off_word(&c->call->traits, &json);

	if (c->from->effort != EFFORT_UNSET)
		json_write(c->json, "reasoning_effort:%", effort_name(c->from->effort));
	if (c->from->thinking_off && off)
		json_write(c->json, "%:%r", off, json);
}

static void put_settings(struct composer *c)
{
	const struct chat_conversation *from = c->from;

	openai_compose_put_number(c, "temperature", from->temperature);
	if (from->features & FEATURE_IMAGE_OUTPUT)
		json_write(c->json, "modalities:['image','text']");
	openai_compose_put_number(c, "top_p", from->top_p);
	openai_compose_put_number(c, "presence_penalty", from->presence_penalty);
	openai_compose_put_number(c, "frequency_penalty", from->frequency_penalty);
	openai_compose_put_number(c, "seed", from->seed);
	openai_compose_put_stops(c);
	put_format(c);
	if (from->choices > 1)
		json_write(c->json, "n:%", from->choices);
	if (from->logprobs)
		json_write(c->json, "logprobs:true");
	if (from->logprobs && from->top_logprobs >= 0)
		json_write(c->json, "top_logprobs:%", from->top_logprobs);
	openai_compose_put_thinking(c);
	if (from->verbosity.len)
		json_write(c->json, "verbosity:%", from->verbosity);
	if (from->user.len && from->user.len <= 64)
		json_write(c->json, "user:%", from->user);
}

int openai_compose(const struct provider_call *call, struct arena *arena, struct fetch_call *out,
    struct error *err)
{
	int64_t limit = call->output_limit > 0 ? call->output_limit : call->request->max_tokens;
	AUTO_TEXT struct text json = text_empty(CALL_BODY_MAX);
	struct composer c = { call, call->conversation, arena, &json };

	json_write(&json, "{model:%", call->model);
	put_messages(&c);
	openai_put_tools(&json, c.from, SHAPE_CHAT, arena);
	if (limit > 0)
		json_write(&json, "%:%", openai_limit_name(call), limit);
	put_settings(&c);
	if (call->request->stream) {
		json_write(&json, "stream:true");
		if (!(call->provider->quirks & QUIRK_NO_STREAM_USAGE))
			json_write(&json, "stream_options:{include_usage:true}");
	}
	json_write(&json, "}");
	return call_set_body(&json, arena, out, err);
}
