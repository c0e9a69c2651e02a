/*
 * The bank in this gateway's own file.  Each step is one change; the statements are those of
 * sql/leases.sql.  See the header.
 */
#include "accounts/bank.h"

#include <string.h>

#include "accounts/line.h"

#include "base/banned.h"

static int bank_apply(struct store *store, struct change *change, struct error *err)
{
	int result = store_apply(store, change, err) == 0 ? change_rows(change, 0) : -1;

	change_free(change);
	return result;
}

static struct change *of_till(enum sql_name guard, const char *till_id, int64_t number)
{
	struct change *change = change_new();

	change_add(change, guard);
	change_bind(change, ":till_id", till_id, ":number", number);
	change_guard(change);
	return change;
}

static void add_of_till(struct change *change, enum sql_name name, const char *till_id)
{
	change_add(change, name);
	change_bind_text(change, ":till_id", till_id);
}

static int bank_open(struct store *store, const char *till_id, const char *owner, int64_t until_ms,
    struct error *err)
{
	struct change *change = change_new();

	change_add(change, SQL_TILL_OPEN);
	change_bind(change, ":till_id", till_id, ":owner", owner, ":until_ms", until_ms);
	return bank_apply(store, change, err) < 0 ? -1 : 0;
}

static int bank_look(
    struct store *store, int64_t window_id, struct bank_window *out, struct error *err)
{
	AUTO_READ struct statement *s = store_read(store, SQL_LEASE_WINDOW, err);
	int result;

	statement_bind_int(s, ":id", window_id);
	result = statement_step(s, err);
	if (result == 1)
		*out = (struct bank_window){ statement_int(s, 0), statement_int(s, 1),
			statement_int(s, 2), statement_int(s, 3) };
	return result;
}

/* What of a limit other machines have: it is as good as used. */
static int64_t beyond(const struct statement *s, int column, int64_t limit)
{
	return statement_is_null(s, column) || limit <= statement_int(s, column)
		   ? 0
		   : limit - statement_int(s, column);
}

static int bank_use_of(struct store *store, const struct bank_rate *line, int64_t second,
    struct bank_use *out, struct error *err)
{
	AUTO_READ struct statement *s = store_read(store, SQL_RATE_LEASE_USE, err);
	int result;

	statement_bind(s, ":scope", line->scope, ":scope_id", line->scope_id, ":second", second);
	result = statement_step(s, err);
	if (result == 1)
		*out = (struct bank_use){ beyond(s, 4, line->limits.rpm) + statement_int(s, 0),
			beyond(s, 5, line->limits.tpm) + statement_int(s, 1),
			beyond(s, 6, line->limits.parallel) + statement_int(s, 2),
			statement_int(s, 3) };
	return result == 1 ? 0 : -1;
}

/* ---- reports ---- */

static void bank_add_line(struct change *change, enum sql_name name, const char *till_id,
    const struct bank_line *line, int64_t nano)
{
	change_add(change, name);
	change_bind(change, ":nano", nano, ":window_id", line->window_id);
	if (till_id)
		change_bind_text(change, ":till_id", till_id);
}

static void bank_give_back(
    struct change *change, const struct bank_report *report, const struct bank_line *line)
{
	if (line->back_nano > 0) {
		bank_add_line(change, SQL_LEASE_FREE, NULL, line, line->back_nano);
		bank_add_line(change, SQL_LEASE_LESS, report->till_id, line, line->back_nano);
		change_then(change, line_call);
	}
	if (line->ends) {
		change_add(change, SQL_LEASE_END);
		change_bind(change, ":window_id", line->window_id, ":till_id", report->till_id);
	} else if (line->shows) {
		change_add(change, SQL_LEASE_SHOW);
		change_bind(change, ":open_nano", line->open_nano, ":calls", line->calls,
		    ":window_id", line->window_id, ":till_id", report->till_id);
	}
}

/* Gives the place of the statement that takes; -1: nothing is wanted. */
static int bank_take(
    struct change *change, const struct bank_report *report, const struct bank_line *line)
{
	int place = change_count(change);

	if (line->want_nano <= 0)
		return -1;
	bank_add_line(change, SQL_LEASE_TAKE, NULL, line, line->want_nano);
	bank_add_line(change, SQL_LEASE_ADD, report->till_id, line, line->want_nano);
	change_bind_int(change, ":number", report->number);
	change_depends(change);
	return place;
}

static void rate_add(struct change *change, enum sql_name name, const struct bank_rate *line)
{
	change_add(change, name);
	change_bind(change, ":scope", line->scope, ":scope_id", line->scope_id);
}

static void rate_give_back(
    struct change *change, const struct bank_report *report, const struct bank_rate *line)
{
	for (size_t i = 0; i < RATE_BACKS; i++) {
		if (!line->backs[i].second)
			continue;
		rate_add(change, SQL_RATE_LEASE_BACK, line);
		change_bind(change, ":second", line->backs[i].second, ":requests",
		    line->backs[i].requests, ":tokens", line->backs[i].tokens);
	}
	if (line->back_slots) {
		rate_add(change, SQL_RATE_LEASE_FREE, line);
		change_bind_int(change, ":slots", line->back_slots);
	}
	rate_add(change, SQL_RATE_LEASE_SHOW, line);
	change_bind(change, ":till_id", report->till_id, ":slots", line->back_slots, ":open",
	    line->open, ":second", line->second);
	if (line->ends) {
		rate_add(change, SQL_RATE_LEASE_END, line);
		change_bind_text(change, ":till_id", report->till_id);
	}
}

static void rate_bind_limit(struct change *change, const char *parameter, int64_t limit)
{
	change_bind_int(change, parameter, limit < 0 ? INT64_MAX : limit);
}

/* As bank_take. */
static int rate_take(
    struct change *change, const struct bank_report *report, const struct bank_rate *line)
{
	int place = change_count(change);

	if (!line->wants)
		return -1;
	rate_add(change, SQL_RATE_LEASE_TAKE, line);
	change_bind(change, ":till_id", report->till_id, ":number", report->number, ":second",
	    line->second, ":requests", line->requests, ":tokens", line->tokens, ":slots",
	    line->slots);
	rate_bind_limit(change, ":rpm", line->limits.rpm);
	rate_bind_limit(change, ":tpm", line->limits.tpm);
	rate_bind_limit(change, ":parallel", line->limits.parallel);
	rate_add(change, SQL_RATE_LEASE_COUNT, line);
	change_bind(
	    change, ":second", line->second, ":requests", line->requests, ":tokens", line->tokens);
	change_depends(change);
	rate_add(change, SQL_RATE_LEASE_SLOTS, line);
	change_bind_int(change, ":slots", line->slots);
	change_depends(change);
	return place;
}

static int rate_given_again(struct store_reader *reader, const struct bank_report *report,
    struct bank_rate *line, struct error *err)
{
	struct statement *s = store_query(reader, SQL_RATE_LEASE_GIVEN, err);

	if (!s)
		return -1;
	statement_bind(s, ":scope", line->scope, ":scope_id", line->scope_id, ":till_id",
	    report->till_id, ":number", report->number);
	line->given = line->wants && statement_step(s, err) == 1;
	return 0;
}

static int given_again(struct store_reader *reader, struct bank_report *report, struct error *err)
{
	int result = 0;

	for (size_t i = 0; i < report->line_count && result == 0; i++) {
		struct statement *s = store_query(reader, SQL_LEASE_GIVEN, err);

		if (!s)
			return -1;
		statement_bind(s, ":window_id", report->lines[i].window_id, ":till_id",
		    report->till_id, ":number", report->number);
		report->lines[i].given_nano = statement_step(s, err) == 1 ? statement_int(s, 0) : 0;
	}
	for (size_t i = 0; i < report->rate_count && result == 0; i++)
		result = rate_given_again(reader, report, &report->rates[i], err);
	return result;
}

/* Its number was not the next one: it came twice, or the till was given up. */
static int answer_again(
    struct store *store, struct bank_report *report, enum bank_state *out_state, struct error *err)
{
	struct store_reader *reader = store_reader_borrow(store, err);
	struct statement *s = reader ? store_query(reader, SQL_TILL_NUMBER, err) : NULL;
	int found = -1;

	statement_bind_text(s, ":till_id", report->till_id);
	found = statement_step(s, err);
	*out_state = found == 1 && statement_int(s, 0) == report->number ? BANK_DONE : BANK_GONE;
	if (*out_state == BANK_DONE)
		found = given_again(reader, report, err);
	store_reader_return(store, reader);
	return found < 0 ? -1 : 0;
}

/* The places of the statements that take; -1: nothing is wanted. */
struct takes {
	int *lines, *rates;
};

static struct takes fill_report(
    struct change *change, const struct bank_report *report, struct arena *arena)
{
	struct takes takes = { arena_alloc(arena, (report->line_count + 1) * sizeof(int)),
		arena_alloc(arena, (report->rate_count + 1) * sizeof(int)) };

	change_bind_int(change, ":until_ms", report->until_ms);
	for (size_t i = 0; i < report->line_count; i++)
		bank_give_back(change, report, &report->lines[i]);
	for (size_t i = 0; i < report->line_count; i++)
		takes.lines[i] = bank_take(change, report, &report->lines[i]);
	for (size_t i = 0; i < report->rate_count; i++)
		rate_give_back(change, report, &report->rates[i]);
	for (size_t i = 0; i < report->rate_count; i++)
		takes.rates[i] = rate_take(change, report, &report->rates[i]);
	for (size_t i = 0; i < report->part_count; i++)
		change_part(change, report->parts[i]);
	return takes;
}

static bool was_taken(const struct change *change, int place)
{
	return place >= 0 && change_rows(change, place) > 0;
}

static int bank_report_now(
    struct store *store, struct bank_report *report, enum bank_state *out_state, struct error *err)
{
	AUTO_CHANGE struct change *change =
	    of_till(SQL_TILL_REPORT, report->till_id, report->number);
	AUTO_ARENA struct arena arena = { 0 };
	struct takes takes;
	int result;

	takes = fill_report(change, report, &arena);
	result = store_apply(store, change, err);
	*out_state = BANK_DONE;
	for (size_t i = 0; i < report->line_count && result == 0; i++)
		report->lines[i].given_nano =
		    was_taken(change, takes.lines[i]) ? report->lines[i].want_nano : 0;
	for (size_t i = 0; i < report->rate_count && result == 0; i++)
		report->rates[i].given = was_taken(change, takes.rates[i]);
	if (result == 0 && change_rows(change, 0) == 0)
		result = answer_again(store, report, out_state, err);
	return result;
}

/* ---- ends ---- */

static int bank_close(struct store *store, const char *till_id, int64_t number, struct error *err)
{
	struct change *change = of_till(SQL_TILL_END, till_id, number);

	add_of_till(change, SQL_LEASE_FREE_ALL, till_id);
	add_of_till(change, SQL_LEASE_END_ALL, till_id);
	add_of_till(change, SQL_RATE_LEASE_FREE_ALL, till_id);
	add_of_till(change, SQL_RATE_LEASE_END_ALL, till_id);
	change_then(change, line_call);
	return bank_apply(store, change, err) < 0 ? -1 : 0;
}

static int bank_list(struct store *store, struct arena *arena, struct bank_till **out,
    size_t *out_count, struct error *err)
{
	AUTO_READ struct statement *s = store_read(store, SQL_TILL_LIST, err);
	size_t room = 0;
	int result;

	*out = NULL;
	*out_count = 0;
	while ((result = statement_step(s, err)) == 1) {
		if (*out_count == room) {
			struct bank_till *grown = arena_alloc(arena, (room + 32) * sizeof *grown);

			if (room)
				memcpy(grown, *out, room * sizeof *grown);
			*out = grown;
			room += 32;
		}
		(*out)[(*out_count)++] =
		    (struct bank_till){ arena_copy(arena, statement_text(s, 0)),
			    arena_copy(arena, statement_text(s, 1)), statement_int(s, 2),
			    statement_int(s, 3) };
	}
	return result;
}

static int bank_read_in(struct store *store, const struct bank_till *till,
    struct change *const *parts, size_t part_count, struct error *err)
{
	struct change *change = of_till(SQL_TILL_IS_READ, till->id, till->number);

	for (size_t i = 0; i < part_count; i++)
		change_part(change, parts[i]);
	return bank_apply(store, change, err);
}

static int bank_lose(struct store *store, const struct bank_till *till, int64_t at_ms,
    bool *out_had_leases, struct error *err)
{
	AUTO_CHANGE struct change *change = of_till(SQL_TILL_END, till->id, till->number);
	int note = change_count(change), result;

	add_of_till(change, SQL_LEASE_NOTE_LOST, till->id);
	change_bind(change, ":owner", till->owner, ":at_ms", at_ms);
	add_of_till(change, SQL_LEASE_LOSE_ALL, till->id);
	add_of_till(change, SQL_LEASE_END_ALL, till->id);
	add_of_till(change, SQL_RATE_LEASE_FREE_ALL, till->id);
	add_of_till(change, SQL_RATE_LEASE_END_ALL, till->id);
	change_then(change, line_call);
	result = store_apply(store, change, err) == 0 ? change_rows(change, 0) : -1;
	*out_had_leases = result > 0 && change_rows(change, note) > 0;
	return result;
}

const struct bank_ops bank_sqlite = {
	.open = bank_open,
	.look = bank_look,
	.use = bank_use_of,
	.report = bank_report_now,
	.close = bank_close,
	.list = bank_list,
	.read_in = bank_read_in,
	.lose = bank_lose,
};
