/*
 * The cache in the store, and the choice between it and Redis.  See the header.
 */
#include "cache/answer_cache.h"

#include "cache/redis_cache.h"

#include "base/banned.h"

static void read_row(const struct statement *s, struct arena *arena, struct cached_answer *out)
{
	*out = (struct cached_answer){
		.request_id = arena_copy(arena, statement_text(s, 0)),
		.stored_ms = statement_int(s, 1),
		.content_type = arena_copy(arena, statement_text(s, 2)),
		.streamed = statement_int(s, 3) != 0,
		.cost_nano = statement_int(s, 4),
		.group = arena_copy(arena, statement_text(s, 5)),
		.model = arena_copy(arena, statement_text(s, 6)),
		.deployment_id = arena_copy(arena, statement_text(s, 7)),
		.tier = arena_copy(arena, statement_text(s, 8)),
		.body = slice_of(arena_copy(arena, statement_text(s, 9))),
	};
}

static bool find_in_store(struct store *store, const char *hash, int64_t now_ms,
    int64_t not_before_ms, struct arena *arena, struct cached_answer *out)
{
	AUTO_READ struct statement *s = store_read(store, SQL_CACHE_FIND, NULL);
	bool found = false;

	statement_bind(s, ":hash", hash, ":now_ms", now_ms, ":not_before_ms", not_before_ms);
	found = statement_step(s, NULL) == 1;
	if (found)
		read_row(s, arena, out);
	return found;
}

static void keep_in_store(struct store *store, const struct cache_settings *settings,
    const char *hash, const struct cached_answer *answer, int64_t ttl_ms)
{
	struct change *change = change_new();

	change_add(change, SQL_CACHE_FORGET);
	change_bind(change, ":hash", hash);
	change_add(change, SQL_CACHE_EVICT);
	change_bind(
	    change, ":bytes", (int64_t)answer->body.len, ":most_bytes", settings->max_bytes);
	change_add(change, SQL_CACHE_PUT);
	change_bind(change, ":hash", hash, ":request_id", answer->request_id, ":stored_ms",
	    answer->stored_ms, ":until_ms", answer->stored_ms + ttl_ms, ":content_type",
	    answer->content_type, ":streamed", answer->streamed, ":cost_nano", answer->cost_nano,
	    ":answered_group", answer->group, ":answered_model", answer->model, ":deployment_id",
	    answer->deployment_id, ":tier", answer->tier, ":bytes", (int64_t)answer->body.len,
	    ":answer", answer->body.ptr);
	store_apply_later(store, change);
}

static void count_away(struct store *store)
{
	struct change *change = change_new();

	change_add(change, SQL_CACHE_COUNT_AWAY);
	store_apply_later(store, change);
}

bool answer_cache_find(struct store *store, const struct cache_settings *settings, const char *hash,
    int64_t now_ms, int64_t not_before_ms, struct arena *arena, struct cached_answer *out)
{
	enum redis_result result;

	if (settings->type == CACHE_SQLITE)
		return find_in_store(store, hash, now_ms, not_before_ms, arena, out);
	result = redis_cache_find(settings, hash, arena, out);
	if (result == REDIS_AWAY)
		count_away(store);
	return result == REDIS_DONE && out->stored_ms >= not_before_ms;
}

void answer_cache_keep(struct store *store, const struct cache_settings *settings, const char *hash,
    const struct cached_answer *answer, int64_t ttl_ms)
{
	if (!answer->body.ptr || (int64_t)answer->body.len > settings->max_entry_bytes)
		return;
	if (settings->type == CACHE_SQLITE)
		keep_in_store(store, settings, hash, answer, ttl_ms);
	else if (redis_cache_keep(settings, hash, answer, ttl_ms) == REDIS_AWAY)
		count_away(store);
}

void answer_cache_count_into(struct change *change, const char *group, bool hit, int64_t saved_nano)
{
	change_add(change, SQL_CACHE_COUNT_LABEL);
	change_bind(change, ":model", group);
	change_add(change, SQL_CACHE_COUNT);
	change_bind(change, ":model", group, ":hits", hit, ":saved_nano", saved_nano);
}

void answer_cache_trim_into(struct change *change, int64_t now_ms, int most)
{
	change_add(change, SQL_CACHE_TRIM);
	change_bind(change, ":now_ms", now_ms, ":most", most);
}
