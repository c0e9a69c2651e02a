/*
 * Ending the tills of processes that died.  till_recover is declared in till.h.
 *
 * In two steps: what the journal says is read in, and the till is marked as read; then what is left
 * of its leases is idle, and free.  Whoever dies in between, the next one goes on.  Any number of
 * processes may do it at once: each step is done by the first.
 */
#include "accounts/till.h"

#include <string.h>

#include "accounts/bank.h"
#include "accounts/journal.h"
#include "accounts/ledger.h"
#include "accounts/owner.h"
#include "base/log.h"

#include "base/banned.h"

/* The changes of the journal that the bank does not know.  -1: one of them cannot be read. */
static int journal_changes(const struct journal_content *content, int64_t number,
    struct arena *arena, struct change ***out, size_t *out_count)
{
	struct change **changes =
	    arena_alloc(arena, (content->ended_count + content->begun_count + 1) * sizeof *changes);

	*out = changes;
	*out_count = 0;
	for (size_t i = 0; i < content->ended_count + content->begun_count; i++) {
		bool ended = i < content->ended_count;
		const struct journal_entry *entry =
		    ended ? &content->ended[i] : &content->begun[i - content->ended_count];

		if (ended && (int64_t)entry->number <= number)
			continue;
		changes[*out_count] = change_read(entry->change);
		if (!changes[*out_count])
			return -1;
		++*out_count;
	}
	return 0;
}

/* 1: it was read in; 0: another was first; -1: err; -2: there is no journal to be believed. */
static int read_journal(struct store *store, const struct bank_ops *bank,
    const struct bank_till *till, struct error *err)
{
	struct journal_content content;
	AUTO_ARENA struct arena arena = { 0 };
	struct change **changes = NULL;
	size_t count = 0;
	int result = -2;

	if (journal_read(store, till->id, &arena, &content) == 1 &&
	    journal_changes(&content, till->number, &arena, &changes, &count) == 0) {
		result = bank->read_in(store, till, changes, count, err);
		if (result < 0 && strstr(err->text, "constraint failed"))
			result = -2; /* it does not fit to what the bank has */
	}
	for (size_t i = 0; i < count; i++)
		change_free(changes[i]);
	return result;
}

static int lose_till(struct store *store, const struct bank_ops *bank, const struct bank_till *till,
    int64_t now_ms, struct error *err)
{
	bool had_leases = false;
	int lost = bank->lose(store, till, now_ms, &had_leases, err);

	if (lost <= 0)
		return lost;
	if (had_leases)
		log_event(LOG_ERROR, "till",
		    "what %.80s had leased is charged as lost: nobody can account for it",
		    till->owner);
	journal_remove(store, till->id);
	return 1;
}

/* 1: it was ended; 0: another was first, or it lives; -1: err. */
static int end_till(struct store *store, const struct bank_ops *bank, const struct bank_till *till,
    int64_t now_ms, struct error *err)
{
	bool dead = owner_is_dead(till->owner);
	int read = 1;

	if (!dead && (strcmp(till->owner, ledger_owner()) == 0 || till->until_ms >= now_ms))
		return 0;
	if (till->number != BANK_READ)
		read =
		    dead && owner_is_here(till->owner) ? read_journal(store, bank, till, err) : -2;
	if (read == -2)
		return lose_till(store, bank, till, now_ms, err);
	if (read <= 0)
		return read;
	if (bank->close(store, till->id, BANK_READ, err) != 0)
		return -1;
	journal_remove(store, till->id);
	return 1;
}

/* Journals whose tills have ended. */
static void sweep(struct store *store, char *const *ids, size_t id_count,
    const struct bank_till *tills, size_t till_count)
{
	for (size_t i = 0; i < id_count; i++) {
		bool known = false;

		for (size_t t = 0; t < till_count && !known; t++)
			known = strcmp(ids[i], tills[t].id) == 0;
		if (!known)
			journal_remove(store, ids[i]);
	}
}

int till_recover(struct store *store, int64_t now_ms, struct error *err)
{
	const struct bank_ops *bank = &bank_sqlite;
	AUTO_ARENA struct arena arena = { 0 };
	struct bank_till *tills;
	size_t count, journal_count;
	char **journals;
	int ended = 0;

	journal_count = journal_list(store, &arena, &journals);
	if (bank->list(store, &arena, &tills, &count, err) != 0)
		return -1;
	sweep(store, journals, journal_count, tills, count);
	for (size_t i = 0; i < count; i++) {
		int of_one = end_till(store, bank, &tills[i], now_ms, err);

		if (of_one < 0)
			return -1;
		ended += of_one;
	}
	return ended;
}
