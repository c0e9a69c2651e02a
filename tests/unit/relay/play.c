/* The stage; see play.h. */
#include "play.h"

#include "accounts/key_change.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/json_scan.h"

static const struct actor by = { "a test", "unit test" };

#define START_MS INT64_C(1795430000000) /* 2026-11-23, a Monday */

static struct play *on_stage; /* transports have no context of their own; tests run one at a time */

static const char good_body[] = "{\"id\":\"c\",\"object\":\"chat.completion\",\"created\":1,"
				"\"model\":\"m\",\"choices\":[{\"index\":0,\"message\":{\"role\":"
				"\"assistant\",\"content\":\"hello\"},\"finish_reason\":\"stop\"}],"
				"\"usage\":{\"prompt_tokens\":10,\"completion_tokens\":5,"
				"\"total_tokens\":15}}";

/* Gemini's: .../models/NAME:generateContent */
static char *model_in(const char *url, struct arena *arena)
{
	const char *name = strstr(url, "/models/");

	name = name ? name + strlen("/models/") : "";
	return arena_copy_slice(arena, (struct slice){ name, strcspn(name, ":") });
}

static char *model_sent(const struct fetch_call *call, struct arena *arena)
{
	AUTO_TEXT struct text body = text_empty(1 << 20);
	struct slice model;

	for (size_t i = 0; i < call->body_count; i++)
		text_add(&body, call->body[i].ptr, call->body[i].len);
	model = json_member(text_slice(&body), "model");
	return model.ptr ? json_as_text(model, arena) : model_in(call->url, arena);
}

static const struct step *next_step(struct play *play, const char *model)
{
	const struct step *last = NULL;

	for (size_t i = 0; play->script[i].model && play->script[i].model[0]; i++) {
		if (strcmp(play->script[i].model, model) != 0)
			continue;
		last = &play->script[i];
		if (!play->used[i]) {
			play->used[i] = true;
			return last;
		}
	}
	return last;
}

/* False: the call's time is over before its first byte. */
static bool takes_its_time(
    struct play *play, const struct step *step, const struct fetch_call *call)
{
	int64_t takes_ms = play->call_ms ? play->call_ms : 100, most = call->first_byte_timeout_ms;

	if (step && step->takes_ms)
		takes_ms = step->takes_ms;
	if (call->total_timeout_ms < most)
		most = call->total_timeout_ms;
	play->limits[play->calls].first_byte_ms = call->first_byte_timeout_ms;
	play->limits[play->calls].idle_ms = call->idle_timeout_ms;
	play->limits[play->calls++].total_ms = call->total_timeout_ms;
	assert_true(play->calls < sizeof play->limits / sizeof play->limits[0]);
	clock_fake_advance(takes_ms < most ? takes_ms : most);
	return takes_ms <= most;
}

static void play_transport(
    struct fetch_pool *pool, const struct fetch_call *call, struct fetch_result *out)
{
	struct play *play = on_stage;
	const char *model = model_sent(call, &play->arena), *body;
	const struct step *step = next_step(play, model);
	struct fetch_head head = { .status = 200 };
	size_t at = strlen(play->called);

	snprintf(play->called + at, sizeof play->called - at, "%s ", model);
	*out = (struct fetch_result){ .end = step ? step->end : FETCH_DONE, .sent = true };
	if (!takes_its_time(play, step, call))
		out->end = FETCH_TIMEOUT_FIRST_BYTE;
	if (out->end == FETCH_NOT_SENT || out->end == FETCH_NO_ANSWER ||
	    out->end == FETCH_TIMEOUT_FIRST_BYTE)
		return;
	out->status = head.status = step && step->status ? step->status : 200;
	body = step && step->body ? step->body : good_body;
	head.headers[head.header_count++] = (struct fetch_header){ "content-type",
		strncmp(body, "data:", 5) == 0 ? "text/event-stream" : "application/json" };
	if (step && step->retry_after)
		head.headers[head.header_count++] =
		    (struct fetch_header){ "retry-after", step->retry_after };
	if (call->on_head(call->ctx, &head) != 0 ||
	    call->on_body(call->ctx, body, strlen(body)) != 0)
		out->end = FETCH_STOPPED;
}

static struct settings *load(struct play *play, const char *yaml)
{
	struct problems problems = { 0 };
	struct error err = { 0 };
	struct settings *settings;
	char path[96];
	FILE *file;

	snprintf(path, sizeof path, "%s/s.yaml", play->folder);
	file = fopen(path, "w");
	assert_non_null(file);
	fputs(yaml, file);
	fclose(file);
	settings = settings_load(path, &problems, &err);
	if (!settings)
		fail_msg("%s", err.text);
	problems_release(&problems);
	return settings;
}

static void make_key(struct play *play, const char *budget)
{
	struct account_wish wish = { .alias = "tester", .expires_ms = KEY_KEEP };
	struct budget_wish limit;
	struct key_secret secret;
	struct virtual_key key;

	if (budget) {
		assert_int_equal(budget_wish_parse(budget, &play->arena, &limit, &play->err), 0);
		wish.budgets = &limit;
		wish.budget_count = 1;
	}
	if (key_create(play->gateway.store, &by, &wish, clock_wall_ms(), &play->arena, &key,
		&secret, &play->err) != 0)
		fail_msg("%s", play->err.text);
	memcpy(play->key, secret.text, sizeof play->key);
}

void play_begin(struct play *play, const char *settings, const char *key_budget)
{
	char database[96];

	memset(play, 0, sizeof *play);
	on_stage = play;
	snprintf(play->folder, sizeof play->folder, "/tmp/sideways-play-XXXXXX");
	assert_non_null(mkdtemp(play->folder));
	snprintf(database, sizeof database, "%s/play.db", play->folder);
	clock_fake_start(START_MS);
	arena_init(&play->arena);
	text_init(&play->streamed, 1 << 20);
	gateway_init_with(&play->gateway, load(play, settings), database, STORE_INLINE);
	play->gateway.transport = play_transport;
	if (!gateway_store(&play->gateway, &play->err))
		fail_msg("%s", play->err.text);
	make_key(play, key_budget);
}

void play_end(struct play *play)
{
	static const char *const names[] = { "s.yaml", "play.db", "play.db-wal", "play.db-shm",
		"play.db-line", "play.db-turn" };
	char path[96];

	gateway_release(&play->gateway);
	arena_release(&play->arena);
	text_release(&play->streamed);
	clock_fake_stop();
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		snprintf(path, sizeof path, "%s/%s", play->folder, names[i]);
		unlink(path);
	}
	rmdir(play->folder);
}

static int on_event(void *ctx, const char *name, struct slice data)
{
	struct play *play = ctx;

	text_add(&play->streamed, data.ptr, data.len);
	text_putc(&play->streamed, '\n');
	return 0;
}

/* Only what was said. */
static int on_translated(void *ctx, const struct chat_event *event)
{
	return on_event(ctx, "", event->text);
}

static int on_keep_alive(void *ctx)
{
	struct play *play = ctx;

	play->keep_alives++;
	return 0;
}

void play_change_key(struct play *play, const struct account_wish *wish)
{
	struct virtual_key key;

	assert_int_equal(
	    keys_find(play->gateway.store, "tester", &play->arena, &key, &play->err), 0);
	if (key_update(play->gateway.store, &by, key.id, wish, clock_wall_ms(), &play->err) != 0)
		fail_msg("%s", play->err.text);
}

static bool on_look(void *ctx)
{
	struct play *play = ctx;

	return play->looks(play);
}

int play_ask(struct play *play, const struct step *script, const char *members)
{
	struct catalog *catalog = gateway_catalog(&play->gateway, &play->err);
	struct chat_sink sink = { play, on_event, on_translated, on_keep_alive,
		play->looks ? on_look : NULL, NULL };
	const char *body = arena_printf(&play->arena,
	    "{\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}%s],%s}",
	    play->more_messages ? play->more_messages : "", members);
	const char *id = arena_copy(&play->arena, digest_new_id().text);
	struct chat_request request;
	struct virtual_key key;
	struct relay_call call = {
		.gateway = &play->gateway,
		.catalog = catalog,
		.store = play->gateway.store,
		.arena = &play->arena,
		.request = &request,
		.key = &key,
		.request_id = id,
		.started_us = clock_mono_us(),
		.client_fd = -1,
		.sink = &sink,
		.caller = play->caller,
	};
	int result;

	memset(play->used, 0, sizeof play->used);
	play->called[0] = '\0';
	play->calls = 0;
	play->script = script;
	text_clear(&play->streamed);
	if (client_format(play->format)
		->read(slice_of(body), NULL, false, &play->arena, &request, &play->err) != 0)
		fail_msg("%s", play->err.text);
	assert_int_equal(
	    relay_authenticate(call.store, catalog, play->key, &play->arena, &key, &play->err), 0);
	result = relay_run(&call, &play->out, &play->err);
	catalog_release(catalog);
	return result;
}

int64_t play_count(struct play *play, const char *sql)
{
	char path[96];
	sqlite3 *db;
	sqlite3_stmt *s;
	int64_t value;

	snprintf(path, sizeof path, "%s/play.db", play->folder);
	assert_int_equal(sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
	if (sqlite3_prepare_v2(db, sql, -1, &s, NULL) != SQLITE_OK)
		fail_msg("%s", sqlite3_errmsg(db));
	assert_int_equal(sqlite3_step(s), SQLITE_ROW);
	value = sqlite3_column_int64(s, 0);
	sqlite3_finalize(s);
	sqlite3_close(db);
	return value;
}

static void print_difference(void *ctx, const char *text)
{
	print_message("# difference: %s\n", text);
}

void play_audit(struct play *play)
{
	struct audit_summary summary;

	assert_int_equal(ledger_audit(play->gateway.store, clock_wall_ms(), print_difference, NULL,
			     &summary, &play->err),
	    0);
	assert_int_equal(summary.differences, 0);
	assert_int_equal(summary.open_holds, 0);
}
