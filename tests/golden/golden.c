/*
 * Runs the golden cases; see README.md.  TAP: a line a case.
 */
#include <dirent.h>
#include <jansson.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "accounts/ledger.h"
#include "api/api.h"
#include "base/base64.h"
#include "base/clock.h"
#include "base/text.h"
#include "prices/price_table.h"
#include "settings/load.h"
#include "web/reply_channel.h"

#define FILE_MAX   ((size_t)8 << 20)
#define START_MS   INT64_C(1795430000000)
#define ID_LEN     9 /* of "golden-id" */
#define ENV_MAX    32
#define REASON_MAX 4000

static const struct {
	const char *name, *path, *stream_path, *stream_query;
} clients[] = {
	{ "openai", "/v1/chat/completions", "/v1/chat/completions", "" },
	{ "completions", "/v1/completions", "/v1/completions", "" },
	{ "responses", "/v1/responses", "/v1/responses", "" },
	{ "anthropic", "/v1/messages", "/v1/messages", "" },
	{ "gemini", "/v1beta/models/m:generateContent", "/v1beta/models/m:streamGenerateContent",
	    "alt=sse" },
	{ "moderations", "/v1/moderations", "/v1/moderations", "" },
	{ "embeddings", "/v1/embeddings", "/v1/embeddings", "" },
	{ "images", "/v1/images/generations", "/v1/images/generations", "" },
	{ "edits", "/v1/images/edits", "/v1/images/edits", "" },
	{ "speech", "/v1/audio/speech", "/v1/audio/speech", "" },
	{ "transcriptions", "/v1/audio/transcriptions", "/v1/audio/transcriptions", "" },
	{ "rerank", "/v1/rerank", "/v1/rerank", "" },
	{ "geminiembed", "/v1beta/models/m:embedContent", "", "" },
};

static const struct {
	const char *provider, *model, *vendor; /* vendor: as in the settings; NULL: the same */
} usual_models[] = {
	{ "codex", "gpt-5-codex", "openai" }, /* speaks Responses */
	{ "openai", "gpt-4.1-mini", NULL },
	{ "anthropic", "claude-sonnet-4-5", NULL },
	{ "gemini", "gemini-2.5-flash", NULL },
	{ "deepseek", "deepseek-chat", NULL },
	{ "mistral", "mistral-small-latest", NULL },
};

struct golden {
	char folder[512];
	char client[32], provider[32];
	json_t *about; /* case.json; an empty object when there is none */
	char *body;    /* client.json, or client.form */
	bool form;
	char *reply; /* NULL: none */
	bool stream;
	bool framed; /* the reply's lines are sent as Amazon's frames */
	bool mutating;
	size_t piece; /* bytes that the reply comes in; 0: all at once */

	struct text sent; /* upstream; empty: nothing was */
	char url[1024];
	char headers[4096]; /* "name: value\n" of what was sent */
	struct text answer;
	int status;
	char dropped[512], cost[64], type[64], id[16]; /* id: of the request, in the ledger */
	char why[REASON_MAX];                          /* the case fails, and how */
};

static struct golden *running; /* a transport has no context of its own */
static char database[128], scratch[64];
static int mutations = 1; /* of each case; GOLDEN_MUTATE says otherwise */
static int serial;

static void fail(struct golden *g, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static void fail(struct golden *g, const char *fmt, ...)
{
	size_t at = strlen(g->why);
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(g->why + at, sizeof g->why - at, fmt, ap);
	va_end(ap);
}

/* ---- files ---- */

static char *read_file(const char *folder, const char *name)
{
	char path[640], *bytes;
	FILE *file;
	size_t got;

	snprintf(path, sizeof path, "%s/%s", folder, name);
	file = fopen(path, "r");
	if (!file)
		return NULL;
	bytes = calloc(1, FILE_MAX);
	got = fread(bytes, 1, FILE_MAX, file);
	if (got == FILE_MAX) { /* a part of it would be another case */
		printf("Bail out! %s is larger than %zu bytes\n", path, FILE_MAX - 1);
		exit(1);
	}
	bytes[got] = '\0';
	fclose(file);
	return bytes;
}

static void write_file(const char *folder, const char *name, const char *bytes, size_t len)
{
	char path[640];
	FILE *file;

	snprintf(path, sizeof path, "%s/%s", folder, name);
	file = fopen(path, "w");
	if (!file || fwrite(bytes, 1, len, file) != len) {
		perror(path);
		exit(1);
	}
	fclose(file);
}

/* "chunk JSON", "event NAME JSON", "exception NAME JSON" or "error CODE TEXT" a line, to the bytes
 * of Amazon's event stream: as botocore 1.44.8 reads them. */
static void put_number(struct text *to, uint32_t n)
{
	for (int shift = 24; shift >= 0; shift -= 8)
		text_putc(to, (char)(n >> shift & 255));
}

static uint32_t checksum(const char *bytes, size_t len)
{
	uint32_t crc = 0xffffffff;

	for (size_t i = 0; i < len; i++) {
		crc ^= (unsigned char)bytes[i];
		for (int bit = 0; bit < 8; bit++)
			crc = crc & 1 ? crc >> 1 ^ 0xedb88320U : crc >> 1;
	}
	return ~crc;
}

static void put_frame_header(struct text *to, const char *name, const char *value)
{
	text_putc(to, (char)strlen(name));
	text_puts(to, name);
	text_putc(to, 7);
	text_putc(to, (char)(strlen(value) >> 8));
	text_putc(to, (char)strlen(value));
	text_puts(to, value);
}

static void put_frame(struct text *to, const struct text *headers, struct slice payload)
{
	size_t begin = to->len;

	put_number(to, (uint32_t)(headers->len + payload.len + 16));
	put_number(to, (uint32_t)headers->len);
	put_number(to, checksum(to->bytes + begin, 8));
	text_add(to, headers->bytes, headers->len);
	text_add(to, payload.ptr, payload.len);
	put_number(to, checksum(to->bytes + begin, to->len - begin));
}

static void put_line(struct text *to, char *line)
{
	const char *kind = strsep(&line, " "), *name = "chunk";
	char payload[8192] = "";
	struct text headers = { .size = 0 };
	struct arena arena;

	arena_init(&arena);
	text_init(&headers, 4096);
	if (!line) {
		name = "odd"; /* a mutation */
	} else if (strcmp(kind, "chunk") == 0) {
		snprintf(payload, sizeof payload, "{\"bytes\":\"%s\",\"p\":\"abcd\"}",
		    base64_encode(slice_of(line), &arena).ptr);
	} else {
		name = strsep(&line, " ");
		snprintf(payload, sizeof payload, "%s", line ? line : "");
	}
	if (strcmp(kind, "error") == 0) {
		put_frame_header(&headers, ":error-code", name);
		put_frame_header(&headers, ":error-message", payload);
		payload[0] = '\0';
	} else {
		bool failed = strcmp(kind, "exception") == 0;

		put_frame_header(&headers, failed ? ":exception-type" : ":event-type", name);
		put_frame_header(&headers, ":content-type", "application/json");
		kind = failed ? "exception" : "event";
	}
	put_frame_header(&headers, ":message-type", kind);
	put_frame(to, &headers, slice_of(payload));
	text_release(&headers);
	arena_release(&arena);
}

static char *make_frames(char *lines, size_t *out_len)
{
	struct text frames = { .size = 0 };
	char *line;

	text_init(&frames, FILE_MAX);
	while ((line = strsep(&lines, "\n")) != NULL)
		if (*line)
			put_line(&frames, line);
	*out_len = frames.len;
	return text_take(&frames);
}

static const char *about_text(const struct golden *g, const char *name, const char *usual)
{
	const char *text = json_string_value(json_object_get(g->about, name));

	return text ? text : usual;
}

static int about_int(const struct golden *g, const char *name, int usual)
{
	json_t *value = json_object_get(g->about, name);

	return json_is_integer(value) ? (int)json_integer_value(value) : usual;
}

/* ---- the network ---- */

static void note_call(struct golden *g, const struct fetch_call *call)
{
	text_clear(&g->sent);
	for (size_t i = 0; i < call->body_count; i++)
		text_add(&g->sent, call->body[i].ptr, call->body[i].len);
	snprintf(g->url, sizeof g->url, "%s", call->url);
	g->headers[0] = '\0';
	for (size_t i = 0; i < call->header_count; i++) {
		size_t at = strlen(g->headers);

		snprintf(g->headers + at, sizeof g->headers - at, "%s: %s\n", call->headers[i].name,
		    call->headers[i].value);
	}
}

/* Services that give out credentials answer every case alike. */
static bool play_token(const struct fetch_call *call, struct fetch_result *out)
{
	static const struct {
		const char *url, *body;
	} services[] = {
		{ "https://oauth2.googleapis.com/token",
		    "{\"access_token\":\"ya29.token\",\"expires_in\":3599,\"token_type\":"
		    "\"Bearer\"}" },
		{ "https://sts.",
		    "<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>ASIAROLE</"
		    "AccessKeyId><SecretAccessKey>role-secret</SecretAccessKey><SessionToken>role-"
		    "token==</SessionToken><Expiration>2026-11-23T12:00:00Z</Expiration></"
		    "Credentials></AssumeRoleResult></AssumeRoleResponse>" },
	};
	const struct fetch_head head = { .status = 200 };

	for (size_t i = 0; i < sizeof services / sizeof services[0]; i++)
		if (strncmp(call->url, services[i].url, strlen(services[i].url)) == 0) {
			*out =
			    (struct fetch_result){ .end = FETCH_DONE, .status = 200, .sent = true };
			call->on_head(call->ctx, &head);
			call->on_body(call->ctx, services[i].body, strlen(services[i].body));
			return true;
		}
	return false;
}

static void play_transport(
    struct fetch_pool *pool, const struct fetch_call *call, struct fetch_result *out)
{
	struct golden *g = running;
	const char *type = g->framed   ? "application/vnd.amazon.eventstream"
			   : g->stream ? "text/event-stream"
				       : "application/json";
	char *bytes;
	struct fetch_head head = { .status = about_int(g, "reply_status", 200) };
	size_t len, piece;
	const char *name;
	json_t *value;

	if (play_token(call, out))
		return;
	note_call(g, call);
	*out = (struct fetch_result){ .end = FETCH_DONE, .sent = true };
	if (!g->reply) {
		if (!g->mutating)
			fail(g, "a call was made, and the case has no reply; ");
		out->end = FETCH_NOT_SENT;
		return;
	}
	out->status = head.status;
	head.headers[head.header_count++] =
	    (struct fetch_header){ "content-type", about_text(g, "reply_type", type) };
	json_object_foreach(json_object_get(g->about, "reply_headers"), name, value)
	    head.headers[head.header_count++] =
	    (struct fetch_header){ name, json_string_value(value) };
	bytes = strdup(g->reply);
	len = strlen(bytes);
	if (g->framed) {
		char *lines = bytes;

		bytes = make_frames(lines, &len);
		free(lines);
	}
	piece = g->piece ? g->piece : len;
	if (call->on_head(call->ctx, &head) != 0)
		out->end = FETCH_STOPPED;
	for (size_t at = 0; at < len && out->end == FETCH_DONE; at += piece)
		if (call->on_body(call->ctx, bytes + at, len - at < piece ? len - at : piece) != 0)
			out->end = FETCH_STOPPED;
	free(bytes);
}

/* ---- the gateway ---- */

static const char *golden_model(const struct golden *g)
{
	for (size_t i = 0; i < sizeof usual_models / sizeof usual_models[0]; i++)
		if (strcmp(usual_models[i].provider, g->provider) == 0)
			return about_text(g, "model", usual_models[i].model);
	return about_text(g, "model", "model");
}

static const char *vendor_of(const struct golden *g)
{
	for (size_t i = 0; i < sizeof usual_models / sizeof usual_models[0]; i++)
		if (strcmp(usual_models[i].provider, g->provider) == 0 && usual_models[i].vendor)
			return usual_models[i].vendor;
	return g->provider;
}

/* YAML reads JSON. */
static struct settings *read_settings(struct golden *g, json_t *params)
{
	json_t *set = json_object_get(g->about, "settings"), *root;
	struct problems problems = { 0 };
	struct settings *settings;
	struct error err = { 0 };
	char path[160];

	/* All cases share a database and a clock: together they are more retries than a gateway
	 * allows. */
	root = json_pack("{s:[{s:s,s:O}],s:{s:s},s:o,s:{s:b},s:{s:i,s:{s:i}}}", "model_list",
	    "model_name", "m", "litellm_params", params, "general_settings", "master_key",
	    "sk-master", "litellm_settings", set ? json_incref(set) : json_object(),
	    "router_settings", "disable_cooldowns", 1, "sideways_settings", "default_max_tokens",
	    1000, "retry_budget", "floor", 1000000);
	json_object_update(
	    json_object_get(root, "sideways_settings"), json_object_get(g->about, "sideways"));
	snprintf(path, sizeof path, "%s/settings.yaml", scratch);
	json_dump_file(root, path, JSON_REAL_PRECISION(15));
	settings = settings_load(path, &problems, &err);
	if (!settings)
		fail(g, "settings: %s; ", err.text);
	problems_release(&problems);
	json_decref(root);
	return settings;
}

/* A model that no table lists costs a dollar for a million tokens, so that it may be called. */
static bool needs_price(const struct settings *settings)
{
	struct problems problems = { 0 };
	struct error err = { 0 };
	struct price_table *table = price_table_new(settings, &problems, &err);
	const struct deployment *deployment = &settings->deployments[0];
	struct price price;
	bool known = price_find(table, deployment, deployment->model, &price);

	price_table_free(table);
	problems_release(&problems);
	return !known;
}

/* Of a cloud, in place of a key. */
static bool has_credentials(const json_t *params)
{
	return json_object_get(params, "vertex_credentials") ||
	       json_object_get(params, "aws_access_key_id");
}

static struct settings *load(struct golden *g)
{
	json_t *params = json_object_get(g->about, "params"),
	       *given = params ? json_deep_copy(params) : json_object();
	struct settings *settings;
	char model[256];

	snprintf(model, sizeof model, "%s/%s", vendor_of(g), golden_model(g));
	json_object_set_new(given, "model", json_string(model));
	if (!has_credentials(given))
		json_object_set_new(given, "api_key", json_string("provider-key"));
	settings = read_settings(g, given);
	if (settings && settings->deployment_count > 0 && needs_price(settings)) {
		json_object_set_new(given, "input_cost_per_token", json_real(1e-6));
		json_object_set_new(given, "output_cost_per_token", json_real(1e-6));
		settings_free(settings);
		settings = read_settings(g, given);
	}
	json_decref(given);
	return settings;
}

static int keep_answer(void *ctx, const char *bytes, size_t len)
{
	struct golden *g = ctx;

	text_add(&g->answer, bytes, len);
	return 0;
}

static int flush_answer(void *ctx)
{
	return 0;
}

static void keep_header(const struct web_reply *reply, const char *name, char *out, size_t size)
{
	const char *value = web_reply_header_of(reply, name);

	snprintf(out, size, "%s", value ? value : "");
}

static const char *variable_of(const char *name, const char *value, struct arena *arena)
{
	char *variable = arena_printf(arena, "HTTP_%s=%s", name, value);

	for (char *at = variable; *at != '='; at++)
		*at = *at == '-' ? '_' : *at >= 'a' && *at <= 'z' ? (char)(*at - 32) : *at;
	return variable;
}

static size_t client_index(const struct golden *g)
{
	for (size_t i = 0; i < sizeof clients / sizeof clients[0]; i++)
		if (strcmp(clients[i].name, g->client) == 0)
			return i;
	return 0;
}

/* Everything after the head, with the request's id by its usual name. */
static void tidy_answer(struct golden *g, const char *id)
{
	char *body = strstr(g->answer.bytes, "\r\n\r\n"), *at;

	body = body ? body + 4 : g->answer.bytes;
	memmove(g->answer.bytes, body, strlen(body) + 1);
	g->answer.len = strlen(g->answer.bytes);
	for (at = strstr(g->answer.bytes, id); at; at = strstr(at, id))
		memcpy(at, "golden-id", ID_LEN);
}

static void ask(struct golden *g, struct api *api)
{
	size_t client = client_index(g), count = 1;
	struct reply_channel channel = { keep_answer, flush_answer, g };
	const char *environment[ENV_MAX] = { "HTTP_AUTHORIZATION=Bearer sk-master" }, *name;
	struct web_request request = { .method = "POST", .base_path = "", .client_fd = -1 };
	struct web_reply reply;
	struct arena arena;
	json_t *value;
	char id[16];

	arena_init(&arena);
	snprintf(id, sizeof id, "gid%06d", ++serial);
	memcpy(g->id, id, sizeof g->id);
	json_object_foreach(json_object_get(g->about, "headers"), name, value)
	    environment[count++] = variable_of(name, json_string_value(value), &arena);
	request.arena = &arena;
	request.id = id;
	request.started_us = clock_mono_us();
	request.path =
	    about_text(g, "path", g->stream ? clients[client].stream_path : clients[client].path);
	request.query = about_text(g, "query", g->stream ? clients[client].stream_query : "");
	request.content_type =
	    g->form ? "multipart/form-data; boundary=golden" : "application/json";
	request.body = slice_of(g->body);
	web_request_take(&request, environment);
	web_reply_init(&reply, &arena, &channel, false);
	api_handle(api, &request, NULL, &reply);
	g->status = web_reply_status_of(&reply);
	keep_header(&reply, "x-sideways-dropped", g->dropped, sizeof g->dropped);
	keep_header(&reply, "x-sideways-cost", g->cost, sizeof g->cost);
	keep_header(&reply, "Content-Type", g->type, sizeof g->type);
	tidy_answer(g, id);
	arena_release(&arena);
}

static void play(struct golden *g)
{
	struct api api = { .pinged_ms = 0 };
	struct settings *settings;

	settings = load(g);
	if (!settings)
		return;
	text_clear(&g->sent);
	text_clear(&g->answer);
	clock_fake_start(START_MS);
	gateway_init_with(&api.gateway, settings, database, STORE_INLINE);
	api.gateway.transport = play_transport;
	running = g;
	ask(g, &api);
	gateway_release(&api.gateway);
	clock_fake_stop();
}

/* ---- comparing ---- */

static void compare_json(
    struct golden *g, const char *what, const char *name, const char *got, bool writing)
{
	char *text = read_file(g->folder, name), *shown;
	json_error_t trouble;
	json_t *have = json_loads(got, JSON_DECODE_ANY, &trouble), *want;

	if (writing && have) {
		shown =
		    json_dumps(have, JSON_INDENT(2) | JSON_ENCODE_ANY | JSON_REAL_PRECISION(15));
		write_file(g->folder, name, shown, strlen(shown));
		free(shown);
	} else if (!text) {
		fail(g, "%s: %s is missing; got: %.1500s; ", what, name, got);
	} else {
		want = json_loads(text, JSON_DECODE_ANY, &trouble);
		if (!want)
			fail(g, "%s: line %d: %s; ", name, trouble.line, trouble.text);
		else if (!have || !json_equal(have, want))
			fail(g, "%s differs from %s: %.1500s; ", what, name, got);
		json_decref(want);
	}
	json_decref(have);
	free(text);
}

static void compare_stream(struct golden *g, bool writing)
{
	char *want = read_file(g->folder, "expected.sse");
	size_t at = 0;

	if (writing) {
		write_file(g->folder, "expected.sse", g->answer.bytes, g->answer.len);
	} else if (!want) {
		fail(g, "expected.sse is missing; got: %.2500s; ", g->answer.bytes);
	} else if (strcmp(want, g->answer.bytes) != 0) {
		while (want[at] && want[at] == g->answer.bytes[at])
			at++;
		fail(g,
		    "the stream (pieces of %zu) differs at byte %zu; wanted: %.300s; got: %.300s; ",
		    g->piece, at, want + at, g->answer.bytes + at);
	}
	free(want);
}

static bool has_file(const struct golden *g, const char *name)
{
	char path[640];

	snprintf(path, sizeof path, "%s/%s", g->folder, name);
	return access(path, R_OK) == 0;
}

/* As it is, but for the CR of its lines. */
static void compare_plain(struct golden *g, const char *name, struct text *got, bool writing)
{
	char *want = read_file(g->folder, name);
	size_t len = 0;

	for (size_t i = 0; i < got->len; i++)
		if (got->bytes[i] != '\r')
			got->bytes[len++] = got->bytes[i];
	got->bytes[got->len = len] = '\0';
	if (writing)
		write_file(g->folder, name, got->bytes, got->len);
	else if (!want || strcmp(want, got->bytes) != 0)
		fail(g, "not what %s says: %.1500s; ", name, got->bytes);
	free(want);
}

static void compare_sent(struct golden *g, bool writing)
{
	const char *name = g->form ? "upstream.txt" : "upstream.json";

	if (g->sent.len > 0 && !writing && !has_file(g, name))
		fail(g, "something was sent: %.1500s; ", g->sent.bytes);
	else if (g->sent.len > 0 && g->form)
		compare_plain(g, name, &g->sent, writing);
	else if (g->sent.len > 0)
		compare_json(g, "what was sent", name, g->sent.bytes, writing);
	else if (has_file(g, name))
		fail(g, "nothing was sent; ");
}

static void compare_text(struct golden *g, const char *name, const char *got, bool always)
{
	const char *want = about_text(g, name, always ? "" : NULL);

	if (want && strcmp(want, got) != 0)
		fail(g, "%s is \"%s\", wanted \"%s\"; ", name, got, want);
}

static void compare_headers(struct golden *g)
{
	const char *name;
	char line[1024];
	json_t *value;

	json_object_foreach(json_object_get(g->about, "upstream_headers"), name, value)
	{
		snprintf(line, sizeof line, "%s: %s\n", name, json_string_value(value));
		if (!strcasestr(g->headers, line))
			fail(g, "header %s: %s was not sent; ", name, json_string_value(value));
	}
}

/* What the ledger has for the request: streams tell no cost in a header. */
static void compare_bill(struct golden *g)
{
	json_t *billed = json_object_get(g->about, "billed_nano");
	long long want = billed ? json_integer_value(billed) : -2, got = -1;
	sqlite3_stmt *sum = NULL;
	sqlite3 *db = NULL;

	if (want == -2)
		return;
	if (sqlite3_open_v2(database, &db, SQLITE_OPEN_READWRITE, NULL) == SQLITE_OK &&
	    sqlite3_prepare_v2(db, "SELECT sum(cost_nano) FROM attempt WHERE request_id = ?", -1,
		&sum, NULL) == SQLITE_OK &&
	    sqlite3_bind_text(sum, 1, g->id, -1, SQLITE_STATIC) == SQLITE_OK &&
	    sqlite3_step(sum) == SQLITE_ROW)
		got = sqlite3_column_int64(sum, 0);
	sqlite3_finalize(sum);
	sqlite3_close(db);
	if (got != want)
		fail(g, "billed %lld nano-dollars, wanted %lld; ", got, want);
}

static void compare(struct golden *g, bool writing)
{
	bool streamed =
	    strncmp(g->answer.bytes, "data:", 5) == 0 || strncmp(g->answer.bytes, "event:", 6) == 0;

	if (g->status != about_int(g, "status", 200))
		fail(g, "status %d; ", g->status);
	compare_sent(g, writing);
	if (streamed)
		compare_stream(g, writing);
	else if (strcmp(g->type, "application/json") != 0)
		compare_plain(g, "expected.txt", &g->answer, writing);
	else
		compare_json(g, "the answer", "expected.json", g->answer.bytes, writing);
	compare_text(g, "dropped", g->dropped, true);
	compare_text(g, "cost", g->cost, false);
	compare_text(g, "type", g->type, false);
	compare_bill(g);
	compare_text(g, "upstream_url", g->url, false);
	compare_headers(g);
}

/* ---- mutations ---- */

static uint32_t dice = 2463534242u; /* seeded: a failure comes again */

static uint32_t throw_dice(uint32_t below)
{
	dice ^= dice << 13;
	dice ^= dice >> 17;
	dice ^= dice << 5;
	return dice % below;
}

/* A byte changed, bytes cut out, bytes doubled, or another type of value; in place. */
static void mutate(char *text)
{
	static const char *const words[] = { "null", "[]", "{}", "\"\"", "-1", "1e999", "true",
		"\"\\ud800\"", "[[[[", "}", "," };
	size_t len = strlen(text), at = len ? throw_dice((uint32_t)len) : 0, span;
	const char *word = words[throw_dice(sizeof words / sizeof words[0])];
	char *colon;

	if (len < 8)
		return;
	span = throw_dice(20) + 1;
	span = span < len - at ? span : len - at;
	switch (throw_dice(4)) {
	case 0:
		text[at] = (char)(throw_dice(255) + 1);
		break;
	case 1:
		memmove(text + at, text + at + span, len - at - span + 1);
		break;
	case 2:
		memmove(text + at + span, text + at, len - at + 1);
		break;
	default: /* in front of the next value */
		colon = strchr(text + at, ':');
		if (!colon)
			break;
		memmove(colon + 1 + strlen(word), colon + 1, strlen(colon + 1) + 1);
		memcpy(colon + 1, word, strlen(word));
	}
}

/* Whatever comes in, there is an answer of a known kind. */
static void check_answered(struct golden *g)
{
	static const int known[] = { 200, 400, 402, 404, 408, 409, 413, 422, 429, 500, 502, 503,
		504, 529 };
	bool fine = false;

	for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
		fine = fine || g->status == known[i];
	if (!fine)
		fail(g, "a mutation is answered with status %d; ", g->status);
	if (g->answer.len == 0)
		fail(g, "a mutation is not answered; ");
}

static void play_mutations(struct golden *g, int count)
{
	char *body = strdup(g->body), *reply = g->reply ? strdup(g->reply) : NULL;

	g->mutating = true;
	for (int i = 0; i < count && !g->why[0]; i++) {
		memcpy(g->body, body, strlen(body) + 1);
		if (reply)
			memcpy(g->reply, reply, strlen(reply) + 1);
		mutate(reply && throw_dice(2) ? g->reply : g->body);
		g->piece = throw_dice(2) ? 0 : 7;
		play(g);
		if (!g->why[0])
			check_answered(g);
		if (g->why[0])
			fail(g, "body: %.600s reply: %.600s", g->body, g->reply ? g->reply : "");
	}
	free(body);
	free(reply);
}

/* ---- cases ---- */

static void run_case(struct golden *g, bool writing)
{
	static const size_t pieces[] = { 0, 7, 1 };
	size_t ways = g->stream && !writing ? 3 : 1;

	for (size_t i = 0; i < ways && !g->why[0]; i++) {
		g->piece = pieces[i];
		play(g);
		if (!g->why[0])
			compare(g, writing);
	}
	if (!writing && !g->why[0])
		play_mutations(g, mutations);
}

/* The lines of a form end with CRLF, which a text file would lose. */
static void read_body(struct golden *g, const char *path)
{
	char *lines = read_file(path, "client.form");
	size_t len = 0;

	g->form = lines != NULL;
	g->body = g->form ? calloc(2, FILE_MAX) : read_file(path, "client.json");
	for (char *at = lines; at && *at; at++) {
		if (*at == '\n')
			g->body[len++] = '\r';
		g->body[len++] = *at;
	}
	free(lines);
	if (!g->body)
		fail(g, "client.json is missing; ");
}

static void read_case(struct golden *g, const char *path)
{
	const char *pair = strstr(path, "/golden/");
	char *text;

	snprintf(g->folder, sizeof g->folder, "%s", path);
	if (!pair || sscanf(pair, "/golden/%31[^-]-%31[^/]", g->client, g->provider) != 2)
		fail(g, "not in a folder <client>-<provider>; ");
	text = read_file(path, "case.json");
	g->about = text ? json_loads(text, 0, NULL) : json_object();
	free(text);
	if (!g->about)
		fail(g, "case.json is not JSON; ");
	read_body(g, path);
	g->reply = read_file(path, "reply.sse");
	if (!g->reply) {
		g->reply = read_file(path, "reply.frames");
		g->framed = g->reply != NULL;
	}
	g->stream = g->reply != NULL;
	if (!g->reply)
		g->reply = read_file(path, "reply.json");
	if (!g->reply)
		g->reply = read_file(path, "reply.txt");
}

static bool do_case(const char *path, int number, bool writing)
{
	struct golden *g = calloc(1, sizeof *g);
	const char *name = strstr(path, "/golden/");
	bool good;

	text_init(&g->sent, FILE_MAX);
	text_init(&g->answer, FILE_MAX);
	read_case(g, path);
	if (!g->why[0])
		run_case(g, writing);
	good = !g->why[0];
	printf("%s %d - %s\n", good ? "ok" : "not ok", number, name ? name + 8 : path);
	for (char *at = g->why; *at; at++)
		*at = *at == '\n' ? ' ' : *at;
	if (!good)
		printf("# %s\n", g->why);
	json_decref(g->about);
	free(g->body);
	free(g->reply);
	text_release(&g->sent);
	text_release(&g->answer);
	free(g);
	return good;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

struct case_list {
	char **paths;
	size_t count, room;
};

static void add_case(struct case_list *cases, const char *path)
{
	if (cases->count == cases->room) {
		cases->room = cases->room ? 2 * cases->room : 1024;
		cases->paths = realloc(cases->paths, cases->room * sizeof cases->paths[0]);
		if (!cases->paths)
			abort();
	}
	cases->paths[cases->count++] = strdup(path);
}

static void find_cases(const char *folder, int depth, struct case_list *cases)
{
	DIR *dir = opendir(folder);
	struct dirent *entry;
	char path[512];
	struct stat is;

	if (!dir) {
		perror(folder);
		exit(1);
	}
	while ((entry = readdir(dir))) {
		snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
		if (entry->d_name[0] == '.' || stat(path, &is) != 0 || !S_ISDIR(is.st_mode))
			continue;
		if (depth == 0)
			find_cases(path, 1, cases);
		else
			add_case(cases, path);
	}
	closedir(dir);
}

static void remove_files(void)
{
	static const char *const names[] = { "g.db", "g.db-wal", "g.db-shm", "settings.yaml" };
	char path[160];

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		snprintf(path, sizeof path, "%s/%s", scratch, names[i]);
		unlink(path);
	}
	rmdir(scratch);
}

/* Of GOLDEN_MUTATE; -1: it is no number. */
static int read_mutations(const char *text)
{
	char *end;
	long value = strtol(text, &end, 10);

	return *end || end == text || value < 0 || value > 1000000 ? -1 : (int)value;
}

/* Those whose path has the filter in it.  How many failed; *out_number: how many there were. */
static int do_cases(const struct case_list *cases, const char *filter, int *out_number)
{
	bool writing = getenv("GOLDEN_WRITE") != NULL;
	int failed = 0;

	for (size_t i = 0; i < cases->count; i++) {
		if (strstr(cases->paths[i], filter) &&
		    !do_case(cases->paths[i], ++*out_number, writing))
			failed++;
		free(cases->paths[i]);
	}
	free(cases->paths);
	return failed;
}

int main(int argc, char **argv)
{
	struct case_list cases = { NULL, 0, 0 };
	const char *top = getenv("top_srcdir"), *filter = argc > 1 ? argv[1] : "";
	char folder[512];
	int number = 0, failed;

	if (getenv("GOLDEN_MUTATE"))
		mutations = read_mutations(getenv("GOLDEN_MUTATE"));
	if (mutations < 0) {
		printf("Bail out! GOLDEN_MUTATE=%s is no number\n", getenv("GOLDEN_MUTATE"));
		return 1;
	}
	snprintf(folder, sizeof folder, "%s/tests/golden", top ? top : ".");
	snprintf(scratch, sizeof scratch, "/tmp/sideways-golden-XXXXXX");
	if (!mkdtemp(scratch))
		return 1;
	atexit(remove_files);
	snprintf(database, sizeof database, "%s/g.db", scratch);
	find_cases(folder, 0, &cases);
	qsort(cases.paths, cases.count, sizeof cases.paths[0], by_name);
	failed = do_cases(&cases, filter, &number);
	if (number == 0)
		printf("Bail out! no case in %s has '%s' in its path\n", folder, filter);
	printf("1..%d\n", number);
	return failed > 0 || number == 0;
}
