/*
 * Journals beside leases.  See the header.
 */
#include "accounts/audit_journals.h"

#include <stdio.h>

#include "accounts/bank.h"
#include "accounts/journal.h"
#include "accounts/owner.h"
#include "base/number.h"

#include "base/banned.h"

#define LOOKS 20 /* at a till whose reports change what is compared */

struct look { /* at one till */
	struct store *store;
	const struct bank_till *till;
	struct arena *arena;
	struct change **changes; /* what running calls hold, and ended ones cost */
	size_t count;
	void (*tell)(void *ctx, const char *text);
	void *ctx;
};

/* Of its last report; -1: it has ended. */
static int64_t last_report_of(const struct look *look, struct store_reader *reader)
{
	struct statement *s = store_query(reader, SQL_TILL_NUMBER, NULL);

	if (!s)
		return -1;
	statement_bind_text(s, ":till_id", look->till->id);
	return statement_step(s, NULL) == 1 ? statement_int(s, 0) : -1;
}

static void read_entries(
    struct look *look, const struct journal_entry *entries, size_t count, int64_t reported)
{
	for (size_t i = 0; i < count; i++) {
		struct change *change = NULL;

		if (reported < 0 || (int64_t)entries[i].number > reported)
			change = change_read(entries[i].change);
		if (change)
			look->changes[look->count++] = change;
	}
}

static void compare_lease(const struct look *look, int64_t window_id, int64_t amount_nano)
{
	int64_t needed_nano = 0;
	char text[256];

	for (size_t i = 0; i < look->count; i++)
		needed_nano += change_sum_of(
		    look->changes[i], SQL_LEASE_LESS, ":window_id", window_id, ":nano");
	if (needed_nano <= amount_nano)
		return;
	snprintf(text, sizeof text,
	    "window %lld: a process has leased %s of it, and its journal says that its calls need "
	    "%s",
	    (long long)window_id, number_dollars(amount_nano).text,
	    number_dollars(needed_nano).text);
	look->tell(look->ctx, text);
}

#define LEASES_MOST 1024 /* windows that a till can have */

/* True: nothing changed meanwhile, and it was compared. */
static bool compare_till(
    struct look *look, struct store_reader *reader, struct journal_content *journal)
{
	int64_t windows[LEASES_MOST], amounts[LEASES_MOST], number = last_report_of(look, reader);
	struct statement *s = number >= 0 ? store_query(reader, SQL_LEASE_LIST, NULL) : NULL;
	size_t count = 0;

	if (!s)
		return true;
	statement_bind_text(s, ":till_id", look->till->id);
	for (; count < LEASES_MOST && statement_step(s, NULL) == 1; count++) {
		windows[count] = statement_int(s, 0);
		amounts[count] = statement_int(s, 1);
	}
	if (journal_read(look->store, look->till->id, look->arena, journal) != 1)
		return true;
	if (last_report_of(look, reader) != number)
		return false;
	look->changes = arena_alloc(
	    look->arena, (journal->begun_count + journal->ended_count + 1) * sizeof *look->changes);
	read_entries(look, journal->begun, journal->begun_count, -1);
	read_entries(look, journal->ended, journal->ended_count, number);
	for (size_t i = 0; i < count; i++)
		compare_lease(look, windows[i], amounts[i]);
	return true;
}

int audit_journals(
    struct store *store, void (*tell)(void *ctx, const char *text), void *ctx, struct error *err)
{
	AUTO_ARENA struct arena arena = { 0 };
	struct store_reader *reader;
	struct bank_till *tills;
	size_t count;

	if (bank_sqlite.list(store, &arena, &tills, &count, err) != 0)
		return -1;
	reader = store_reader_borrow(store, err);
	for (size_t i = 0; i < count && reader; i++) {
		struct look look = {
			.store = store, .till = &tills[i], .arena = &arena, .tell = tell, .ctx = ctx
		};
		struct journal_content journal;

		if (!owner_is_here(tills[i].owner) || owner_is_dead(tills[i].owner))
			continue;
		for (int looks = 0; looks < LOOKS && !compare_till(&look, reader, &journal);
		     looks++)
			;
		for (size_t c = 0; c < look.count; c++)
			change_free(look.changes[c]);
	}
	store_reader_return(store, reader);
	return reader ? 0 : -1;
}
