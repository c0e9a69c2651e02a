/*
 * Calls for images, speech, transcriptions and rankings: the client's body with a few members
 * changed, and what an answer says of its bill.  See the header.
 *
 * Speech and transcriptions are asked for in a form that tells what was billed, where there is one:
 * speech that is billed by tokens in events, a text with its length (chat/media_answer.c makes of
 * it what the client wants).
 */
#include "providers/media_call.h"

#include <string.h>

#include "base/json_scan.h"
#include "base/number.h"
#include "chat/unknown_members.h"
#include "providers/call_parts.h"
#include "providers/openai_format.h"
#include "providers/passing_call.h"
#include "providers/splice.h"
#include "providers/usage_member.h"

#include "base/banned.h"

#define EDITS_MAX   4
#define MILLISECOND 3                      /* digits */
#define FIGURE_MAX  INT64_C(1000000000000) /* of tokens or seconds; more is no bill */

#define IMAGE      (1u << MODE_IMAGE)
#define SPEECH     (1u << MODE_SPEECH)
#define TRANSCRIPT (1u << MODE_TRANSCRIPTION)
#define RERANK     (1u << MODE_RERANK)

/* Addresses as in litellm 1.110.2 (2026-11-29). */
static const struct media_provider {
	const char *name;
	unsigned modes;
	const char *base; /* of rankings, where it is another; NULL: the provider's */
	const char *top;  /* how top_n is named there; NULL: so */
} served[] = {
	{ "openai", IMAGE | SPEECH | TRANSCRIPT, NULL, NULL },
	{ "azure", IMAGE | SPEECH | TRANSCRIPT, NULL, NULL },
	{ "groq", SPEECH | TRANSCRIPT, NULL, NULL },
	{ "mistral", TRANSCRIPT, NULL, NULL },
	{ "xai", IMAGE, NULL, NULL },
	{ "cohere", RERANK, "https://api.cohere.com/v2", NULL },
	{ "jina_ai", RERANK, NULL, NULL },
	{ "voyage", RERANK, NULL, "top_k" },
	{ "together_ai", RERANK, NULL, NULL },
	{ "hosted_vllm", TRANSCRIPT | RERANK, NULL, NULL },
	{ "pass_through", 1u << MODE_PASS_THROUGH, NULL, NULL },
	{ "litellm_proxy", IMAGE | SPEECH | TRANSCRIPT | RERANK, NULL, NULL },
};

static const struct media_provider *served_by(const struct provider *provider)
{
	for (size_t i = 0; i < sizeof served / sizeof served[0]; i++)
		if (strcmp(served[i].name, provider->name) == 0)
			return &served[i];
	return NULL;
}

/* ---- the request ---- */

struct edit {
	const char *name; /* is left out */
	const char *put;  /* and this put in its place, at the end */
	const char *text; /* NULL: as it stands in JSON */
	struct slice json;
};

struct edits {
	struct edit items[EDITS_MAX];
	size_t count;
};

static void edit(struct edits *edits, const char *name, const char *text)
{
	edits->items[edits->count++] = (struct edit){ .name = name, .put = name, .text = text };
}

/* Whisper tells the length in verbose_json alone; other models know no such format. */
static void edit_transcription(const struct provider_call *call, struct edits *edits)
{
	struct slice wish = call->request->media->reply_format;
	bool whisper = strstr(call->model, "whisper") != NULL;

	if (call->request->stream ||
	    (wish.ptr && !slice_is(wish, "json") && !slice_is(wish, "text")))
		return;
	if (whisper && call->price->per_second_nano != PRICE_UNKNOWN)
		edit(edits, "response_format", "verbose_json");
	else if (wish.ptr)
		edit(edits, "response_format", "json");
}

static struct edits edits_of(const struct provider_call *call)
{
	const struct media_request *media = call->request->media;
	const char *top = served_by(call->provider)->top;
	struct slice top_n = chat_request_member(call->request, "top_n");
	struct edits edits = { .count = 0 };

	edit(&edits, "model", call->model);
	if (media->address->mode == MODE_TRANSCRIPTION)
		edit_transcription(call, &edits);
	if (media->address->mode == MODE_SPEECH && call->price->per_character_pico == PRICE_UNKNOWN)
		edit(&edits, "stream_format", "sse");
	if (media->address->mode == MODE_RERANK && top && top_n.ptr)
		edits.items[edits.count++] =
		    (struct edit){ .name = "top_n", .put = top, .json = top_n };
	return edits;
}

static bool is_edited(const struct edits *edits, struct slice name)
{
	for (size_t i = 0; i < edits->count; i++)
		if (slice_is(name, edits->items[i].name))
			return true;
	return false;
}

static bool stays_here(const struct provider_call *call, struct slice name)
{
	struct json_cursor member = { .key = name };

	return slice_is(name, "metadata") || unknown_member_stays(call->request, &member);
}

static int build_json(const struct provider_call *call, const struct edits *edits,
    struct arena *arena, struct fetch_call *out, struct error *err)
{
	struct splice splice;

	splice_begin(&splice, arena, out);
	for (struct json_cursor member = chat_request_members(call->request); json_next(&member);) {
		bool goes = is_edited(edits, member.key) || stays_here(call, member.key);

		splice_member(&splice, &member, goes ? "" : NULL);
	}
	for (size_t i = 0; i < edits->count; i++) {
		const struct edit *item = &edits->items[i];

		splice_put(&splice, slice_of(item->put),
		    item->text ? call_quoted(arena, item->text)
			       : arena_copy_slice(arena, item->json));
	}
	return splice_end(&splice, err);
}

static int add_piece(
    struct fetch_call *out, struct slice piece, struct arena *arena, struct error *err)
{
	if (out->body_count == FETCH_BODY_PIECES_MAX)
		return error_set(
		    err, ERROR_BAD_REQUEST, "the form has too many parts that are not passed on");
	*(struct slice *)arena_grow(arena, &out->body, &out->body_count, sizeof piece) = piece;
	return 0;
}

/* Parts side by side go as one piece, from the client's own bytes. */
static int keep_parts(const struct provider_call *call, const struct edits *edits,
    struct arena *arena, struct fetch_call *out, struct error *err)
{
	const struct media_request *media = call->request->media;
	struct slice run = { NULL, 0 };

	for (size_t i = 0; i <= media->field_count; i++) {
		const struct media_field *field = i < media->field_count ? &media->fields[i] : NULL;
		bool keep =
		    field && !is_edited(edits, field->name) && !stays_here(call, field->name);

		if (keep && !run.ptr)
			run.ptr = field->whole.ptr;
		if (keep)
			run.len = (size_t)(field->whole.ptr + field->whole.len - run.ptr);
		if (keep || !run.ptr)
			continue;
		if (add_piece(out, run, arena, err) != 0 ||
		    add_piece(out, slice_of("\r\n"), arena, err) != 0)
			return -1;
		run.ptr = NULL;
	}
	return 0;
}

static int build_form(const struct provider_call *call, const struct edits *edits,
    struct arena *arena, struct fetch_call *out, struct error *err)
{
	const char *boundary = call->request->media->boundary;

	if (keep_parts(call, edits, arena, out, err) != 0)
		return -1;
	for (size_t i = 0; i < edits->count; i++) {
		const struct edit *item = &edits->items[i];
		const char *part = arena_printf(arena,
		    "--%s\r\nContent-Disposition: form-data; name=\"%s\"\r\n\r\n%s\r\n", boundary,
		    item->put, item->text);

		if (item->text && add_piece(out, slice_of(part), arena, err) != 0)
			return -1;
	}
	return add_piece(out, slice_of(arena_printf(arena, "--%s--\r\n", boundary)), arena, err);
}

static void change_header(struct fetch_call *out, const char *name, const char *value)
{
	for (size_t i = 0; i < out->header_count; i++)
		if (strcmp(out->headers[i].name, name) == 0)
			out->headers[i].value = value;
}

static int media_build(const struct provider_call *call, struct arena *arena,
    struct fetch_call *out, struct error *err)
{
	const struct media_request *media = call->request->media;
	const char *base = served_by(call->provider)->base;
	struct edits edits = edits_of(call);

	if (call->deployment->api_base || !base) {
		if (call_base(call, arena, &base, err) != 0)
			return -1;
	}
	if (call_set_destination(
		call, call_url(call, base, media->address->path, arena), arena, out, err) != 0 ||
	    call_set_headers(call, arena, out, err) != 0)
		return -1;
	if (media->address->mode != MODE_RERANK)
		change_header(out, "Accept", "*/*");
	if (!media->boundary)
		return build_json(call, &edits, arena, out, err);
	change_header(out, "Content-Type", media->content_type);
	return build_form(call, &edits, arena, out, err);
}

/* ---- the bill ---- */

static int64_t whole_of(struct slice object, const char *name, int64_t otherwise)
{
	int64_t value;

	return usage_count(json_member(object, name), &value) ? value : otherwise;
}

/* Seconds are billed whole (rounded up here); JSON of 12.0 too. */
static int64_t seconds_of(struct slice value)
{
	int64_t ms;

	/* Some write the number as a text ("8.47"). */
	if (json_scan_type(value) == JSON_TEXT && value.len > 2)
		value = (struct slice){ value.ptr + 1, value.len - 2 };
	return number_scaled(value, MILLISECOND, &ms, NULL) == 0 && ms >= 0 && ms <= FIGURE_MAX
		   ? (ms + 999) / 1000
		   : -1;
}

/* The parts of input and output that have prices of their own; what is not told apart is of the
 * dear kind. */
static void tell_apart(enum price_mode mode, struct slice usage, struct usage *out)
{
	struct slice input = json_member(usage, "input_tokens_details"),
		     output = json_member(usage, "output_tokens_details");

	if (!input.ptr)
		input = json_member(usage, "input_token_details");
	if (mode == MODE_IMAGE) {
		out->image_input_tokens = whole_of(input, "image_tokens",
		    input.ptr ? out->input_tokens - whole_of(input, "text_tokens", 0)
			      : out->input_tokens);
		out->image_output_tokens = out->output_tokens - whole_of(output, "text_tokens", 0);
	} else if (mode == MODE_TRANSCRIPTION) {
		out->audio_input_tokens = whole_of(input, "audio_tokens", out->input_tokens);
	} else {
		out->audio_output_tokens = out->output_tokens;
	}
}

static void bill_tokens(enum price_mode mode, struct slice usage, struct usage *out)
{
	int64_t total;

	out->input_tokens = whole_of(usage, "input_tokens", whole_of(usage, "prompt_tokens", -1));
	out->output_tokens =
	    whole_of(usage, "output_tokens", whole_of(usage, "completion_tokens", -1));
	total = whole_of(usage, "total_tokens", -1);
	if (mode == MODE_RERANK) {
		out->input_tokens = total > out->input_tokens ? total : out->input_tokens;
		out->output_tokens = 0;
	}
	out->known = out->input_tokens >= 0 && out->output_tokens >= 0;
	if (!out->known) {
		out->input_tokens = out->output_tokens = 0;
		return;
	}
	if (total > out->input_tokens + out->output_tokens)
		out->output_tokens = total - out->input_tokens;
	tell_apart(mode, usage, out);
}

static void read_bill(
    enum price_mode mode, struct slice body, struct arena *arena, struct usage *out)
{
	struct slice usage = usage_member(body, "usage", arena),
		     meta = usage_member(body, "meta", arena),
		     billed = json_member(meta, "billed_units");
	int64_t seconds = seconds_of(json_member(usage, "seconds"));

	*out = (struct usage){ .reported_cost_nano = -1 };
	if (mode == MODE_RERANK && billed.ptr) {
		out->units = whole_of(billed, "search_units", 0);
		usage = usage.ptr ? usage : billed;
	}
	bill_tokens(mode, usage, out);
	if (!out->known) /* LiteLLM's, beside the units */
		bill_tokens(mode, json_member(meta, "tokens"), out);
	out->known = out->known || out->units > 0;
	if (mode != MODE_TRANSCRIPTION)
		return;
	if (seconds < 0)
		seconds = seconds_of(json_member(usage, "prompt_audio_seconds")); /* Mistral */
	if (seconds < 0)
		seconds = seconds_of(json_member(body, "duration"));
	out->units = seconds > 0 ? seconds : 0;
	out->known = out->known || out->units > 0;
}

/* ---- whole answers ---- */

static int media_read_reply(enum price_mode mode, struct slice body, struct arena *arena,
    struct provider_reply *out, struct error *err)
{
	*out = (struct provider_reply){ .usage.reported_cost_nano = -1 };
	if (body.len == 0)
		return error_set(err, ERROR_UPSTREAM, "the provider's answer is empty");
	if (json_scan_type(body) != JSON_MAP)
		return mode == MODE_SPEECH || mode == MODE_TRANSCRIPTION
			   ? 0
			   : error_set(err, ERROR_UPSTREAM, "the provider's answer is no JSON");
	if (json_scan_check(body, err) != 0)
		return error_prefix(err, "the provider's answer");
	if (mode == MODE_SPEECH || json_scan_type(json_member(body, "error")) == JSON_MAP)
		return error_set(err, ERROR_UPSTREAM, "the provider's answer is an error");
	read_bill(mode, body, arena, &out->usage);
	out->model = json_as_text(json_member(body, "model"), arena);
	return 0;
}

static int images_read_reply(const struct provider *provider, struct slice body,
    struct arena *arena, struct provider_reply *out, struct error *err)
{
	struct slice data;

	if (media_read_reply(MODE_IMAGE, body, arena, out, err) != 0)
		return -1;
	out->usage.reported_cost_nano = openai_reported_cost(
	    provider, usage_member(body, "usage", arena), &out->usage.fee_nano);
	out->usage.known = out->usage.known || out->usage.reported_cost_nano >= 0;
	data = json_member(body, "data");
	for (struct json_cursor item = json_cursor(data); json_next(&item);)
		out->usage.units++;
	return out->usage.units > 0
		   ? 0
		   : error_set(err, ERROR_UPSTREAM, "the provider's answer has no data");
}

static int speech_read_reply(const struct provider *provider, struct slice body,
    struct arena *arena, struct provider_reply *out, struct error *err)
{
	return media_read_reply(MODE_SPEECH, body, arena, out, err);
}

static int transcript_read_reply(const struct provider *provider, struct slice body,
    struct arena *arena, struct provider_reply *out, struct error *err)
{
	return media_read_reply(MODE_TRANSCRIPTION, body, arena, out, err);
}

static int ranking_read_reply(const struct provider *provider, struct slice body,
    struct arena *arena, struct provider_reply *out, struct error *err)
{
	if (media_read_reply(MODE_RERANK, body, arena, out, err) != 0)
		return -1;
	return json_scan_type(json_member(body, "results")) == JSON_LIST ||
		       json_scan_type(json_member(body, "data")) == JSON_LIST
		   ? 0
		   : error_set(err, ERROR_UPSTREAM, "the provider's answer has no results");
}

/* ---- streams ---- */

/* Of several images each event that ends one tells its own bill; of one text (vLLM's
 * stream_continuous_usage_stats) each tells what there is until then. */
static void add_bill(
    struct provider_stream *stream, enum price_mode mode, struct slice data, struct arena *arena)
{
	struct usage seen, *sum = &stream->usage;

	read_bill(mode, data, arena, &seen);
	if (seen.known && mode != MODE_IMAGE)
		usage_keep_largest(sum, &seen);
	if (!seen.known || mode != MODE_IMAGE)
		return;
	sum->known = true;
	sum->reported_cost_nano = -1;
	sum->input_tokens += seen.input_tokens;
	sum->output_tokens += seen.output_tokens;
	sum->image_input_tokens += seen.image_input_tokens;
	sum->image_output_tokens += seen.image_output_tokens;
	sum->audio_input_tokens += seen.audio_input_tokens;
	sum->audio_output_tokens += seen.audio_output_tokens;
	sum->units += seen.units;
}

/* Transcriptions by Mistral (types of mistralai 2.7.0) and vLLM (transcription.chunk) begin in the
 * same way, and vLLM's end with [DONE]. */
static const struct media_event {
	const char *begins, *last;
	enum price_mode mode;
} media_events[] = {
	{ "speech.", "speech.audio.done", MODE_SPEECH },
	{ "transcript.", "transcript.text.done", MODE_TRANSCRIPTION },
	{ "transcription.", "transcription.done", MODE_TRANSCRIPTION },
	{ "", ".completed", MODE_IMAGE },
};

static const struct media_event *event_kind(struct slice type)
{
	const struct media_event *kind = media_events;

	while (*kind->begins && !slice_begins(type, kind->begins))
		kind++;
	return kind;
}

static enum stream_step media_read_event(struct provider_stream *stream, const char *event,
    struct slice data, struct arena *arena, struct slice *out)
{
	struct slice type;
	const struct media_event *kind;

	*out = data;
	if (slice_is(data, "[DONE]")) {
		stream->done = true;
		return STREAM_DONE;
	}
	if (json_scan_check(data, NULL) != 0 || json_scan_type(data) != JSON_MAP)
		return STREAM_ERROR;
	type = json_as_slice(json_member(data, "type"), arena);
	if (slice_is(type, "error") || json_scan_type(json_member(data, "error")) == JSON_MAP)
		return STREAM_ERROR;
	kind = event_kind(type.ptr ? type : json_as_slice(json_member(data, "object"), arena));
	stream->delta_events++;
	if (slice_ends(type, kind->last)) {
		stream->finished = true;
		stream->done = kind->mode != MODE_IMAGE;
		stream->usage.units += kind->mode == MODE_IMAGE;
	}
	if (stream->finished || json_member(data, "usage").ptr)
		add_bill(stream, kind->mode, data, arena);
	return STREAM_FORWARD;
}

static const struct wire_format formats[MODE_COUNT] = {
	[MODE_IMAGE] = { "images", WIRE_MEDIA, media_build, images_read_reply, media_read_event,
	    NULL, NULL },
	[MODE_SPEECH] = { "speech", WIRE_MEDIA, media_build, speech_read_reply, media_read_event,
	    NULL, NULL },
	[MODE_TRANSCRIPTION] = { "transcriptions", WIRE_MEDIA, media_build, transcript_read_reply,
	    media_read_event, NULL, NULL },
	[MODE_PASS_THROUGH] = { "pass_through", WIRE_MEDIA, passing_build, passing_read_reply,
	    call_no_event, NULL, NULL },
	[MODE_RERANK] = { "rankings", WIRE_MEDIA, media_build, ranking_read_reply, call_no_event,
	    NULL, NULL },
};

const struct wire_format *media_format(
    const struct provider *provider, const struct media_address *address)
{
	const struct media_provider *row = served_by(provider);

	return row && (row->modes >> address->mode & 1) ? &formats[address->mode] : NULL;
}
