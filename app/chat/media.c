/*
 * Reading requests for images, speech, transcriptions and rankings.  See the header.
 *
 * A JSON body and a form become the same list of fields, and one table says what is read of them.
 * Of members that no row has, those of the gateway's own stay here, and the others are judged by
 * their names as in a conversation (unknown_members.h).
 */
#include "chat/media.h"

#include <strings.h>

#include "base/json_write.h"
#include "base/text.h"
#include "chat/audio_length.h"
#include "chat/multipart.h"
#include "chat/request_facts.h"
#include "chat/unknown_members.h"

#include "base/banned.h"

#define IMAGES_MAX    10 /* OpenAI's limit of n */
#define PARTIALS_MAX  3
#define DOCUMENTS_MAX 10000 /* Cohere's limit is 1,000 */
#define CALLER_MAX    65536 /* bytes of who asked, in a form */
#define PAIR_TOKENS   32    /* what a model puts around a document and the query */

/* Cohere bills a search for each 100 documents, and a document longer than 500 tokens, with those
 * of the query, as several (https://cohere.com/pricing, docs.cohere.com/docs/rerank-overview). */
#define SEARCH_DOCUMENTS 100
#define CHUNK_TOKENS     500
#define CHUNK_LEAST      50 /* of a document, however long the query is */

#define IMAGE      (1u << MODE_IMAGE)
#define SPEECH     (1u << MODE_SPEECH)
#define TRANSCRIPT (1u << MODE_TRANSCRIPTION)
#define RERANK     (1u << MODE_RERANK)
#define ALL        (IMAGE | SPEECH | TRANSCRIPT | RERANK)

static const struct media_address addresses[] = {
	{ "images/generations", MODE_IMAGE, "images", "prompt" },
	{ "images/edits", MODE_IMAGE, "edits of images", "prompt" },
	{ "images/variations", MODE_IMAGE, "variations of images", "image" },
	{ "audio/speech", MODE_SPEECH, "speech", "input" },
	{ "audio/transcriptions", MODE_TRANSCRIPTION, "transcriptions", "file" },
	{ "audio/translations", MODE_TRANSCRIPTION, "translations of audio", "file" },
	{ "rerank", MODE_RERANK, "rankings", "documents" },
};

const struct media_address *media_address(const char *path)
{
	for (size_t i = 0; i < sizeof addresses / sizeof addresses[0]; i++)
		if (slice_ends(slice_of(path), addresses[i].path))
			return &addresses[i];
	return NULL;
}

struct media_reading {
	struct chat_request *request;
	struct media_request *media;
	struct arena *arena;
	struct slice query, documents;
	bool seen;
};

/* ---- the members ---- */

typedef int media_fn(
    struct media_reading *reading, const struct media_field *field, struct error *err);

static struct slice field_text(const struct media_reading *reading, const struct media_field *field)
{
	return reading->media->boundary ? field->value
					: json_as_slice(field->value, reading->arena);
}

static int wrong(const struct media_field *field, const char *wish, struct error *err)
{
	return error_set(err, ERROR_BAD_REQUEST, "%.*s: expected %s", (int)field->name.len,
	    field->name.ptr, wish);
}

static int field_count_of(
    const struct media_field *field, int64_t least, int64_t most, int64_t *out, struct error *err)
{
	int64_t count;

	if (json_scan_check(field->value, NULL) != 0 || !json_as_int(field->value, &count) ||
	    count < least || count > most)
		return error_set(err, ERROR_BAD_REQUEST,
		    "%.*s: expected a whole number from %lld to %lld", (int)field->name.len,
		    field->name.ptr, (long long)least, (long long)most);
	*out = count;
	return 0;
}

static int field_word(const struct media_reading *reading, const struct media_field *field,
    char *out, size_t size, struct error *err)
{
	struct slice text = field_text(reading, field);

	if (!text.ptr || text.len >= size || memchr(text.ptr, '/', text.len))
		return wrong(field, "a word", err);
	memcpy(out, text.ptr, text.len);
	out[text.len] = '\0';
	return 0;
}

static int read_model(
    struct media_reading *reading, const struct media_field *field, struct error *err)
{
	char *model = arena_copy_slice(reading->arena, field_text(reading, field));

	if (!reading->media->boundary)
		return chat_request_read_model(
		    field->value, reading->arena, &reading->request->model, err);
	if (!*model || strlen(model) > 256 || strlen(model) != field->value.len)
		return wrong(field, "the name of a model", err);
	reading->request->model = model;
	return 0;
}

static int read_stream(
    struct media_reading *reading, const struct media_field *field, struct error *err)
{
	return json_scan_check(field->value, NULL) == 0 &&
		       json_as_bool(field->value, &reading->request->stream)
		   ? 0
		   : wrong(field, "true or false", err);
}

static int read_n(struct media_reading *reading, const struct media_field *field, struct error *err)
{
	return field_count_of(field, 1, IMAGES_MAX, &reading->media->facts.units, err);
}

static int read_partials(
    struct media_reading *reading, const struct media_field *field, struct error *err)
{
	return field_count_of(field, 0, PARTIALS_MAX, &reading->media->facts.partials, err);
}

static int read_size(
    struct media_reading *reading, const struct media_field *field, struct error *err)
{
	struct media_facts *facts = &reading->media->facts;

	return field_word(reading, field, facts->size, sizeof facts->size, err);
}

static int read_quality(
    struct media_reading *reading, const struct media_field *field, struct error *err)
{
	struct media_facts *facts = &reading->media->facts;

	return field_word(reading, field, facts->quality, sizeof facts->quality, err);
}

static int read_picture(
    struct media_reading *reading, const struct media_field *field, struct error *err)
{
	int64_t *images = &reading->request->bound.images;
	struct json_cursor list;

	if (!reading->media->boundary) /* as data it would count as text, too */
		reading->request->bound.text_bytes -= (int64_t)field->value.len;
	if (reading->media->boundary || json_scan_type(field->value) != JSON_LIST) {
		(*images)++;
		return 0;
	}
	list = json_cursor(field->value);
	while (json_next(&list))
		(*images)++;
	return 0;
}

static int read_output_format(
    struct media_reading *reading, const struct media_field *field, struct error *err)
{
	struct slice format = field_text(reading, field);

	if (slice_is_one_of(format, "svg gif"))
		reading->media->facts.unpriced = "what an image in svg or gif costs is not known "
						 "here; ask for png, webp or jpeg";
	return 0;
}

static int read_planning(
    struct media_reading *reading, const struct media_field *field, struct error *err)
{
	reading->media->facts.unpriced =
	    "what complexity, svg, frame_count and markup cost is not known here; leave them out";
	return 0;
}

/* xAI's other size, 2k, is dearer than the listed price (docs.apiyi.com, page "Grok Imagine
 * Official", read 30 November 2026). */
static int read_resolution(
    struct media_reading *reading, const struct media_field *field, struct error *err)
{
	if (!slice_is(field_text(reading, field), "1k"))
		reading->media->facts.unpriced =
		    "what an image of another resolution than 1k costs is not known here";
	return 0;
}

static int read_other_count(
    struct media_reading *reading, const struct media_field *field, struct error *err)
{
	return wrong(field, "its number of images as n", err);
}

static int read_spoken(
    struct media_reading *reading, const struct media_field *field, struct error *err)
{
	struct slice text = field_text(reading, field);

	if (!text.ptr)
		return wrong(field, "a string", err);
	reading->media->facts.spoken_bytes = (int64_t)text.len;
	for (size_t i = 0; i < text.len; i++) /* what begins a character */
		reading->media->facts.units += ((unsigned char)text.ptr[i] & 0xC0) != 0x80;
	return 0;
}

static int read_reply_format(
    struct media_reading *reading, const struct media_field *field, struct error *err)
{
	reading->media->reply_format = field_text(reading, field);
	return reading->media->reply_format.ptr ? 0 : wrong(field, "a string", err);
}

static int read_stream_format(
    struct media_reading *reading, const struct media_field *field, struct error *err)
{
	reading->media->binary = !slice_is(field_text(reading, field), "sse");
	return 0;
}

static int read_audio(
    struct media_reading *reading, const struct media_field *field, struct error *err)
{
	if (!field->file || reading->media->facts.units)
		return wrong(field, "one file of a form", err);
	reading->media->facts.units = audio_length_most(field->value) + 1;
	reading->request->has_media = true;
	return 0;
}

static int read_query(
    struct media_reading *reading, const struct media_field *field, struct error *err)
{
	reading->query = field->value;
	return json_scan_type(field->value) == JSON_TEXT ? 0 : wrong(field, "a string", err);
}

static int read_documents(
    struct media_reading *reading, const struct media_field *field, struct error *err)
{
	reading->documents = field->value;
	return json_scan_type(field->value) == JSON_LIST ? 0 : wrong(field, "an array", err);
}

static int read_nothing(
    struct media_reading *reading, const struct media_field *field, struct error *err)
{
	return 0;
}

/* clang-format off */
static const struct media_row {
	const char *name;
	unsigned modes;
	media_fn *read;
} rows[] = {
	{ "model",                ALL,                 read_model },
	{ "user",                 ALL,                 read_nothing },
	{ "prompt",               IMAGE | TRANSCRIPT,  read_nothing },
	{ "n",                    IMAGE,               read_n },
	{ "size",                 IMAGE,               read_size },
	{ "quality",              IMAGE,               read_quality },
	{ "resolution",           IMAGE,               read_resolution },
	{ "num_images",           IMAGE,               read_other_count },
	{ "partial_images",       IMAGE,               read_partials },
	{ "output_format",        IMAGE,               read_output_format },
	{ "image",                IMAGE,               read_picture },
	{ "images",               IMAGE,               read_picture },
	{ "mask",                 IMAGE,               read_picture },
	{ "complexity",           IMAGE,               read_planning },
	{ "svg",                  IMAGE,               read_planning },
	{ "frame_count",          IMAGE,               read_planning },
	{ "frame_duration_ms",    IMAGE,               read_planning },
	{ "markup",               IMAGE,               read_planning },
	{ "background",           IMAGE,               read_nothing },
	{ "moderation",           IMAGE,               read_nothing },
	{ "output_compression",   IMAGE,               read_nothing },
	{ "input_fidelity",       IMAGE,               read_nothing },
	{ "style",                IMAGE,               read_nothing },
	{ "safety_identifier",    IMAGE,               read_nothing },
	{ "stream",               IMAGE | TRANSCRIPT,  read_stream },
	{ "response_format",      IMAGE | SPEECH | TRANSCRIPT, read_reply_format },
	{ "input",                SPEECH,              read_spoken },
	{ "voice",                SPEECH,              read_nothing },
	{ "instructions",         SPEECH,              read_nothing },
	{ "speed",                SPEECH,              read_nothing },
	{ "stream_format",        SPEECH,              read_stream_format },
	{ "file",                 TRANSCRIPT,          read_audio },
	{ "language",             TRANSCRIPT,          read_nothing },
	{ "languages",            TRANSCRIPT,          read_nothing },
	{ "keywords",             TRANSCRIPT,          read_nothing },
	{ "temperature",          TRANSCRIPT,          read_nothing },
	{ "timestamp_granularities", TRANSCRIPT,       read_nothing },
	{ "include",              TRANSCRIPT,          read_nothing },
	{ "chunking_strategy",    TRANSCRIPT,          read_nothing },
	{ "query",                RERANK,              read_query },
	{ "documents",            RERANK,              read_documents },
	{ "top_n",                RERANK,              read_nothing },
	{ "top_k",                RERANK,              read_nothing },
	{ "return_documents",     RERANK,              read_nothing },
	{ "rank_fields",          RERANK,              read_nothing },
	{ "max_chunks_per_doc",   RERANK,              read_nothing },
	{ "max_tokens_per_doc",   RERANK,              read_nothing },
	{ "instruction",          RERANK,              read_nothing },
	{ "truncation",           RERANK,              read_nothing },
};
/* clang-format on */

#define ROW_COUNT (sizeof rows / sizeof rows[0])

static size_t media_row_of(const struct media_reading *reading, struct slice name)
{
	size_t i = 0;

	while (i < ROW_COUNT && !((rows[i].modes >> reading->media->address->mode & 1) &&
				    slice_is(name, rows[i].name)))
		i++;
	return i;
}

static int note_unknown(
    struct media_reading *reading, const struct media_field *field, struct error *err)
{
	struct json_cursor member = { .key = field->name,
		.value = reading->media->boundary ? slice_of("\"\"") : field->value };

	if (chat_request_owns(&member) || slice_is(field->name, "metadata"))
		return 0;
	/* Some vendors read names without regard to case. */
	for (size_t i = 0; i < ROW_COUNT; i++)
		if (strlen(rows[i].name) == field->name.len &&
		    strncasecmp(rows[i].name, field->name.ptr, field->name.len) == 0)
			return error_set(err, ERROR_BAD_REQUEST, "%.*s: %s", (int)field->name.len,
			    field->name.ptr,
			    (rows[i].modes >> reading->media->address->mode & 1)
				? "write it in small letters"
				: "it has no meaning here; leave it out");
	if (chat_request_check_member(&member, err) != 0)
		return -1;
	if (field->file)
		return error_set(err, ERROR_UNSUPPORTED,
		    "%.*s: what a file here adds to the price is not known; leave it out",
		    (int)field->name.len, field->name.ptr);
	unknown_member_note(reading->request, NULL, &member, reading->arena);
	return 0;
}

static bool is_nil(const struct media_reading *reading, const struct media_field *field)
{
	return !reading->media->boundary && json_scan_type(field->value) == JSON_NIL;
}

/* A form may have a field several times: an array. */
static int media_read_field(struct media_reading *reading, const struct media_row *row, bool again,
    const struct media_field *field, struct error *err)
{
	bool picture = row->read == read_picture;

	if (again && row->read != read_nothing && !picture)
		return error_set(err, ERROR_BAD_REQUEST, "%s: given twice", row->name);
	if (field->file && !picture && row->read != read_audio)
		return wrong(field, "a text, and no file", err);
	if (strcmp(row->name, reading->media->address->needs) == 0)
		reading->seen = true;
	return row->read(reading, field, err);
}

static int read_fields(struct media_reading *reading, struct error *err)
{
	const struct media_request *media = reading->media;
	bool seen[ROW_COUNT] = { false };

	for (size_t i = 0; i < media->field_count; i++) {
		const struct media_field *field = &media->fields[i];
		size_t row = media_row_of(reading, field->name);

		if (is_nil(reading, field))
			continue;
		if ((row == ROW_COUNT
			    ? note_unknown(reading, field, err)
			    : media_read_field(reading, &rows[row], seen[row], field, err)) != 0)
			return -1;
		if (row < ROW_COUNT)
			seen[row] = true;
	}
	return reading->seen ? 0
			     : error_set(err, ERROR_BAD_REQUEST, "%s: missing",
				   reading->media->address->needs);
}

/* ---- the body ---- */

static void add_field(struct media_request *media, struct slice name, struct slice value,
    struct slice whole, struct arena *arena)
{
	struct media_field *field =
	    arena_grow(arena, &media->fields, &media->field_count, sizeof *field);
	const char *bracket = memchr(name.ptr, '[', name.len);

	*field = (struct media_field){ .name = name, .value = value, .whole = whole };
	if (bracket && bracket > name.ptr)
		field->name.len = (size_t)(bracket - name.ptr);
}

static int take_json(struct media_reading *reading, struct slice body, struct error *err)
{
	struct json_tally tally;

	if (reading_object(body, reading->arena, &tally, err) != 0)
		return -1;
	reading->request->body = body;
	for (struct json_cursor member = json_cursor(body); json_next(&member);) {
		if (member.key_escaped || memchr(member.key.ptr, '[', member.key.len))
			return error_set(err, ERROR_BAD_REQUEST,
			    "\"%.*s\": write the member's name plainly",
			    (int)(member.key.len < 60 ? member.key.len : 60), member.key.ptr);
		add_field(reading->media, member.key, member.value, member.whole, reading->arena);
	}
	chat_request_weigh(reading->request, &tally, 0);
	return 0;
}

/* Who asked, as a JSON body tells it: the rest of a form stays in its fields. */
static struct slice caller_of(const struct media_request *media, struct arena *arena)
{
	static const char *const texts[] = { "user", "safety_identifier" }, *const values[] = {
		"metadata", "litellm_metadata", "tags"
	};
	AUTO_TEXT struct text json = text_empty(CALLER_MAX);

	json_write(&json, "{");
	for (size_t i = 0; i < media->field_count; i++) {
		const struct media_field *field = &media->fields[i];

		for (size_t n = 0; n < sizeof texts / sizeof texts[0]; n++)
			if (slice_is(field->name, texts[n]))
				json_write(&json, "%:%", texts[n], field->value);
		for (size_t n = 0; n < sizeof values / sizeof values[0]; n++)
			if (slice_is(field->name, values[n]) &&
			    json_scan_check(field->value, NULL) == 0)
				json_write(&json, "%:%r", values[n], field->value);
	}
	json_write(&json, "}");
	return text_failed(&json)
		   ? slice_of("{}")
		   : (struct slice){ arena_copy_slice(arena, text_slice(&json)), json.len };
}

/* No reader of a vendor turns a byte of a form's text into more than this. */
#define FORM_GROWTH 18

static int take_form(struct media_reading *reading, struct slice body, struct error *err)
{
	struct bound_input *bound = &reading->request->bound;
	struct multipart_part *parts;
	size_t count;

	reading->request->body = slice_of("{}");
	if (multipart_read(body, reading->media->boundary, reading->arena, &parts, &count, err) !=
	    0)
		return -1;
	for (size_t i = 0; i < count; i++) {
		add_field(
		    reading->media, parts[i].name, parts[i].value, parts[i].whole, reading->arena);
		reading->media->fields[i].file = parts[i].file;
		bound->text_bytes += parts[i].file ? 0 : (int64_t)parts[i].value.len;
	}
	reading->media->caller = caller_of(reading->media, reading->arena);
	bound->non_ascii_bytes = bound->json_growth = bound->text_bytes;
	bound->nfc_growth = bound->nfkc_growth = bound->text_bytes * FORM_GROWTH;
	return 0;
}

/* ---- what it may cost ---- */

static int64_t chunks_of(int64_t document_bytes, int64_t query_bytes)
{
	int64_t room = CHUNK_TOKENS - query_bytes;

	room = room < CHUNK_LEAST ? CHUNK_LEAST : room;
	return document_bytes / room + 1;
}

/* Each document is read with the query; a byte is a token at most. */
static int weigh_ranking(struct media_reading *reading, struct error *err)
{
	struct bound_input *bound = &reading->request->bound;
	int64_t chunks = 0, query = (int64_t)reading->query.len;

	for (struct json_cursor item = json_cursor(reading->documents); json_next(&item);) {
		chunks += chunks_of((int64_t)item.value.len, query);
		bound->inputs++;
	}
	if (bound->inputs < 1 || bound->inputs > DOCUMENTS_MAX)
		return error_set(err, ERROR_BAD_REQUEST,
		    "documents: expected an array of 1 to %d documents", DOCUMENTS_MAX);
	if (!reading->query.ptr)
		return error_set(err, ERROR_BAD_REQUEST, "query: missing; expected a string");
	bound->text_bytes += bound->inputs * (query + PAIR_TOKENS);
	reading->media->facts.units = (chunks + SEARCH_DOCUMENTS - 1) / SEARCH_DOCUMENTS;
	return 0;
}

static int complete(struct media_reading *reading, struct error *err)
{
	struct media_request *media = reading->media;

	if (media->address->mode == MODE_RERANK)
		return weigh_ranking(reading, err);
	if (media->address->mode == MODE_IMAGE && !media->facts.units)
		media->facts.units = 1;
	/* Where the provider can, it streams speech, since only its events say what was billed. */
	if (media->address->mode == MODE_SPEECH)
		reading->request->stream = true;
	return 0;
}

static struct chat_request media_request_of(const struct media_request *media, struct arena *arena)
{
	struct chat_conversation *nothing = arena_alloc(arena, sizeof *nothing);

	*nothing =
	    (struct chat_conversation){ .choices = 1, .top_logprobs = -1, .thinking_budget = -1 };
	return (struct chat_request){ .format = WIRE_MEDIA,
		.media = media,
		.conversation = nothing,
		.num_retries = -1,
		.bound.choices = 1 };
}

bool media_passes(const struct chat_request *request)
{
	return request->media && request->media->address->mode == MODE_PASS_THROUGH;
}

/* Asked once and nowhere else.  Whether the answer is a stream only its head says. */
void media_read_passing(const char *group, const struct media_request *said, struct arena *arena,
    struct chat_request *out)
{
	static const struct media_address address = { "", MODE_PASS_THROUGH, "pass-through", "" };
	struct media_request *media = arena_alloc(arena, sizeof *media);

	*media = *said;
	media->address = &address;
	*out = media_request_of(media, arena);
	out->body = slice_of("{}");
	out->model = arena_copy(arena, group);
	out->stream = out->disable_fallbacks = true;
	out->num_retries = 0;
}

int media_read(const struct media_address *address, const char *content_type, struct slice body,
    const char *path_model, struct arena *arena, struct chat_request *out, struct error *err)
{
	struct media_request *media = arena_alloc(arena, sizeof *media);
	struct media_reading reading = { .request = out, .media = media, .arena = arena };

	*out = media_request_of(media, arena);
	*media = (struct media_request){ .address = address,
		.raw = body,
		.boundary = multipart_boundary(content_type, arena),
		.binary = address->mode == MODE_SPEECH };
	/* Written anew: two readers could find different boundaries in it. */
	if (media->boundary)
		media->content_type = arena_printf(arena,
		    strpbrk(media->boundary, "(),/:=?") ? "multipart/form-data; boundary=\"%s\""
							: "multipart/form-data; boundary=%s",
		    media->boundary);
	if ((media->boundary ? take_form(&reading, body, err) : take_json(&reading, body, err)) !=
		0 ||
	    read_fields(&reading, err) != 0 || complete(&reading, err) != 0)
		return -1;
	if (path_model)
		out->model = arena_copy(arena, path_model);
	if (!out->model)
		return error_set(
		    err, ERROR_BAD_REQUEST, "model: missing; expected the name of a model");
	out->approximate_tokens = 0; /* windows are bounds here */
	return 0;
}
