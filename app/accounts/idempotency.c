/*
 * Claims, their ends and what becomes of them.  See the header.
 */
#include "accounts/idempotency.h"

#include <string.h>

#include "accounts/ledger.h"
#include "accounts/owner.h"
#include "accounts/shares.h"
#include "store/histogram.h"

#include "base/banned.h"

static void bind_claim(struct change *change, const struct idempotency_claim *claim)
{
	change_bind(change, ":key_id", claim->key_id, ":token", claim->token);
}

/* 1: the claim is ours; 0: somebody has it; -1: err. */
static int claim_it(
    struct store *store, const struct idempotency_claim *claim, int64_t now_ms, struct error *err)
{
	AUTO_CHANGE struct change *change = change_new();

	change_add(change, SQL_IDEMPOTENCY_EXPIRE);
	bind_claim(change, claim);
	change_bind_int(change, ":now_ms", now_ms);
	change_add(change, SQL_IDEMPOTENCY_CLAIM);
	bind_claim(change, claim);
	change_bind(change, ":body_hash", claim->body_hash, ":request_id", claim->request_id,
	    ":owner", ledger_owner(), ":now_ms", now_ms, ":deadline_ms", claim->deadline_ms,
	    ":until_ms", now_ms + IDEMPOTENCY_KEEP_MS);
	return store_apply(store, change, err) == 0 ? change_rows(change, 1) : -1;
}

struct entry {
	const char *body_hash, *state, *owner;
	int64_t deadline_ms;
	struct idempotency_answer answer;
};

static void idempotency_read_entry(
    const struct statement *s, struct arena *arena, struct entry *out)
{
	*out = (struct entry){
		.body_hash = arena_copy(arena, statement_text(s, 0)),
		.answer.request_id = arena_copy(arena, statement_text(s, 1)),
		.state = arena_copy(arena, statement_text(s, 2)),
		.owner = arena_copy(arena, statement_text(s, 3)),
		.deadline_ms = statement_int(s, 4),
		.answer.status = (int)statement_int(s, 5),
		.answer.content_type = arena_copy(arena, statement_text(s, 6)),
		.answer.streamed = statement_int(s, 7) != 0,
		.answer.body = slice_of(arena_copy(arena, statement_text(s, 8))),
	};
}

/* 1 found, 0 not, -1 err. */
static int idempotency_find(struct store *store, const struct idempotency_claim *claim,
    int64_t now_ms, struct arena *arena, struct entry *out, struct error *err)
{
	AUTO_READ struct statement *s = store_read(store, SQL_IDEMPOTENCY_FIND, err);
	int result;

	statement_bind(s, ":key_id", claim->key_id, ":token", claim->token, ":now_ms", now_ms);
	result = statement_step(s, err);
	if (result == 1)
		idempotency_read_entry(s, arena, out);
	return result;
}

/* 1: taken over; 0: it is lost, or somebody was faster; -1: err. */
static int take_over(struct store *store, const struct idempotency_claim *claim,
    const struct entry *entry, struct error *err)
{
	AUTO_CHANGE struct change *change = change_new();

	change_add(change, SQL_IDEMPOTENCY_TAKE_OVER);
	bind_claim(change, claim);
	change_bind(change, ":request_id", claim->request_id, ":owner", ledger_owner(),
	    ":deadline_ms", claim->deadline_ms, ":old_request_id", entry->answer.request_id);
	change_add(change, SQL_IDEMPOTENCY_LOSE);
	bind_claim(change, claim);
	change_bind_text(change, ":old_request_id", entry->answer.request_id);
	return store_apply(store, change, err) == 0 ? change_rows(change, 0) : -1;
}

static enum idempotency_state idempotency_state_of(
    const struct entry *entry, const struct idempotency_claim *claim)
{
	if (strcmp(entry->body_hash, claim->body_hash) != 0)
		return IDEMPOTENCY_OTHER_BODY;
	if (strcmp(entry->state, "lost") == 0)
		return IDEMPOTENCY_LOST;
	if (strcmp(entry->state, "running") == 0)
		return IDEMPOTENCY_RUNNING;
	return entry->answer.body.ptr ? IDEMPOTENCY_DONE : IDEMPOTENCY_TOO_LONG;
}

/* What there is of somebody's claim: 1 it is in *out, 0 nothing, -1 err. */
static int idempotency_look(struct store *store, const struct idempotency_claim *claim,
    int64_t now_ms, struct arena *arena, struct entry *entry, enum idempotency_state *out_state,
    struct error *err)
{
	int found = idempotency_find(store, claim, now_ms, arena, entry, err);

	if (found == 1)
		*out_state = idempotency_state_of(entry, claim);
	return found;
}

static bool is_abandoned(const struct entry *entry, int64_t now_ms)
{
	return owner_is_dead(entry->owner) || now_ms >= entry->deadline_ms;
}

/* 1: ours; 0: somebody's, and *out_state and *entry say how it is; -1: err. */
static int claim_or_look(struct store *store, const struct idempotency_claim *claim, int64_t now_ms,
    struct arena *arena, struct entry *entry, enum idempotency_state *out_state, struct error *err)
{
	int found = idempotency_look(store, claim, now_ms, arena, entry, out_state, err), claimed;

	if (found != 0)
		return found < 0 ? -1 : 0;
	claimed = claim_it(store, claim, now_ms, err);
	if (claimed != 0)
		return claimed;
	/* Forgotten again in this moment: the next look takes it. */
	entry->owner = ledger_owner();
	entry->deadline_ms = INT64_MAX;
	*out_state = IDEMPOTENCY_RUNNING;
	return idempotency_look(store, claim, now_ms, arena, entry, out_state, err) < 0 ? -1 : 0;
}

int idempotency_begin(struct store *store, const struct idempotency_claim *claim, int64_t now_ms,
    struct arena *arena, enum idempotency_state *out_state, struct idempotency_answer *out,
    struct error *err)
{
	struct entry entry = { .body_hash = NULL };
	int here = shares_claim(store, claim, now_ms, arena, out_state, out, err), ours;

	if (here <= 0)
		return here;
	ours = claim_or_look(store, claim, now_ms, arena, &entry, out_state, err);

	if (ours == 0 && *out_state == IDEMPOTENCY_RUNNING && is_abandoned(&entry, now_ms)) {
		ours = take_over(store, claim, &entry, err);
		/* Else it has been lost, or somebody else runs it now. */
		if (ours == 0 &&
		    idempotency_look(store, claim, now_ms, arena, &entry, out_state, err) < 0)
			ours = -1;
	}
	if (ours == 1)
		*out_state = IDEMPOTENCY_OURS;
	*out = entry.answer;
	return ours < 0 ? -1 : 0;
}

void idempotency_end(struct store *store, const struct idempotency_claim *claim,
    const struct idempotency_answer *answer)
{
	struct change *change = change_new();

	change_add(change, SQL_IDEMPOTENCY_FORGET);
	bind_claim(change, claim);
	change_bind(change, ":request_id", claim->request_id, ":status", answer->status);
	change_add(change, SQL_IDEMPOTENCY_END);
	bind_claim(change, claim);
	change_bind(change, ":request_id", claim->request_id, ":status", answer->status,
	    ":content_type", answer->content_type, ":streamed", answer->streamed, ":answer",
	    answer->body.ptr);
	store_apply_later(store, change);
	shares_claim_ended(store);
}

static void record_time(struct change *change, const char *request_id, const char *what, int64_t us)
{
	change_add(change, SQL_IDEMPOTENCY_RECORD_TIME);
	change_bind(change, ":what", what, ":le_us", histogram_bucket_us(us), ":us", us,
	    ":request_id", request_id);
}

void idempotency_record(struct store *store, const char *replay_id, const char *request_id,
    int64_t started_ms, int64_t latency_ms)
{
	struct change *change = change_new();

	change_add(change, SQL_IDEMPOTENCY_RECORD);
	change_bind(change, ":id", replay_id, ":request_id", request_id, ":now_ms", started_ms,
	    ":latency_ms", latency_ms);
	change_add(change, SQL_IDEMPOTENCY_RECORD_SUM);
	change_bind(change, ":request_id", request_id, ":now_ms", started_ms);
	record_time(change, request_id, "request", latency_ms * 1000);
	record_time(change, request_id, "overhead", latency_ms * 1000);
	store_apply_later(store, change);
}

void idempotency_trim_into(struct change *change, int64_t now_ms, int most)
{
	change_add(change, SQL_IDEMPOTENCY_TRIM);
	change_bind(change, ":now_ms", now_ms, ":most", most);
}
