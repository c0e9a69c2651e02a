/*
 * Turns and pages.  See the header.
 */
#include "accounts/shared_talk.h"

#include "base/clock.h"

#include "base/banned.h"

int shared_repeat(const struct shared_talk *talk, shared_work *work, int most, struct error *err)
{
	int more = 1;

	for (int i = 0; more == 1 && i != most; i++) {
		AUTO_ARENA struct arena arena = { 0 };
		struct shared_talk it = *talk;

		it.arena = &arena;
		more = work(&it, err);
	}
	return more < 0 ? -1 : 0;
}

static int change_turn(struct store *store, enum sql_name how, const char *name, int64_t now_ms,
    int64_t until_ms, struct error *err)
{
	AUTO_CHANGE struct change *change = change_new();

	change_add(change, how);
	change_bind_text(change, ":name", name);
	if (how == SQL_HOUSEKEEPING_TAKE)
		change_bind_int(change, ":now_ms", now_ms);
	change_bind_int(change, ":until_ms", until_ms);
	return store_apply(store, change, err) == 0 ? change_rows(change, 0) : -1;
}

int shared_turn(struct store *store, const char *name, int64_t every_ms, struct error *err)
{
	int64_t now_ms = clock_wall_ms();

	return change_turn(store, SQL_HOUSEKEEPING_TAKE, name, now_ms, now_ms + every_ms, err);
}

int shared_turn_back(struct store *store, const char *name, struct error *err)
{
	return change_turn(store, SQL_HOUSEKEEPING_GIVE_BACK, name, 0, 0, err) < 0 ? -1 : 0;
}

int shared_number(struct store *store, enum sql_name name, int64_t *out, struct error *err)
{
	AUTO_READ struct statement *s = store_read(store, name, err);
	int result = s ? statement_step(s, err) : -1;

	if (result == 1)
		*out = statement_int(s, 0);
	return result;
}
