/*
 * Telling the record and taking it over.  See the header; the statements of sql/shared_record.sql.
 *
 *	triggers note ids      of requests that are written or change: record_news
 *	rows are told          by id, so telling them twice is once
 *	and are news no more   by the number that they had: one that changed meanwhile has a new one
 */
#include "accounts/shared_record.h"

#include "accounts/shared_talk.h"
#include "accounts/shares.h"
#include "base/arena.h"
#include "base/clock.h"
#include "base/digest.h"
#include "base/log.h"
#include "base/utf8.h"

#include "base/banned.h"

#define PATIENCE_MS 5000
#define PAGE_ROWS   250 /* some hundred KB, and some milliseconds of the file's one writer */
#define ROUNDS      40  /* pages in a turn of five seconds */
#define FORGET_MS   3600000
#define TRIM_ROWS   10000 /* at a time: a line of the log each */

/* ---- to share, or not ---- */

int shared_record_set(struct store *store, bool shared, struct error *err)
{
	static const enum sql_name steps[2][4] = {
		{ SQL_RECORD_END, SQL_RECORD_UNWATCH_NEW, SQL_RECORD_UNWATCH_SET,
		    SQL_RECORD_FORGET_NEWS },
		{ SQL_RECORD_BEGIN, SQL_RECORD_WATCH_NEW, SQL_RECORD_WATCH_SET,
		    SQL_RECORD_FILL_NEWS },
	};
	int64_t place;
	int result = shared_number(store, SQL_RECORD_PLACE, &place, err);

	if (result < 0 || result == shared)
		return result < 0 ? -1 : 0;
	AUTO_CHANGE struct change *change = change_new();
	for (size_t i = 0; i < sizeof steps[0] / sizeof steps[0][0]; i++)
		change_add(change, steps[shared][i]);
	if (shared)
		change_bind_int(change, ":most", RECORD_BACKLOG);
	result = store_apply(store, change, err);
	return result;
}

/* ---- telling ---- */

struct record_page {
	const char *ids[PAGE_ROWS], *bodies[PAGE_ROWS];
	size_t count;
	int64_t last; /* the number of the last news; 0: there are none */
};

static int read_news_page(
    const struct shared_talk *record, struct record_page *out, struct error *err)
{
	AUTO_READ struct statement *s = store_read(record->store, SQL_RECORD_NEWS_LIST, err);
	int result = s ? 1 : -1;

	statement_bind_int(s, ":most", PAGE_ROWS);
	while (result == 1 && (result = statement_step(s, err)) == 1) {
		char *body;

		if (statement_int(s, 0) > out->last)
			out->last = statement_int(s, 0);
		if (statement_is_null(s, 2))
			continue;
		body = arena_copy(record->arena, statement_text(s, 2));
		utf8_mend(body); /* the bank takes none but UTF-8 */
		out->ids[out->count] = arena_copy(record->arena, statement_text(s, 1));
		out->bodies[out->count++] = body;
	}
	return result < 0 ? -1 : 0;
}

static int end_news(struct store *store, enum sql_name name, const char *parameter, int64_t value,
    struct error *err)
{
	AUTO_CHANGE struct change *change = change_new();

	change_add(change, name);
	change_bind_int(change, parameter, value);
	return store_apply(store, change, err) == 0 ? change_rows(change, 0) : -1;
}

static int trim_news(struct store *store, struct error *err)
{
	int lost = end_news(store, SQL_RECORD_NEWS_TRIM, ":most", RECORD_BACKLOG, err);

	if (lost > 0)
		log_event(LOG_WARNING, "record",
		    "%d requests are missing in the record of other machines: the bank was away, "
		    "or there are too many",
		    lost);
	return lost < 0 ? -1 : 0;
}

int shared_record_trim(struct store *store, struct error *err)
{
	int64_t length = 0;

	if (shared_number(store, SQL_RECORD_NEWS_LENGTH, &length, err) < 0)
		return -1;
	return length < RECORD_BACKLOG + TRIM_ROWS ? 0 : trim_news(store, err);
}

/* 1: there may be more; 0: all is told; -1: err. */
static int tell_requests(const struct shared_talk *record, struct error *err)
{
	struct record_page *page = arena_alloc(record->arena, sizeof *page);
	const char *values[4] = { record->machine, NULL, NULL, record->keep_from };
	struct bank_rows rows;

	*page = (struct record_page){ .count = 0 };
	if (read_news_page(record, page, err) != 0)
		return -1;
	if (!page->last)
		return 0;
	values[1] = bank_array_texts(page->ids, page->count, record->arena);
	values[2] = bank_array_texts(page->bodies, page->count, record->arena);
	if (bank_ask(record->bank, BANK_SQL_RECORD_TELL, values, 4, PATIENCE_MS, record->arena,
		&rows, err) != 0)
		return -1;
	return end_news(record->store, SQL_RECORD_NEWS_END, ":number", page->last, err) < 0 ? -1
											    : 1;
}

/* ---- taking over ---- */

/* The same. */
static int take_requests(const struct shared_talk *record, struct error *err)
{
	const char *values[2] = { NULL, record->machine };
	int64_t place = 0, top;
	struct bank_rows rows;
	int result = shared_number(record->store, SQL_RECORD_PLACE, &place, err);

	if (result <= 0)
		return result;
	values[0] = bank_number(place, record->arena);
	if (bank_ask(record->bank, BANK_SQL_RECORD_SINCE, values, 2, PATIENCE_MS, record->arena,
		&rows, err) != 0)
		return -1;
	top = bank_int(&rows, 0, 0) < place ? 0 : bank_int(&rows, 0, 1); /* 0: it has forgotten */
	if (top == place)
		return 0;
	AUTO_CHANGE struct change *change = change_new();
	for (size_t i = 0; i < rows.count && top; i++) {
		if (!bank_cell(&rows, i, 4))
			continue;
		change_add(change, SQL_RECORD_TAKE_REQUEST);
		change_bind_text(change, ":body", bank_cell(&rows, i, 4));
		change_bind_text(change, ":machine", bank_cell(&rows, i, 3));
		change_add(change, SQL_RECORD_TAKE_ATTEMPTS);
		change_bind_text(change, ":body", bank_cell(&rows, i, 4));
	}
	change_add(change, SQL_RECORD_ADVANCE);
	change_bind_int(change, ":revision", top);
	result = store_apply(record->store, change, err);
	return result == 0 ? top < bank_int(&rows, 0, 0) : -1;
}

/* ---- all of it ---- */

/* *out stays where all is kept.  A clock that has jumped deletes nothing (request_log.h), nor does
 * one that was always wrong: the bank's own is asked, too. */
static int read_keep_from(struct store *store, struct bank_connection *bank, int64_t retention_ms,
    struct digest_id *out, struct error *err)
{
	AUTO_ARENA struct arena arena = { 0 };
	struct store_reader *reader = store_reader_borrow(store, err);
	struct statement *s = reader ? store_query(reader, SQL_REQUEST_LOG_STEADY_TIME, err) : NULL;
	struct bank_rows rows;
	int64_t from_ms = 0;
	int result;

	statement_bind(s, ":now_ms", clock_wall_ms());
	result = statement_step(s, err);
	if (result == 1)
		from_ms = statement_int(s, 0);
	store_reader_return(store, reader);
	if (result <= 0 || retention_ms <= 0)
		return result;
	if (bank_ask(bank, BANK_SQL_CHECK_CLOCK, NULL, 0, PATIENCE_MS, &arena, &rows, err) != 0)
		return -1;
	if (bank_int(&rows, 0, 0) < from_ms)
		from_ms = bank_int(&rows, 0, 0);
	*out = digest_first_id(from_ms - retention_ms);
	return 0;
}

/* Where nobody tells anything any more, old rows of the bank go all the same. */
static int forget_old(const struct shared_talk *record, struct error *err)
{
	const char *const values[4] = { record->machine, "{}", "{}", record->keep_from };
	struct bank_rows rows;
	int due =
	    *record->keep_from ? shared_turn(record->store, "shared record", FORGET_MS, err) : 0;

	return due <= 0 ? due
			: bank_ask(record->bank, BANK_SQL_RECORD_TELL, values, 4, PATIENCE_MS,
			      record->arena, &rows, err);
}

int shared_record_exchange(
    struct store *store, struct bank_connection *bank, int64_t retention_ms, struct error *err)
{
	AUTO_ARENA struct arena arena = { 0 };
	struct shared_talk record = { .store = store, .bank = bank, .arena = &arena };
	struct digest_id keep_from = { "" };
	int64_t place;
	int shared = shared_number(store, SQL_RECORD_PLACE, &place, err);

	record.machine = shared < 0 ? NULL : shares_machine(store, &arena);
	if (!record.machine)
		return shared < 0 ? -1 : 0;
	if (read_keep_from(store, bank, retention_ms, &keep_from, err) < 0)
		return -1;
	record.keep_from = keep_from.text;
	if (forget_old(&record, err) != 0 || (shared && trim_news(store, err) != 0))
		return -1;
	return !shared || (shared_repeat(&record, tell_requests, ROUNDS, err) == 0 &&
			      shared_repeat(&record, take_requests, ROUNDS, err) == 0)
		   ? 0
		   : -1;
}
