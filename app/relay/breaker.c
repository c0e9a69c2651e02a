/*
 * Breakers in the store: each rule is one statement of sql/breaker.sql.  See the header.
 */
#include "relay/breaker.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

#include "base/digest.h"

#include "base/banned.h"

/* Mostly there is none: so it was at this stamp of the store. */
struct breakers_seen {
	_Atomic uint64_t none_at;
};

static void *make_seen(void)
{
	return alloc_zero(1, sizeof(struct breakers_seen));
}

int breaker_read(struct store *store, int64_t now_ms, struct arena *arena,
    struct breaker_states *out, struct error *err)
{
	struct store_reader *reader = store_reader_borrow(store, err);
	struct breakers_seen *seen = store_companion(store, make_seen, free);
	uint64_t stamp = reader ? store_stamp(reader) : 0;
	struct statement *s;
	size_t room = 0;
	int result;

	*out = (struct breaker_states){ NULL, 0 };
	if (stamp && stamp == seen->none_at) {
		store_reader_return(store, reader);
		return 0;
	}
	s = store_query(reader, SQL_BREAKER_READ, err);
	statement_bind(s, ":now_ms", now_ms);
	while ((result = statement_step(s, err)) == 1) {
		if (out->count == room) {
			struct breaker_state *grown =
			    arena_alloc(arena, (room + 16) * sizeof *grown);

			if (room)
				memcpy(grown, out->items, room * sizeof *grown);
			out->items = grown;
			room += 16;
		}
		out->items[out->count++] = (struct breaker_state){
			.deployment_id = arena_copy(arena, statement_text(s, 0)),
			.open = strcmp(statement_text(s, 1), "open") == 0,
			.failures = statement_int(s, 2),
			.open_until_ms = statement_int(s, 3),
			.reason = arena_copy(arena, statement_text(s, 4)),
			.probe_taken = statement_int(s, 5) != 0,
		};
	}
	store_reader_return(store, reader);
	if (result == 0 && out->count == 0)
		seen->none_at = stamp;
	return result;
}

const struct breaker_state *breaker_find(
    const struct breaker_states *states, const char *deployment_id)
{
	for (size_t i = 0; i < states->count; i++)
		if (strcmp(states->items[i].deployment_id, deployment_id) == 0)
			return &states->items[i];
	return NULL;
}

int breaker_take_probe(struct store *store, const char *deployment_id, const char *request_id,
    int64_t now_ms, int64_t claim_ms, struct error *err)
{
	AUTO_CHANGE struct change *change = change_new();

	change_add(change, SQL_BREAKER_TAKE_PROBE);
	change_bind(change, ":deployment_id", deployment_id, ":request_id", request_id, ":now_ms",
	    now_ms, ":until_ms", now_ms + claim_ms);
	return store_apply(store, change, err) == 0 ? change_rows(change, 0) : -1;
}

void breaker_give_back_into(
    struct change *change, const char *deployment_id, const char *request_id)
{
	change_add(change, SQL_BREAKER_GIVE_BACK);
	change_bind(change, ":deployment_id", deployment_id, ":request_id", request_id);
}

void breaker_success_into(struct change *change, const char *deployment_id)
{
	change_add(change, SQL_BREAKER_SUCCESS);
	change_bind(change, ":deployment_id", deployment_id);
}

void breaker_failure_into(struct change *change, const char *deployment_id, const char *reason,
    int64_t allowed_fails, int64_t cooldown_ms, int64_t now_ms)
{
	/* Up to a fifth longer, so that many breakers do not probe at the same moment; never
	 * shorter than was asked for. */
	int64_t jitter = digest_random_below(
	    (uint32_t)(cooldown_ms / 5 < UINT32_MAX ? cooldown_ms / 5 : UINT32_MAX) + 1);

	change_add(change, SQL_BREAKER_FAILURE);
	change_bind(change, ":deployment_id", deployment_id, ":reason", reason, ":allowed_fails",
	    allowed_fails, ":cooldown_ms", cooldown_ms + jitter, ":now_ms", now_ms);
}

void breaker_cooldown_into(struct change *change, const char *deployment_id, const char *reason,
    int64_t now_ms, int64_t cooldown_ms)
{
	change_add(change, SQL_BREAKER_COOLDOWN);
	change_bind(change, ":deployment_id", deployment_id, ":reason", reason, ":now_ms", now_ms,
	    ":until_ms", now_ms + cooldown_ms);
}
