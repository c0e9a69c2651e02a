/*
 * Books that move.  See the header.
 */
#include "accounts/move_books.h"

#include <string.h>

#include "accounts/shared_books.h"
#include "accounts/shared_record.h"
#include "accounts/shared_sums.h"
#include "accounts/shares.h"
#include "bank/bank_connection.h"
#include "bank/bank_schema.h"
#include "base/clock.h"
#include "base/digest.h"
#include "base/number.h"
#include "store/books.h"

#include "base/banned.h"

#define REACH_MS 720000 /* of the machine until its gateway starts: as for one that serves */

struct move {
	struct store *store;
	struct bank_connection *bank;
	struct arena *arena;
	struct moved_books *out;
};

/* A row of numbers of this file. */
static int read_numbers(
    const struct move *move, enum sql_name name, int64_t *out, int count, struct error *err)
{
	AUTO_READ struct statement *s = store_read(move->store, name, err);
	int result = statement_step(s, err);

	for (int i = 0; i < count && result == 1; i++)
		out[i] = statement_int(s, i);
	return result == 1 ? 0 : -1;
}

static int check_quiet(const struct move *move, struct error *err)
{
	int64_t open[2];

	if (read_numbers(move, SQL_MOVE_OPEN, open, 2, err) != 0)
		return -1;
	if (open[0])
		return error_set(err, ERROR_STORE,
		    "%lld calls are open here; `sideways audit --recover` ends those of processes "
		    "that are gone",
		    (long long)open[0]);
	return open[1]
		   ? error_set(err, ERROR_STORE,
			 "a gateway has leases here: stop it (`sideways audit --recover` ends what "
			 "one that was killed has left)")
		   : 0;
}

/* ---- over ---- */

/* The same for the same rows, so that a second try finds what the first has done. */
static const char *name_of_rows(const struct move *move, const struct book_rows *rows)
{
	struct arena_bytes all = { NULL, 0, 0 };

	for (size_t i = 0; i < rows->count; i++) {
		const char *const parts[] = { rows->items[i].kind, rows->items[i].id,
			rows->items[i].body };

		for (size_t k = 0; k < 3; k++)
			arena_bytes_add(
			    &all, (struct slice){ parts[k], strlen(parts[k]) + 1 }, move->arena);
	}
	return arena_printf(move->arena, "move %s", digest_sha256(all.ptr, all.len).text);
}

static int give_rows(const struct move *move, struct error *err)
{
	struct book_rows rows = { 0 };
	struct bank_rows books;
	int64_t revision;

	if (books_read(move->store, move->arena, &rows, err) != 0 ||
	    bank_ask(move->bank, BANK_SQL_BOOKS_OPEN, NULL, 0, BANK_PATIENCE_MS, move->arena,
		&books, err) != 0 ||
	    shared_books_commit(
		move->bank, name_of_rows(move, &rows), &rows, 1, move->arena, &revision, err) != 0)
		return -1;
	if (revision < 0)
		return error_set(err, ERROR_STORE,
		    "the bank has books already; only one that has none takes those of a machine "
		    "over. A machine that joins it begins with a new database");
	move->out->rows = (int64_t)rows.count;
	return books_join(move->store, bank_cell(&books, 0, 0), revision, err);
}

static int compare_sums(const struct move *move, struct error *err)
{
	const char *values[1];
	struct bank_rows there, differ;
	int64_t here[2];

	values[0] = shares_machine(move->store, move->arena);
	if (read_numbers(move, SQL_MOVE_SUMS, here, 2, err) != 0 ||
	    bank_ask(move->bank, BANK_SQL_BOOKS_SPENT_BY, values, 1, BANK_PATIENCE_MS, move->arena,
		&there, err) != 0 ||
	    bank_ask(move->bank, BANK_SQL_POTS_AUDIT, NULL, 0, BANK_PATIENCE_MS, move->arena,
		&differ, err) != 0)
		return -1;
	move->out->windows = here[0];
	move->out->spent_nano = here[1];
	if (differ.count == 0 && bank_int(&there, 0, 0) == here[1])
		return 0;
	return error_set(err, ERROR_STORE,
	    "the windows here have spent %s and the bank says %s (%zu of its sums differ); ask for "
	    "the same again",
	    number_dollars(here[1]).text, number_dollars(bank_int(&there, 0, 0)).text,
	    differ.count);
}

/* From here on as any: with all that others have told, and nothing untold. */
static int be_a_machine(const struct move *move, const struct share_rules *rules, struct error *err)
{
	const struct shared_bank bank = { .url = rules->bank, .password = rules->password };

	if (shared_books_open(move->store, &bank, false, err) != 0 ||
	    shares_set(move->store, rules, err) != 0 || shares_tell(move->store, err) != 0)
		return -1;
	return shared_sums_exchange(move->store, move->bank, "", SUMS_ALL, err) < 0 ? -1 : 0;
}

static int move_to(const struct move *move, const struct share_rules *rules, struct error *err)
{
	struct books_place mine;
	int there = books_place(move->store, move->arena, &mine, err);

	if (there < 0 || check_quiet(move, err) != 0 || bank_schema_check(move->bank, err) != 0)
		return -1;
	if (!there && give_rows(move, err) != 0)
		return -1;
	if (be_a_machine(move, rules, err) != 0)
		return -1;
	return compare_sums(move, err);
}

/* ---- back ---- */

/* Columns as in books_pots. */
static void take_pot(struct change *change, const struct bank_rows *rows, size_t i, int64_t now_ms)
{
	static const enum sql_name steps[] = { SQL_MOVE_BACK_OPEN, SQL_MOVE_BACK_SPENT,
		SQL_MOVE_BACK_LOST };
	static const char *const names[] = { ":scope", ":scope_id", ":model", ":period",
		":for_user" };

	for (size_t k = 0; k < sizeof steps / sizeof steps[0]; k++) {
		change_add(change, steps[k]);
		for (size_t c = 0; c < sizeof names / sizeof names[0]; c++)
			change_bind_text(change, names[c], bank_cell(rows, i, c));
		change_bind_int(change, ":starts_ms", bank_int(rows, i, 5));
		if (steps[k] == SQL_MOVE_BACK_OPEN)
			change_bind_int(change, ":ends_ms", bank_int(rows, i, 6));
		else
			change_bind_int(change, ":lost_nano", bank_int(rows, i, 8));
		if (steps[k] == SQL_MOVE_BACK_SPENT)
			change_bind_int(change, ":spent_nano", bank_int(rows, i, 7));
		if (steps[k] == SQL_MOVE_BACK_LOST)
			change_bind_int(change, ":now_ms", now_ms);
	}
}

static int take_money(const struct move *move, struct error *err)
{
	const char *const values[] = { shares_machine(move->store, move->arena) };
	AUTO_CHANGE struct change *change = change_new();
	struct bank_rows rows;
	int result = bank_ask(
	    move->bank, BANK_SQL_BOOKS_POTS, values, 1, BANK_PATIENCE_MS, move->arena, &rows, err);

	for (size_t i = 0; result == 0 && i < rows.count; i++) {
		take_pot(change, &rows, i, clock_wall_ms());
		move->out->windows++;
		move->out->spent_nano += bank_int(&rows, i, 7);
	}
	if (result == 0)
		result = store_apply(move->store, change, err);
	return result;
}

static int close_bank(const struct move *move, struct error *err)
{
	const char *const values[] = { shares_machine(move->store, move->arena) };
	struct bank_rows rows;

	if (bank_ask(move->bank, BANK_SQL_BOOKS_CLOSE, values, 1, BANK_PATIENCE_MS, move->arena,
		&rows, err) != 0)
		return -1;
	return *bank_cell(&rows, 0, 0)
		   ? error_set(err, ERROR_STORE, "%.400s", bank_cell(&rows, 0, 0))
		   : 0;
}

static int move_back(const struct move *move, const struct share_rules *rules, struct error *err)
{
	struct books_place mine;
	int there = books_place(move->store, move->arena, &mine, err);

	if (there == 0)
		return error_set(
		    err, ERROR_STORE, "%.300s stands for itself already", store_path(move->store));
	if (there < 0 || check_quiet(move, err) != 0 || be_a_machine(move, rules, err) != 0 ||
	    close_bank(move, err) != 0 || shared_books_pull(move->store, move->bank, err) != 0 ||
	    take_money(move, err) != 0 || shared_record_set(move->store, false, err) != 0)
		return -1;
	return books_leave(move->store, err);
}

static int move_with(struct store *store, const char *bank, const char *password,
    int (*work)(const struct move *move, const struct share_rules *rules, struct error *err),
    struct moved_books *out, struct error *err)
{
	AUTO_ARENA struct arena arena = { 0 };
	const struct share_rules rules = {
		.bank = bank, .password = password, .lasting_ms = 1, .reach_ms = REACH_MS
	};
	struct move move = { store, bank_connection_new(bank, password), &arena, out };
	int result;

	*out = (struct moved_books){ 0 };
	result = work(&move, &rules, err);
	bank_connection_free(move.bank);
	return result;
}

int move_books_to(struct store *store, const char *bank, const char *password,
    struct moved_books *out, struct error *err)
{
	return move_with(store, bank, password, move_to, out, err);
}

int move_books_back(struct store *store, const char *bank, const char *password,
    struct moved_books *out, struct error *err)
{
	return move_with(store, bank, password, move_back, out, err);
}
