/*
 * Copies of shared books.  See the header.
 *
 * SQL that is alike for all tables of the books is written here instead of in sql/, from the list
 * below and the columns that a table has: a column that is added is shared without more.
 */
#include "store/books.h"

#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "store/apart.h"
#include "store/change.h"
#include "store/sum_rows.h"

#include "base/banned.h"

static const struct book {
	const char *kind, *table, *key;
	const char *of; /* only an update of these columns is a change of the books; NULL: any */
} books[] = {
	{ "plan", "budget_plan", "id", NULL },
	{ "team", "team", "id", NULL },
	{ "key", "virtual_key", "id", NULL },
	{ "owner", "key_owner", "id", NULL },
	{ "user_plan", "user_plan", "one", NULL },
	{ "budget", "budget", "id", NULL },
	{ "admin", "admin", "name", "name, role, password, created_ms" },
	{ "session", "admin_session", "hash", "hash, id, admin, started_ms, address, agent" },
	{ "event", "audit_event", "id", NULL },
};
#define BOOKS (sizeof books / sizeof books[0])

static const struct book *book_of(const char *kind)
{
	for (size_t i = 0; i < BOOKS; i++)
		if (strcmp(books[i].kind, kind) == 0)
			return &books[i];
	return NULL;
}

void book_rows_add(
    struct book_rows *rows, struct arena *arena, const char *kind, const char *id, const char *body)
{
	struct book_row *larger;

	if (rows->count == rows->room) {
		rows->room = rows->room ? rows->room * 2 : 32;
		larger = arena_alloc(arena, rows->room * sizeof *larger);
		if (rows->count)
			memcpy(larger, rows->items, rows->count * sizeof *larger);
		rows->items = larger;
	}
	rows->items[rows->count++] = (struct book_row){ arena_copy(arena, kind),
		arena_copy(arena, id), arena_copy(arena, body) };
}

/* 1: there is a row; 0: there is none; -1. */
static int copy_revision(struct connection *db, int64_t *out_revision, struct error *err)
{
	struct statement *s = connection_statement(db, SQL_BOOKS_PLACE, err);
	int result = s ? statement_step(s, err) : -1;

	if (result == 1)
		*out_revision = statement_int(s, 1);
	connection_end_reads(db);
	return result;
}

/* ---- joining ---- */

static const struct event {
	const char *name, *what;
} events[] = { { "new", "INSERT" }, { "set", "UPDATE" }, { "gone", "DELETE" } };
#define EVENTS (sizeof events / sizeof events[0])

static int each_trigger(struct connection *db,
    void (*write)(char *sql, const struct book *book, const struct event *event), struct error *err)
{
	char sql[APART_SQL_MOST];

	for (size_t i = 0; i < BOOKS; i++)
		for (size_t k = 0; k < EVENTS; k++) {
			write(sql, &books[i], &events[k]);
			if (apart_run(db, sql, err) != 0)
				return -1;
		}
	return 0;
}

static const char *columns_of(const struct book *book, const struct event *event)
{
	return book->of && strcmp(event->name, "set") == 0 ? book->of : NULL;
}

static void write_guard(char *sql, const struct book *book, const struct event *event)
{
	const char *of = columns_of(book, event);

	snprintf(sql, APART_SQL_MOST,
	    "CREATE TRIGGER IF NOT EXISTS books_%s_%s AFTER %s%s%s ON %s "
	    "WHEN (SELECT NOT rehearsing FROM books) BEGIN SELECT RAISE(ABORT, 'shared'); END",
	    book->kind, event->name, event->what, of ? " OF " : "", of ? of : "", book->table);
}

static void write_drop(char *sql, const struct book *book, const struct event *event)
{
	snprintf(
	    sql, APART_SQL_MOST, "DROP TRIGGER IF EXISTS books_%s_%s", book->kind, event->name);
}

struct join {
	const char *bank;
	int64_t revision;
};

static int join_books(struct connection *db, void *ctx, struct error *err)
{
	const struct join *it = ctx;
	struct statement *s = connection_statement(db, SQL_BOOKS_PUT, err);

	statement_bind(s, ":bank", it->bank, ":revision", it->revision);
	if (statement_step(s, err) < 0)
		return -1;
	return each_trigger(db, write_guard, err) == 0 ? 1 : -1;
}

int books_join(struct store *store, const char *bank, int64_t revision, struct error *err)
{
	struct join it = { bank, revision };

	return apart_work(store, NULL, join_books, &it, err) < 0 ? -1 : 0;
}

static int guard_books(struct connection *db, void *ctx, struct error *err)
{
	return each_trigger(db, write_guard, err) == 0 ? 1 : -1;
}

int books_guard(struct store *store, struct error *err)
{
	const int64_t all = (int64_t)(BOOKS * EVENTS);
	struct store_reader *reader = store_reader_borrow(store, err);
	struct statement *s = reader ? store_query(reader, SQL_BOOKS_GUARDS, err) : NULL;
	int result = statement_step(s, err);
	bool lacks = result == 1 && statement_int(s, 0) < all;

	store_reader_return(store, reader);
	if (lacks)
		result = apart_work(store, NULL, guard_books, NULL, err);
	return result < 0 ? -1 : 0;
}

static int leave_books(struct connection *db, void *ctx, struct error *err)
{
	static const enum sql_name steps[] = { SQL_BOOKS_LEAVE, SQL_MOVE_BACK_WINDOWS,
		SQL_MOVE_BACK_SHARES, SQL_MOVE_BACK_MACHINE };

	for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++)
		if (apart_run_named(db, steps[i], NULL, 0, err) < 0)
			return -1;
	return each_trigger(db, write_drop, err) == 0 && sum_rows_leave(db, err) == 0 ? 1 : -1;
}

int books_leave(struct store *store, struct error *err)
{
	return apart_work(store, NULL, leave_books, NULL, err) < 0 ? -1 : 0;
}

int books_place(
    struct store *store, struct arena *arena, struct books_place *out, struct error *err)
{
	AUTO_READ struct statement *s = store_read(store, SQL_BOOKS_PLACE, err);
	int result = statement_step(s, err);

	*out = (struct books_place){ .bank = "" };
	if (result == 1)
		*out = (struct books_place){ arena_copy(arena, statement_text(s, 0)),
			arena_copy(arena, statement_text(s, 2)), statement_int(s, 1) };
	return result;
}

/* ---- reading rows ---- */

/* The expression of a row's JSON. */
static int write_object(
    struct connection *db, const struct book *book, char *out, struct error *err)
{
	char sql[APART_SQL_MOST];

	snprintf(sql, sizeof sql,
	    "SELECT 'json_object(' || group_concat('''' || name || ''', t.' || name) || ')' "
	    "FROM pragma_table_info('%s')",
	    book->table);
	return apart_text(db, sql, NULL, out, err);
}

/* The columns of `sql` are a row's id and its body. */
static int read_book(struct connection *db, const struct book *book, const char *sql,
    struct arena *arena, struct book_rows *out, struct error *err)
{
	sqlite3_stmt *s = apart_prepare(db, sql, err);
	int code = SQLITE_ERROR;

	while (s && (code = sqlite3_step(s)) == SQLITE_ROW)
		book_rows_add(out, arena, book->kind, (const char *)sqlite3_column_text(s, 0),
		    (const char *)sqlite3_column_text(s, 1));
	if (s && code != SQLITE_DONE)
		(void)connection_fail(db, code, "the books", err);
	sqlite3_finalize(s);
	return code == SQLITE_DONE ? 0 : -1;
}

struct reading {
	struct change *change; /* that was rehearsed; NULL: all rows are read */
	struct arena *arena;
	struct book_rows *rows;
	int64_t revision;
};

/* Windows that no machine would open by itself are rows too: those that a reset began or ended, or
 * that began with what another gateway had spent.  Their money is no part of them. */
static const struct book windows = { "window", "budget_window", "id", NULL };

static int read_windows(struct connection *db, const struct reading *it, struct error *err)
{
	static const char all[] = "SELECT id, 0 AS carried FROM main.budget_window "
				  "WHERE for_user = '' AND ends_ms > 1000 * strftime('%s', 'now')",
			  touched[] = "SELECT id, max(carried) AS carried FROM "
				      "temp.touched_window GROUP BY id";
	char sql[APART_SQL_MOST];

	snprintf(sql, sizeof sql,
	    "SELECT w.budget_id || ' ' || w.starts_ms || ' ' || w.for_user, json_object("
	    "'budget_id', w.budget_id, 'for_user', w.for_user, 'starts_ms', w.starts_ms, "
	    "'ends_ms', "
	    "w.ends_ms, 'limit_nano', w.limit_nano, 'scope', b.scope, 'scope_id', b.scope_id, "
	    "'model', b.model, 'period', b.period, 'carried_nano', iif(h.carried, "
	    "w.archived_nano, 0)) FROM (%s) h JOIN main.budget_window w ON w.id = h.id JOIN "
	    "main.budget b ON b.id = w.budget_id",
	    it->change ? touched : all);
	return read_book(db, &windows, sql, it->arena, it->rows, err);
}

static int read_rows(struct connection *db, const struct reading *it, struct error *err)
{
	static const char all[] = "SELECT t.%s, %s FROM %s t",
			  touched[] =
			      "SELECT h.id, iif(t.%1$s IS NULL, NULL, %2$s) FROM "
			      "(SELECT id, max(made) AS made FROM temp.touched WHERE kind = "
			      "'%4$s' GROUP BY id) h LEFT JOIN main.%3$s t ON t.%1$s = h.id "
			      "WHERE t.%1$s IS NOT NULL OR NOT h.made";
	char object[APART_SQL_MOST], sql[2 * APART_SQL_MOST];

	for (size_t i = 0; i < BOOKS; i++) {
		if (write_object(db, &books[i], object, err) != 0)
			return -1;
		snprintf(sql, sizeof sql, it->change ? touched : all, books[i].key, object,
		    books[i].table, books[i].kind);
		if (read_book(db, &books[i], sql, it->arena, it->rows, err) != 0)
			return -1;
	}
	return read_windows(db, it, err);
}

static int read_all(struct connection *db, void *ctx, struct error *err)
{
	return read_rows(db, ctx, err);
}

int books_read(struct store *store, struct arena *arena, struct book_rows *out, struct error *err)
{
	struct reading it = { .arena = arena, .rows = out };

	return apart_work(store, NULL, read_all, &it, err);
}

/* ---- rehearsing ---- */

static void write_note(char *sql, const struct book *book, const struct event *event)
{
	const char *of = columns_of(book, event);

	snprintf(sql, APART_SQL_MOST,
	    "CREATE TEMP TRIGGER note_%s_%s AFTER %s%s%s ON main.%s BEGIN "
	    "INSERT INTO touched VALUES ('%s', %s.%s, %d); END",
	    book->kind, event->name, event->what, of ? " OF " : "", of ? of : "", book->table,
	    book->kind, strcmp(event->name, "gone") == 0 ? "OLD" : "NEW", book->key,
	    strcmp(event->name, "new") == 0);
}

static int set_up_notes(struct connection *db, struct error *err)
{
	if (apart_run(db,
		"CREATE TEMP TABLE touched (kind, id, made);"
		"CREATE TEMP TABLE touched_window (id, carried);"
		"CREATE TEMP TRIGGER note_window_new AFTER INSERT ON main.budget_window BEGIN "
		"INSERT INTO touched_window VALUES (NEW.id, 1); END;"
		"CREATE TEMP TRIGGER note_window_set AFTER UPDATE OF ends_ms, archived_nano ON "
		"main.budget_window BEGIN INSERT INTO touched_window VALUES (NEW.id, "
		"NEW.archived_nano <> OLD.archived_nano); END",
		err) != 0)
		return -1;
	return each_trigger(db, write_note, err);
}

/* The guards look away. */
static int run_unguarded(struct connection *db, struct change *change, struct error *err)
{
	int code;

	if (apart_run_named(db, SQL_BOOKS_REHEARSE, ":rehearsing", 1, err) < 0)
		return -1;
	if (change_run_alone(change, db, &code) == 0)
		return apart_run_named(db, SQL_BOOKS_REHEARSE, ":rehearsing", 0, err);
	if (err)
		*err = change->err;
	return -1;
}

static int rehearse(struct connection *db, void *ctx, struct error *err)
{
	struct reading *it = ctx;

	if (copy_revision(db, &it->revision, err) < 0 || run_unguarded(db, it->change, err) != 0)
		return -1;
	return read_rows(db, it, err);
}

static int make_alone(struct connection *db, void *ctx, struct error *err)
{
	return run_unguarded(db, ctx, err) == 0 ? 1 : -1;
}

int books_apply_alone(struct store *store, struct change *change, struct error *err)
{
	return change->may_be_alone ? apart_work(store, NULL, make_alone, change, err) : -1;
}

int books_rehearse(struct store *store, struct change *change, struct arena *arena,
    struct book_rows *out, int64_t *out_revision, struct error *err)
{
	struct reading it = { change, arena, out, 0 };
	int result = apart_work(store, set_up_notes, rehearse, &it, err);

	*out_revision = it.revision;
	return result;
}

/* ---- taking over ---- */

static int step_once(struct connection *db, sqlite3_stmt *s, const char *value, struct error *err)
{
	int code = s ? sqlite3_bind_text(s, 1, value, -1, SQLITE_STATIC) : SQLITE_ERROR;

	if (code == SQLITE_OK)
		code = sqlite3_step(s);
	if (s && code != SQLITE_DONE)
		(void)connection_fail(db, code, "the books", err);
	sqlite3_reset(s);
	return code == SQLITE_DONE ? 0 : -1;
}

static int drop_row(struct connection *db, const struct book_row *row, struct error *err)
{
	const struct book *book = book_of(row->kind);
	char sql[APART_SQL_MOST];
	sqlite3_stmt *s;
	int result;

	if (!book) /* of a newer program */
		return 0;
	snprintf(sql, sizeof sql, "DELETE FROM %s WHERE %s = ?1", book->table, book->key);
	s = apart_prepare(db, sql, err);
	result = step_once(db, s, row->id, err);
	sqlite3_finalize(s);
	return result;
}

/* Of the columns that both the row and the table have. */
static int write_insert(
    struct connection *db, const struct book *book, const char *body, char *out, struct error *err)
{
	char sql[APART_SQL_MOST];

	snprintf(sql, sizeof sql,
	    "SELECT 'INSERT INTO %s (' || group_concat(name) || ') SELECT ' || "
	    "group_concat('json_extract(?1, ''$.' || name || ''')') "
	    "FROM pragma_table_info('%s') WHERE json_type(?1, '$.' || name) IS NOT NULL",
	    book->table, book->table);
	return apart_text(db, sql, body, out, err);
}

static int insert_row(struct connection *db, const struct book_row *row, struct error *err)
{
	const struct book *book = book_of(row->kind);
	char sql[APART_SQL_MOST];
	sqlite3_stmt *s;
	int result;

	if (!book || !row->body)
		return 0;
	if (write_insert(db, book, row->body, sql, err) != 0)
		return -1;
	s = apart_prepare(db, sql, err);
	result = step_once(db, s, row->body, err);
	sqlite3_finalize(s);
	return result;
}

struct taking {
	const struct book_news *news;
	const struct book_rows *rows;
	int64_t now_ms;
};

/* Here triggers run: what is new of a window has rules of its own. */
static int put_windows(struct connection *db, const struct taking *it, struct error *err)
{
	if (apart_with_triggers(db, err) != 0)
		return -1;
	for (size_t i = 0; i < it->rows->count; i++) {
		struct statement *s;

		if (strcmp(it->rows->items[i].kind, windows.kind) != 0)
			continue;
		s = connection_statement(db, SQL_BOOKS_PUT_WINDOW, err);
		statement_bind(s, ":body", it->rows->items[i].body, ":now_ms", it->now_ms);
		if (statement_step(s, err) < 0)
			return -1;
	}
	return apart_run_named(db, SQL_BOOKS_FOLLOW_LIMITS, ":now_ms", it->now_ms, err);
}

static int drop_all(struct connection *db, struct error *err)
{
	char sql[APART_SQL_MOST];

	for (size_t i = 0; i < BOOKS; i++) {
		snprintf(sql, sizeof sql, "DELETE FROM %s", books[i].table);
		if (apart_run(db, sql, err) != 0)
			return -1;
	}
	return 0;
}

/* All go before any comes: a name may have gone from one to another. */
static int replace_rows(struct connection *db, const struct taking *it, struct error *err)
{
	if (it->news->whole && drop_all(db, err) != 0)
		return -1;
	for (size_t i = 0; i < it->rows->count; i++)
		if (drop_row(db, &it->rows->items[i], err) != 0)
			return -1;
	for (size_t i = 0; i < it->rows->count; i++)
		if (insert_row(db, &it->rows->items[i], err) != 0)
			return error_prefix(
			    err, "%s %.60s", it->rows->items[i].kind, it->rows->items[i].id);
	return 0;
}

static int advance_copy(struct connection *db, const struct book_news *news, struct error *err)
{
	struct statement *s = connection_statement(db, SQL_BOOKS_ADVANCE, err);

	statement_bind(s, ":revision", news->revision, ":change", news->change);
	return statement_step(s, err);
}

static int take(struct connection *db, void *ctx, struct error *err)
{
	const struct taking *it = ctx;
	int64_t revision = 0;
	int there = copy_revision(db, &revision, err);

	if (there <= 0 || (revision >= it->news->revision && !it->news->whole))
		return there < 0 ? -1 : 0;
	if (replace_rows(db, it, err) != 0 || put_windows(db, it, err) < 0 ||
	    apart_run_named(db, SQL_BOOKS_RAISE_REVISION, NULL, 0, err) < 0 ||
	    advance_copy(db, it->news, err) < 0)
		return -1;
	return 1;
}

int books_take(struct store *store, const struct book_news *news, int64_t now_ms, struct error *err)
{
	struct taking it = { news, news->rows, now_ms };

	/* What triggers check was checked where the change was made, and by now what a row names
	 * may be gone. */
	return apart_work(store, apart_without_triggers, take, &it, err);
}
