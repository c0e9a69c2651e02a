/*
 * Redis by hiredis.  See the header.
 */
#include "cache/redis_cache.h"

#ifdef HAVE_HIREDIS

#include <hiredis/hiredis.h>
#include <pthread.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/digest.h"
#include "base/fiber.h"
#include "base/json_build.h"
#include "base/json_read.h"
#include "base/log.h"

#endif

#include "base/banned.h"

#ifndef HAVE_HIREDIS

enum redis_result redis_cache_find(const struct cache_settings *settings, const char *hash,
    struct arena *arena, struct cached_answer *out)
{
	return REDIS_NONE;
}

enum redis_result redis_cache_keep(const struct cache_settings *settings, const char *hash,
    const struct cached_answer *answer, int64_t ttl_ms)
{
	return REDIS_NONE;
}

#else

#define AWAY_MS   5000
#define KEEP_IDLE 16 /* connections */

struct connection {
	redisContext *redis;
	struct digest_hex where; /* of address and account, to notice that the settings changed */
	struct connection *next;
};

static struct {
	pthread_mutex_t mutex;
	struct connection *idle;
	int idle_count;
	int64_t away_until_ms; /* monotonic */
} pool = { .mutex = PTHREAD_MUTEX_INITIALIZER };

/* ---- connections ---- */

static void close_connection(struct connection *connection)
{
	if (!connection)
		return;
	if (connection->redis)
		redisFree(connection->redis);
	free(connection);
}

/* An idle one to that place; those to other places are closed. */
static struct connection *take_idle(const char *where)
{
	struct connection *found = NULL, *stale = NULL, *next;

	pthread_mutex_lock(&pool.mutex);
	while (!found && pool.idle) {
		next = pool.idle->next;
		pool.idle_count--;
		if (strcmp(pool.idle->where.text, where) == 0) {
			found = pool.idle;
		} else {
			pool.idle->next = stale;
			stale = pool.idle;
		}
		pool.idle = next;
	}
	pthread_mutex_unlock(&pool.mutex);
	for (; stale; stale = next) {
		next = stale->next;
		close_connection(stale);
	}
	return found;
}

static void give_back(struct connection *connection)
{
	bool kept;

	pthread_mutex_lock(&pool.mutex);
	kept = pool.idle_count < KEEP_IDLE;
	if (kept) {
		connection->next = pool.idle;
		pool.idle = connection;
		pool.idle_count++;
	}
	pthread_mutex_unlock(&pool.mutex);
	if (!kept)
		close_connection(connection);
}

static bool is_away(void)
{
	bool away;

	pthread_mutex_lock(&pool.mutex);
	away = clock_mono_ms() < pool.away_until_ms;
	pthread_mutex_unlock(&pool.mutex);
	return away;
}

/* Redis' own words may repeat what it was sent, so they are logged only when it did not take the
 * connection. */
static enum redis_result redis_cache_fail(struct connection *connection, const char *what)
{
	pthread_mutex_lock(&pool.mutex);
	pool.away_until_ms = clock_mono_ms() + AWAY_MS;
	pthread_mutex_unlock(&pool.mutex);
	log_event(LOG_WARNING, "cache", "Redis: %s%s%s; requests go on without the cache", what,
	    connection && connection->redis && connection->redis->err ? ": " : "",
	    connection && connection->redis ? connection->redis->errstr : "");
	close_connection(connection);
	return REDIS_AWAY;
}

static bool said_ok(redisReply *reply)
{
	bool ok = reply && reply->type == REDIS_REPLY_STATUS;

	if (reply)
		freeReplyObject(reply);
	return ok;
}

static bool sign_in(redisContext *redis, const struct cache_settings *settings)
{
	if (!settings->redis_password)
		return true;
	return said_ok(settings->redis_username
			   ? redisCommand(redis, "AUTH %s %s", settings->redis_username,
				 settings->redis_password)
			   : redisCommand(redis, "AUTH %s", settings->redis_password));
}

static const char *host_of(const struct cache_settings *settings)
{
	return settings->redis_host ? settings->redis_host : "127.0.0.1";
}

static bool open_connection(
    struct connection *connection, const struct cache_settings *settings, const char **out_what)
{
	struct timeval limit = { settings->redis_timeout_ms / 1000,
		settings->redis_timeout_ms % 1000 * 1000 };
	redisContext *redis =
	    redisConnectWithTimeout(host_of(settings), (int)settings->redis_port, limit);

	connection->redis = redis;
	*out_what = "no connection";
	if (!redis || redis->err || redisSetTimeout(redis, limit) != REDIS_OK)
		return false;
	*out_what = "the password is not accepted";
	if (!sign_in(redis, settings))
		return false;
	*out_what = "the database number is not accepted";
	return settings->redis_db == 0 ||
	       said_ok(redisCommand(redis, "SELECT %lld", (long long)settings->redis_db));
}

static struct connection *connect_to(
    const struct cache_settings *settings, struct arena *arena, const char **out_what)
{
	const char *place = arena_printf(arena, "%s %lld %lld %s %s", host_of(settings),
	    (long long)settings->redis_port, (long long)settings->redis_db,
	    settings->redis_username ? settings->redis_username : "",
	    settings->redis_password ? settings->redis_password : "");
	struct digest_hex where = digest_sha256(place, strlen(place));
	struct connection *connection = take_idle(where.text);

	if (connection)
		return connection;
	connection = alloc_zero(1, sizeof *connection);
	connection->where = where;
	if (open_connection(connection, settings, out_what))
		return connection;
	(void)redis_cache_fail(connection, *out_what);
	return NULL;
}

/* ---- values ---- */

static char *head_of(const struct cached_answer *answer)
{
	AUTO_JSON json_t *head = json_object();

	json_set_all(head, "request_id stored_ms content_type streamed? cost_nano group model",
	    answer->request_id, answer->stored_ms, answer->content_type, answer->streamed,
	    answer->cost_nano, answer->group, answer->model);
	json_set_all(head, "deployment_id tier", answer->deployment_id, answer->tier);
	return json_dumps(head, JSON_COMPACT);
}

static const char *copy_text(const json_t *head, const char *name, struct arena *arena)
{
	return arena_copy(arena, json_read_text(head, name));
}

static bool read_value(struct slice value, struct arena *arena, struct cached_answer *out)
{
	const char *line_end = memchr(value.ptr, '\n', value.len);
	size_t head_len = line_end ? (size_t)(line_end - value.ptr) : 0;
	json_t *head = json_read((struct slice){ value.ptr, head_len }, NULL);

	if (!json_is_object(head)) {
		json_decref(head);
		return false;
	}
	*out = (struct cached_answer){
		.request_id = copy_text(head, "request_id", arena),
		.stored_ms = json_read_int(head, "stored_ms", 0),
		.content_type = copy_text(head, "content_type", arena),
		.streamed = json_is_true(json_object_get(head, "streamed")),
		.cost_nano = json_read_int(head, "cost_nano", 0),
		.group = copy_text(head, "group", arena),
		.model = copy_text(head, "model", arena),
		.deployment_id = copy_text(head, "deployment_id", arena),
		.tier = copy_text(head, "tier", arena),
	};
	out->body = (struct slice){ NULL, value.len - head_len - 1 };
	out->body.ptr =
	    arena_copy_slice(arena, (struct slice){ value.ptr + head_len + 1, out->body.len });
	json_decref(head);
	return out->request_id && out->content_type;
}

/* ---- the two commands ---- */

static const char *redis_cache_name_of(const char *hash, struct arena *arena)
{
	return arena_printf(arena, "sideways:%s", hash);
}

static enum redis_result find(const struct cache_settings *settings, const char *hash,
    struct arena *arena, struct cached_answer *out)
{
	const char *what = NULL;
	struct connection *connection = is_away() ? NULL : connect_to(settings, arena, &what);
	enum redis_result result = REDIS_NONE;
	redisReply *reply;

	if (!connection)
		return what ? REDIS_AWAY : REDIS_NONE;
	reply = redisCommand(connection->redis, "GET %s", redis_cache_name_of(hash, arena));
	if (!reply || reply->type == REDIS_REPLY_ERROR) {
		if (reply)
			freeReplyObject(reply);
		return redis_cache_fail(connection, "GET failed");
	}
	if (reply->type == REDIS_REPLY_STRING &&
	    read_value((struct slice){ reply->str, reply->len }, arena, out))
		result = REDIS_DONE;
	freeReplyObject(reply);
	give_back(connection);
	return result;
}

static enum redis_result keep(const struct cache_settings *settings, const char *hash,
    const struct cached_answer *answer, int64_t ttl_ms)
{
	AUTO_ARENA struct arena arena = { 0 };
	const char *what = NULL;
	struct connection *connection;
	struct slice body = answer->body;
	char *head;
	bool kept;

	connection = is_away() ? NULL : connect_to(settings, &arena, &what);
	if (!connection)
		return what ? REDIS_AWAY : REDIS_NONE;
	head = head_of(answer);
	kept = said_ok(redisCommand(connection->redis, "SET %s %s\n%b PX %lld",
	    redis_cache_name_of(hash, &arena), head, body.ptr, body.len, (long long)ttl_ms));
	free(head);
	if (!kept)
		return redis_cache_fail(connection, "SET failed");
	give_back(connection);
	return REDIS_DONE;
}

/* hiredis blocks, and a fiber must not (base/fiber.h). */
struct errand {
	const struct cache_settings *settings;
	const char *hash;
	struct arena *arena; /* of find */
	struct cached_answer *found;
	const struct cached_answer *kept; /* of keep */
	int64_t ttl_ms;
	enum redis_result result;
};

static void run_errand(void *ctx)
{
	struct errand *errand = ctx;

	errand->result = errand->found
			     ? find(errand->settings, errand->hash, errand->arena, errand->found)
			     : keep(errand->settings, errand->hash, errand->kept, errand->ttl_ms);
}

enum redis_result redis_cache_find(const struct cache_settings *settings, const char *hash,
    struct arena *arena, struct cached_answer *out)
{
	struct errand errand = { settings, hash, arena, out, NULL, 0, REDIS_NONE };

	fiber_aside(run_errand, &errand);
	return errand.result;
}

enum redis_result redis_cache_keep(const struct cache_settings *settings, const char *hash,
    const struct cached_answer *answer, int64_t ttl_ms)
{
	struct errand errand = { settings, hash, NULL, NULL, answer, ttl_ms, REDIS_NONE };

	fiber_aside(run_errand, &errand);
	return errand.result;
}

#endif
