/*
 * Ending the holds of workers that died.  ledger_recover is declared in ledger.h.
 *
 * Any number of processes may do it at once: who deletes a hold first has ended it.
 */
#include "accounts/ledger.h"

#include <stdlib.h>
#include <string.h>

#include "accounts/owner.h"
#include "accounts/till.h"

#include "base/banned.h"

#define OWNERS_MOST 64
#define HOLDS_MOST  64 /* that are ended in one change; a worker has about as many */

struct dead_owner {
	char *name;
	bool dead; /* else only what is past its deadline ends */
};

static int list_owners(struct store *store, int64_t now_ms, struct arena *arena,
    struct dead_owner *out, int most, struct error *err)
{
	AUTO_READ struct statement *s = store_read(store, SQL_LEDGER_OWNERS, err);
	int count = 0, result = -1;

	while (s && count < most && (result = statement_step(s, err)) == 1) {
		const char *owner = statement_text(s, 0);
		bool dead = owner_is_dead(owner);

		if (dead || statement_int(s, 1) < now_ms)
			out[count++] = (struct dead_owner){ arena_copy(arena, owner), dead };
	}
	return result < 0 ? -1 : count;
}

/* The windows of "[3,17]", as ledger_hold wrote them. */
static void recovery_read_windows(struct attempt *attempt, struct arena *arena)
{
	int64_t *windows =
	    arena_alloc(arena, (strlen(attempt->windows_json) / 2 + 1) * sizeof *windows);
	char *end;

	for (const char *at = attempt->windows_json; *at == '[' || *at == ','; at = end) {
		long long id = strtoll(at + 1, &end, 10);

		if (end == at + 1)
			break; /* an empty list */
		windows[attempt->window_count++] = id;
	}
	attempt->windows = windows;
}

static struct attempt read_attempt(const struct statement *s, struct arena *arena)
{
	struct attempt attempt = {
		.request_id = arena_copy(arena, statement_text(s, 0)),
		.number = (int)statement_int(s, 1),
		.started_ms = statement_int(s, 2),
		.key_id = arena_copy(arena, statement_text(s, 3)),
		.team_id = arena_copy(arena, statement_text(s, 4)),
		.model_group = arena_copy(arena, statement_text(s, 5)),
		.deployment_id = arena_copy(arena, statement_text(s, 6)),
		.provider = arena_copy(arena, statement_text(s, 7)),
		.model = arena_copy(arena, statement_text(s, 8)),
		.tier = arena_copy(arena, statement_text(s, 9)),
		.direction = arena_copy(arena, statement_text(s, 10)),
		.bound_nano = statement_int(s, 11),
		.price_version = arena_copy(arena, statement_text(s, 12)),
		.windows_json = arena_copy(arena, statement_text(s, 13)),
		.limited = true, /* perhaps */
	};

	recovery_read_windows(&attempt, arena);
	return attempt;
}

/* Up to `most` of its holds; how many, or -1. */
static int list_held(struct store *store, const struct dead_owner *owner, int64_t now_ms,
    struct arena *arena, struct attempt *out, int most, struct error *err)
{
	AUTO_READ struct statement *s = store_read(store, SQL_LEDGER_HELD_BY, err);
	int count = 0, result = -1;

	statement_bind(s, ":owner", owner->name, ":before_ms", owner->dead ? INT64_MAX : now_ms,
	    ":most", most);
	while (s && count < most && (result = statement_step(s, err)) == 1)
		out[count++] = read_attempt(s, arena);
	return result < 0 ? -1 : count;
}

/* Who ended a hold first has ended it: of the same list in two processes one does nothing. */
static int end_all(struct store *store, const struct attempt *attempts, int count, int64_t now_ms,
    struct error *err)
{
	const struct attempt_end end = { .how = HOLD_UNKNOWN,
		.ended_ms = now_ms,
		.outcome = "worker died",
		.latency_ms = -1,
		.first_token_ms = -1 };
	AUTO_CHANGE struct change *change = change_new();
	int places[HOLDS_MOST], ended = 0;

	for (int i = 0; i < count; i++) {
		places[i] = change_count(change);
		ledger_end_into(change, &attempts[i], &end);
	}
	if (store_apply(store, change, err) != 0)
		ended = -1;
	for (int i = 0; i < count && ended >= 0; i++)
		ended += change_rows(change, places[i]);
	return ended;
}

static int recover_owner(
    struct store *store, const struct dead_owner *owner, int64_t now_ms, struct error *err)
{
	int ended = 0, count;

	do {
		struct attempt attempts[HOLDS_MOST];
		AUTO_ARENA struct arena arena = { 0 };
		int now_ended = 0;

		count = list_held(store, owner, now_ms, &arena, attempts, HOLDS_MOST, err);
		if (count > 0)
			now_ended = end_all(store, attempts, count, now_ms, err);
		if (count < 0 || now_ended < 0)
			return -1;
		ended += now_ended;
	} while (count == HOLDS_MOST);
	return ended;
}

int ledger_recover(struct store *store, int64_t now_ms, struct error *err)
{
	struct dead_owner owners[OWNERS_MOST];
	AUTO_ARENA struct arena arena = { 0 };
	int count, ended = 0;

	if (till_recover(store, now_ms, err) < 0)
		return -1;
	count = list_owners(store, now_ms, &arena, owners, OWNERS_MOST, err);
	for (int i = 0; i < count; i++) {
		int of_one = recover_owner(store, &owners[i], now_ms, err);

		if (of_one < 0)
			return -1;
		ended += of_one;
	}
	return count < 0 ? -1 : ended;
}
