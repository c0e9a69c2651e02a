/*
 * Breakers of several machines.  See the header; the rules are statements of sql/breaker.sql.
 */
#include "accounts/shared_breakers.h"

#include "base/arena.h"
#include "base/clock.h"

#include "base/banned.h"

#define PATIENCE_MS 3000

enum { DEPLOYMENT, LEFT, TIMES, REASON, COLUMNS };

/* Columns for the bank, one place a breaker, and the change that notes that they are told. */
struct untold {
	const char **texts[COLUMNS];
	size_t count;
	struct change *change;
};

#define UNTOLD_MOST 200 /* a second */

static int read_untold_breakers(
    struct store *store, struct arena *arena, struct untold *out, struct error *err)
{
	AUTO_READ struct statement *s = store_read(store, SQL_BREAKER_UNTOLD, err);
	int result = s ? 1 : -1;

	statement_bind_int(s, ":now_ms", clock_wall_ms());
	while (result == 1 && out->count < UNTOLD_MOST && (result = statement_step(s, err)) == 1) {
		for (int c = 0; c < COLUMNS; c++) {
			if (!out->count)
				out->texts[c] =
				    arena_alloc(arena, UNTOLD_MOST * sizeof **out->texts);
			out->texts[c][out->count] = arena_copy(arena, statement_text(s, c));
		}
		change_add(out->change, SQL_BREAKER_IS_TOLD);
		change_bind_text(out->change, ":deployment_id", statement_text(s, DEPLOYMENT));
		change_bind_int(out->change, ":until_ms", statement_int(s, COLUMNS));
		out->count++;
	}
	return result < 0 ? -1 : 0;
}

int shared_breakers_tell(struct store *store, struct bank_connection *bank, struct error *err)
{
	AUTO_ARENA struct arena arena = { 0 };
	struct untold untold = { .change = change_new() };
	const char *values[COLUMNS];
	struct bank_rows rows;
	int result;

	result = read_untold_breakers(store, &arena, &untold, err);
	if (result == 0 && untold.count) {
		for (int c = 0; c < COLUMNS; c++)
			values[c] = bank_array_texts(untold.texts[c], untold.count, &arena);
		result = bank_ask(
		    bank, BANK_SQL_BREAKERS_TELL, values, COLUMNS, PATIENCE_MS, &arena, &rows, err);
		if (result == 0)
			result = store_apply(store, untold.change, err);
	}
	change_free(untold.change);
	return result;
}

static int reached_number(struct store *store, int64_t *out, struct error *err)
{
	AUTO_READ struct statement *s = store_read(store, SQL_BREAKER_REACHED, err);
	int result = statement_step(s, err);

	if (result == 1)
		*out = statement_int(s, 0);
	return result;
}

int shared_breakers_take(
    struct store *store, struct bank_connection *bank, int64_t number, struct error *err)
{
	AUTO_ARENA struct arena arena = { 0 };
	int64_t reached = 0, now_ms;
	struct bank_rows rows;
	int result;

	result = reached_number(store, &reached, err);
	if (result <= 0 || reached == number)
		return result < 0 ? -1 : 0;
	if (bank_ask(bank, BANK_SQL_BREAKERS_OPEN, NULL, 0, PATIENCE_MS, &arena, &rows, err) != 0)
		return -1;
	AUTO_CHANGE struct change *change = change_new();
	now_ms = clock_wall_ms();
	for (size_t i = 0; i < rows.count; i++) {
		if (!bank_cell(&rows, i, 1 + DEPLOYMENT))
			continue;
		change_add(change, SQL_BREAKER_TAKE_OVER);
		change_bind_text(change, ":deployment_id", bank_cell(&rows, i, 1 + DEPLOYMENT));
		change_bind_int(change, ":now_ms", now_ms);
		change_bind_int(change, ":until_ms", now_ms + bank_int(&rows, i, 1 + LEFT));
		change_bind_int(change, ":times", bank_int(&rows, i, 1 + TIMES));
		change_bind_text(change, ":reason", bank_cell(&rows, i, 1 + REASON));
	}
	change_add(change, SQL_BREAKER_REACH);
	change_bind_int(change, ":number", bank_int(&rows, 0, 0));
	result = store_apply(store, change, err);
	return result;
}
