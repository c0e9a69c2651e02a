/*
 * Spending of windows that this machine does not use.  See the header.
 */
#include "accounts/shared_windows.h"

#include "accounts/shares.h"
#include "accounts/window.h"
#include "base/arena.h"
#include "base/clock.h"

#include "base/banned.h"

#define PATIENCE_MS 3000
#define SOME        200 /* in a turn: all of 200 budgets each time, of 10,000 every fifty times */

enum { SCOPE, SCOPE_ID, MODEL, PERIOD, NAMES };

struct present_window {
	int64_t budget_id, elsewhere_nano;
	struct window window;
};

struct present_windows {
	struct present_window items[SOME];
	const char *names[NAMES][SOME];
	int64_t starts[SOME];
	size_t count;
	int64_t last_id; /* where to go on; 0: at the first */
};

static int add_present(struct present_windows *out, const struct statement *s, const char *timezone,
    int64_t now_ms, struct arena *arena, struct error *err)
{
	struct present_window *it = &out->items[out->count];

	*it = (struct present_window){ statement_int(s, 0), statement_int(s, 7),
		{ statement_int(s, 5), statement_int(s, 6) } };
	if (statement_is_null(s, 5) &&
	    window_at(statement_text(s, 1 + PERIOD), timezone, now_ms, &it->window, err) != 0)
		return -1;
	for (int c = 0; c < NAMES; c++)
		out->names[c][out->count] = arena_copy(arena, statement_text(s, 1 + c));
	out->starts[out->count++] = it->window.starts_ms;
	return 0;
}

static int read_present(struct store *store, const char *timezone, struct arena *arena,
    struct present_windows *out, struct error *err)
{
	struct store_reader *reader = store_reader_borrow(store, err);
	struct statement *s = reader ? store_query(reader, SQL_SHARED_WINDOW_LIST, err) : NULL;
	int64_t now_ms = clock_wall_ms();
	int result = -1;

	out->count = 0;
	if (s) {
		statement_bind_int(s, ":now_ms", now_ms);
		statement_bind_int(s, ":most", SOME);
	}
	while (s && (result = statement_step(s, err)) == 1)
		if (add_present(out, s, timezone, now_ms, arena, err) != 0)
			break;
	store_reader_return(store, reader);
	out->last_id = out->count == SOME ? out->items[SOME - 1].budget_id : 0;
	return result;
}

static int ask_spent(struct store *store, struct bank_connection *bank,
    const struct present_windows *windows, struct arena *arena, struct bank_rows *out,
    struct error *err)
{
	const char *values[NAMES + 2] = { shares_machine(store, arena) };

	for (int c = 0; c < NAMES; c++)
		values[1 + c] = bank_array_texts(windows->names[c], windows->count, arena);
	values[1 + NAMES] = bank_array(windows->starts, windows->count, arena);
	return bank_ask(bank, BANK_SQL_POTS_SPENT, values, NAMES + 2, PATIENCE_MS, arena, out, err);
}

static void take_spent(
    struct change *change, const struct present_window *it, int64_t elsewhere_nano)
{
	static const enum sql_name steps[] = { SQL_BUDGET_WINDOW_OPEN, SQL_SHARED_WINDOW_NO_SHARE,
		SQL_SHARED_WINDOW_SPENT };

	for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
		change_add(change, steps[i]);
		change_bind_int(change, ":budget_id", it->budget_id);
		change_bind_int(change, ":starts_ms", it->window.starts_ms);
		if (steps[i] == SQL_BUDGET_WINDOW_OPEN) {
			change_bind_text(change, ":for_user", "");
			change_bind_int(change, ":ends_ms", it->window.ends_ms);
		}
	}
	change_bind_int(change, ":elsewhere_nano", elsewhere_nano);
}

int shared_windows_take(
    struct store *store, struct bank_connection *bank, const char *timezone, struct error *err)
{
	AUTO_ARENA struct arena arena = { 0 };
	struct present_windows *windows;
	struct bank_rows rows = { .count = 0 };
	int result;

	windows = arena_alloc(&arena, sizeof *windows);
	if (read_present(store, timezone, &arena, windows, err) != 0 ||
	    (windows->count && ask_spent(store, bank, windows, &arena, &rows, err) != 0))
		return -1;
	AUTO_CHANGE struct change *change = change_new();
	for (size_t i = 0; i < rows.count; i++) {
		size_t place = (size_t)bank_int(&rows, i, 0) - 1;

		if (place < windows->count &&
		    bank_int(&rows, i, 1) != windows->items[place].elsewhere_nano)
			take_spent(change, &windows->items[place], bank_int(&rows, i, 1));
	}
	if (windows->last_id || change_count(change)) {
		change_add(change, SQL_SHARED_WINDOW_REACH);
		change_bind_int(change, ":budget_id", windows->last_id);
	}
	result = change_count(change) ? store_apply(store, change, err) : 0;
	return result;
}
