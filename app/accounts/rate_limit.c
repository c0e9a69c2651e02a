/*
 * Filling the statements of the limits, and finding out which one refused.  See the header.
 */
#include "accounts/rate_limit.h"

#include <stdio.h>
#include <string.h>

#include "accounts/shares.h"
#include "accounts/till.h"

#include "base/banned.h"

#define WINDOW_S     62   /* buckets that count (sql/schema/limits.sql) */
#define SLOT_WAIT_MS 1000 /* nobody knows when a running call ends: a usual first try */

void rate_hold_add(struct rate_hold *hold, const struct rate_scope *scope)
{
	if (limits_any(&scope->limits) && hold->count < RATE_SCOPES_MAX)
		hold->items[hold->count++] = *scope;
}

static void bind_limit(struct change *change, const char *parameter, int64_t limit)
{
	if (limit < 0)
		change_bind_null(change, parameter);
	else
		change_bind_int(change, parameter, limit);
}

void rate_hold_into(struct change *change, const struct rate_hold *hold, const char *request_id,
    int number, int64_t now_ms)
{
	for (int i = 0; i < hold->count; i++) {
		const struct rate_scope *item = &hold->items[i];

		change_add(change, SQL_RATE_LIMIT_TAKE);
		change_bind(change, ":request_id", request_id, ":number", number, ":scope",
		    item->scope, ":scope_id", item->scope_id, ":second", now_ms / 1000, ":requests",
		    item->requests, ":tokens", item->tokens);
		bind_limit(change, ":rpm", item->limits.rpm);
		bind_limit(change, ":tpm", item->limits.tpm);
		bind_limit(change, ":parallel", item->limits.parallel);
	}
}

void rate_end_into(struct change *change, const char *request_id, int number, int64_t real_tokens)
{
	change_add(change, SQL_RATE_LIMIT_REAL);
	bind_limit(change, ":real_tokens", real_tokens);
	change_bind(change, ":request_id", request_id, ":number", number);
	change_add(change, SQL_RATE_LIMIT_GIVE_BACK);
	change_bind(change, ":request_id", request_id, ":number", number);
}

int rate_count(struct store *store, const struct rate_hold *hold, const char *request_id,
    int64_t now_ms, struct error *err)
{
	struct rate_hold leased = { .count = 0 }, exact = { .count = 0 };

	for (int i = 0; i < hold->count; i++) {
		struct rate_scope item = hold->items[i];

		if (item.limits.rpm < 0)
			continue;
		rate_hold_add(&leased, &item);
		item.limits.tpm = item.limits.parallel = LIMIT_NONE;
		rate_hold_add(&exact, &item);
	}
	if (!leased.count || till_count(store, &leased, now_ms / 1000))
		return 0;
	AUTO_CHANGE struct change *change = change_new();
	rate_hold_into(change, &exact, request_id, 0, now_ms);
	change_add(change, SQL_RATE_LIMIT_END);
	change_bind_text(change, ":request_id", request_id);
	return store_apply(store, change, err);
}

void rate_trim_into(struct change *change, int64_t now_ms)
{
	change_add(change, SQL_RATE_LIMIT_TRIM);
	change_bind_int(change, ":second", now_ms / 1000);
}

/* ---- reading ---- */

struct rate_use {
	int64_t requests, tokens, open;
	int64_t last_request_s, last_token_s; /* the newest bucket that has some; 0: none */
	int64_t here[RATE_KINDS]; /* what this machine has of each limit; INT64_MAX: all */
};

/* For AUTO_READ. */
static struct statement *query(struct store *store, enum sql_name name,
    const struct rate_scope *item, int64_t now_ms, struct error *err)
{
	struct statement *s = store_read(store, name, err);

	statement_bind(
	    s, ":scope", item->scope, ":scope_id", item->scope_id, ":second", now_ms / 1000);
	return s;
}

bool rate_leases_idle(struct store *store, const struct rate_scope *scope, int64_t now_ms)
{
	AUTO_READ struct statement *s = query(store, SQL_RATE_LEASE_IDLE, scope, now_ms, NULL);

	return statement_step(s, NULL) == 1;
}

static int read_use(struct store *store, const struct rate_scope *item, int64_t now_ms,
    struct rate_use *out, struct error *err)
{
	AUTO_READ struct statement *s = query(store, SQL_RATE_LIMIT_STATE, item, now_ms, err);
	int found = statement_step(s, err);

	if (found == 1)
		*out = (struct rate_use){ .requests = statement_int(s, 0),
			.tokens = statement_int(s, 1),
			.last_request_s = statement_int(s, 2),
			.last_token_s = statement_int(s, 3),
			.open = statement_int(s, 4) };
	for (int kind = 0; found == 1 && kind < RATE_KINDS; kind++)
		out->here[kind] =
		    statement_is_null(s, 5 + kind) ? INT64_MAX : statement_int(s, 5 + kind);
	return found == 1 ? 0 : -1;
}

static int64_t leaves_in_ms(int64_t second, int64_t now_ms)
{
	int64_t wait = (second + WINDOW_S) * 1000 - now_ms;

	return wait > 0 ? wait : 0;
}

static int64_t left(int64_t limit, int64_t used)
{
	if (limit < 0)
		return LIMIT_NONE;
	return limit > used ? limit - used : 0;
}

int rate_read(struct store *store, const struct rate_scope *scope, int64_t now_ms,
    struct rate_left *out, struct error *err)
{
	struct rate_use use;
	struct rate_back idle;
	int64_t idle_slots;

	if (read_use(store, scope, now_ms, &use, err) != 0)
		return -1;
	idle = till_rate_idle(store, scope->scope, scope->scope_id, &idle_slots);
	use.requests -= idle.requests;
	use.tokens -= idle.tokens;
	use.open -= idle_slots;
	*out = (struct rate_left){
		.requests_left = left(scope->limits.rpm, use.requests),
		.tokens_left = left(scope->limits.tpm, use.tokens),
		.parallel_left = left(scope->limits.parallel, use.open),
		.requests_reset_ms = leaves_in_ms(use.last_request_s, now_ms),
		.tokens_reset_ms = leaves_in_ms(use.last_token_s, now_ms),
	};
	return 0;
}

/* ---- who refused ---- */

static int find_wait(struct store *store, const struct rate_scope *item, int64_t now_ms,
    struct rate_refusal *refusal, struct error *err)
{
	int64_t missing = refusal->used + refusal->needed - refusal->limit;
	int found;

	refusal->wait_ms = SLOT_WAIT_MS;
	if (refusal->needed > refusal->limit)
		refusal->wait_ms = -1;
	if (refusal->kind == RATE_PARALLEL || refusal->wait_ms < 0)
		return 0;
	AUTO_READ struct statement *s = query(store, SQL_RATE_LIMIT_ROOM, item, now_ms, err);
	statement_bind(s, ":requests", refusal->kind == RATE_REQUESTS ? missing : 0, ":tokens",
	    refusal->kind == RATE_TOKENS ? missing : 0);
	found = statement_step(s, err);
	if (found == 1 && !statement_is_null(s, 0))
		refusal->wait_ms = leaves_in_ms(statement_int(s, 0), now_ms);
	return found < 0 ? -1 : 0;
}

static bool refuses(const struct rate_scope *item, const struct rate_use *use, enum rate_kind kind,
    struct rate_refusal *out)
{
	const int64_t limits[] = { item->limits.rpm, item->limits.tpm, item->limits.parallel };
	const int64_t used[] = { use->requests, use->tokens, use->open };
	const int64_t needed[] = { item->requests, item->tokens, 1 };

	if (limits[kind] < 0 || (kind == RATE_REQUESTS && item->requests == 0) ||
	    used[kind] + needed[kind] <= limits[kind])
		return false;
	*out = (struct rate_refusal){
		.kind = kind, .limit = limits[kind], .used = used[kind], .needed = needed[kind]
	};
	snprintf(out->scope, sizeof out->scope, "%s", item->scope);
	return true;
}

/* The limit has room, as far as is known, but this machine has too little of it: the bank is asked.
 */
static bool share_refuses(struct store *store, const struct rate_scope *item,
    const struct rate_use *use, struct rate_refusal *out)
{
	struct rate_scope here = *item;
	int64_t *const limits[RATE_KINDS] = { &here.limits.rpm, &here.limits.tpm,
		&here.limits.parallel };

	for (int kind = 0; kind < RATE_KINDS; kind++) {
		const int64_t limit = *limits[kind];

		if (limit < 0 || use->here[kind] >= limit)
			continue;
		*limits[kind] = use->here[kind];
		if (!refuses(&here, use, (enum rate_kind)kind, out))
			continue;
		out->limit = limit;
		out->wait_ms = SLOT_WAIT_MS;
		out->elsewhere = true;
		shares_want_limit(store, item, out);
		return true;
	}
	return false;
}

int rate_hold_refusal(
    struct store *store, struct rate_hold *hold, int64_t now_ms, struct error *err)
{
	static const enum rate_kind kinds[] = { RATE_TOKENS, RATE_REQUESTS, RATE_PARALLEL };

	for (int i = 0; i < hold->count; i++) {
		struct rate_use use;

		if (read_use(store, &hold->items[i], now_ms, &use, err) != 0)
			return -1;
		for (size_t k = 0; k < sizeof kinds / sizeof kinds[0]; k++)
			if (refuses(&hold->items[i], &use, kinds[k], &hold->refusal))
				return find_wait(
					   store, &hold->items[i], now_ms, &hold->refusal, err) < 0
					   ? -1
					   : 1;
		if (share_refuses(store, &hold->items[i], &use, &hold->refusal))
			return 1;
	}
	return 0;
}
