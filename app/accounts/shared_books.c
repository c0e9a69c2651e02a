/*
 * Books in PostgreSQL.  See the header.
 */
#include "accounts/shared_books.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "accounts/shared_breakers.h"
#include "accounts/shared_record.h"
#include "accounts/shared_sums.h"
#include "accounts/shared_windows.h"
#include "bank/bank_connection.h"
#include "bank/bank_schema.h"
#include "base/alloc.h"
#include "base/clock.h"
#include "base/digest.h"
#include "base/fiber.h"
#include "base/log.h"
#include "store/books.h"

#include "base/banned.h"

#define CHANNEL     "sideways_books"
#define PATIENCE_MS 3000  /* for one answer */
#define KNOW_MS     10000 /* a change whose answer was lost is asked for again for so long */
#define TRIES_MOST  50    /* of a change while others make theirs */
#define LOOK_MS     1000  /* between two looks, without notices */
#define SLICE_MS    200   /* that closing may wait for */
#define LOOKERS     64    /* that wait for who is not known; keys that are made up wait, too */

struct shared_books {
	struct store *store;
	pthread_mutex_t mutex;           /* guards the next one */
	struct bank_connection *changes; /* one at a time */
	struct bank_connection *watched, *figures;
	pthread_t watcher, teller;
	char *panel, *timezone;
	int64_t retention_ms;
	bool watches, tells;
	bool away; /* atomic, as the next two */
	bool closing;
	pthread_mutex_t looking; /* guards the rest */
	struct waiters looked;   /* for the end of a look */
	uint64_t begun, ended;   /* looks for who is not known; one at a time */
	int64_t begun_ms;        /* the last, monotonic */
	int lookers;
};

static void *make_books(void)
{
	struct shared_books *books = alloc_zero(1, sizeof *books);

	pthread_mutex_init(&books->mutex, NULL);
	pthread_mutex_init(&books->looking, NULL);
	waiters_init(&books->looked);
	return books;
}

static void stop_watching(struct shared_books *books)
{
	__atomic_store_n(&books->closing, true, __ATOMIC_RELEASE);
	if (books->watches)
		pthread_join(books->watcher, NULL);
	if (books->tells)
		pthread_join(books->teller, NULL);
	books->watches = books->tells = false;
}

static void free_books(void *companion)
{
	struct shared_books *books = companion;

	stop_watching(books);
	bank_connection_free(books->changes);
	bank_connection_free(books->watched);
	bank_connection_free(books->figures);
	free(books->panel);
	free(books->timezone);
	waiters_release(&books->looked);
	pthread_mutex_destroy(&books->looking);
	pthread_mutex_destroy(&books->mutex);
	free(books);
}

/* ---- taking over ---- */

static int check_place(
    struct store *store, const struct books_place *mine, const char *theirs, struct error *err)
{
	if (!*mine->bank) /* the first time */
		return books_join(store, theirs, 0, err);
	if (strcmp(mine->bank, theirs) != 0)
		return error_set(err, ERROR_STORE,
		    "%.200s has a copy of other books than this bank has; name the bank that it "
		    "belongs to, or begin with a new database",
		    store_path(store));
	return 0;
}

/* A server that is started again may show what no standby has, and the next failover forgets it;
 * one that was put back from a backup forgets more.  Columns as in books_since. */
static bool has_forgotten(const struct books_place *mine, const struct bank_rows *answer)
{
	const char *made = bank_cell(answer, 0, 6);

	return bank_int(answer, 0, 1) < mine->revision ||
	       (mine->change && made && strcmp(mine->change, made) != 0);
}

static int take_news(struct store *store, const struct bank_rows *answer, bool whole,
    struct arena *arena, struct error *err)
{
	struct book_rows rows = { 0 };
	const struct book_news news = { &rows, bank_int(answer, 0, 1), bank_cell(answer, 0, 5),
		whole };

	for (size_t i = 0; i < answer->count; i++)
		if (bank_cell(answer, i, 2))
			book_rows_add(&rows, arena, bank_cell(answer, i, 2),
			    bank_cell(answer, i, 3), bank_cell(answer, i, 4));
	return books_take(store, &news, clock_wall_ms(), err);
}

static int ask_since(struct bank_connection *bank, int64_t revision, struct arena *arena,
    struct bank_rows *out, struct error *err)
{
	const char *const values[] = { bank_number(revision, arena) };

	return bank_ask(bank, BANK_SQL_BOOKS_SINCE, values, 1, PATIENCE_MS, arena, out, err);
}

/* Brings the copy to where the bank is. */
int shared_books_pull(struct store *store, struct bank_connection *bank, struct error *err)
{
	AUTO_ARENA struct arena arena = { 0 };
	struct bank_rows answer;
	struct books_place mine;

	if (books_place(store, &arena, &mine, err) < 0 ||
	    ask_since(bank, mine.revision, &arena, &answer, err) != 0 ||
	    check_place(store, &mine, bank_cell(&answer, 0, 0), err) != 0)
		return -1;
	if (!has_forgotten(&mine, &answer)) {
		if (bank_int(&answer, 0, 1) > mine.revision &&
		    take_news(store, &answer, false, &arena, err) != 0)
			return -1;
		return shared_breakers_take(store, bank, bank_int(&answer, 0, 7), err);
	}
	log_event(LOG_ERROR, "books",
	    "the bank has forgotten what it had told (revision %lld): all of its books are taken "
	    "over anew",
	    (long long)mine.revision);
	if (ask_since(bank, 0, &arena, &answer, err) != 0)
		return -1;
	return take_news(store, &answer, true, &arena, err);
}

static void note_away(struct shared_books *books, bool away, const char *why)
{
	if (away != books->away && away)
		log_event(LOG_WARNING, "books", "%s; keys and budgets stay as they are", why);
	else if (away != books->away)
		log_event(LOG_INFO, "books", "the bank is there again");
	__atomic_store_n(&books->away, away, __ATOMIC_RELEASE);
}

static bool books_are_closing(struct shared_books *books)
{
	return __atomic_load_n(&books->closing, __ATOMIC_ACQUIRE);
}

/* Until there is a notice, or the time is over. */
static void wait_for_notice(struct shared_books *books)
{
	for (int waited_ms = 0; waited_ms < LOOK_MS && !books_are_closing(books);
	     waited_ms += SLICE_MS) {
		int noticed = bank_wait(books->watched, SLICE_MS, NULL);

		if (noticed > 0)
			return;
		if (noticed < 0)
			clock_sleep_ms(SLICE_MS);
	}
}

static int exchange_books(struct store *store, struct bank_connection *bank, struct error *err)
{
	return shared_breakers_tell(store, bank, err) == 0 ? shared_books_pull(store, bank, err)
							   : -1;
}

/* For people: nothing depends on it. */
static void exchange_figures(
    struct shared_books *books, struct bank_connection *bank, enum shared_sums_when when)
{
	struct error err = { 0 };
	int done = __atomic_load_n(&books->away, __ATOMIC_ACQUIRE)
		       ? shared_record_trim(books->store, &err)
		       : shared_sums_exchange(books->store, bank, books->panel, when, &err);

	if (done == 1 &&
	    ((when == SUMS_IN_TURN &&
		 shared_windows_take(books->store, bank, books->timezone, &err) != 0) ||
		shared_record_exchange(books->store, bank, books->retention_ms, &err) != 0))
		done = -1;
	if (done < 0)
		log_event(LOG_WARNING, "books", "%s", err.text);
}

static void *watch(void *ctx)
{
	struct shared_books *books = ctx;

	while (!books_are_closing(books)) {
		struct error err = { 0 };

		bool away = exchange_books(books->store, books->watched, &err) != 0;

		note_away(books, away, err.text);
		wait_for_notice(books);
	}
	return NULL;
}

/* Apart from the watcher: a blocked key waits for no figures. */
static void *tell_figures(void *ctx)
{
	struct shared_books *books = ctx;

	while (!books_are_closing(books)) {
		exchange_figures(books, books->figures, SUMS_IN_TURN);
		for (int waited_ms = 0; waited_ms < LOOK_MS && !books_are_closing(books);
		     waited_ms += SLICE_MS)
			clock_sleep_ms(SLICE_MS);
	}
	return NULL;
}

/* ---- changes ---- */

static const char *column(const struct book_rows *rows, size_t which, struct arena *arena)
{
	const char **texts = arena_alloc(arena, (rows->count + 1) * sizeof *texts);

	for (size_t i = 0; i < rows->count; i++)
		texts[i] = which == 0   ? rows->items[i].kind
			   : which == 1 ? rows->items[i].id
					: rows->items[i].body;
	return bank_array_texts(texts, rows->count, arena);
}

static int say_unknown(struct error *err)
{
	return error_set(err, ERROR_SHARED,
	    "the bank took the change and did not answer: whether it was made is not known; look "
	    "before you try again");
}

/* The server has looked at it, and will say the same again. */
static bool is_refusal(const struct bank_connection *bank)
{
	static const char *const classes[] = { "P0", "22", "23", "42", "54" };

	for (size_t i = 0; i < sizeof classes / sizeof classes[0]; i++)
		if (strncmp(bank_connection_state(bank), classes[i], 2) == 0)
			return true;
	return false;
}

int shared_books_commit(struct bank_connection *bank, const char *id, const struct book_rows *rows,
    int64_t revision, struct arena *arena, int64_t *out, struct error *err)
{
	const char *const values[] = { id, bank_number(revision, arena), column(rows, 0, arena),
		column(rows, 1, arena), column(rows, 2, arena) };
	int64_t until_ms = clock_mono_ms() + KNOW_MS;
	struct bank_rows answer;
	struct error why;
	bool sent = false;

	while (bank_ask(bank, BANK_SQL_BOOKS_WRITE, values, 5, PATIENCE_MS, arena, &answer, &why) !=
	       0) {
		sent = sent || bank_connection_was_sent(bank);
		if (!sent || is_refusal(bank))
			return error_set(
			    err, ERROR_SHARED, "nothing was changed: %.400s", why.text);
		if (clock_mono_ms() > until_ms)
			return say_unknown(err);
		clock_sleep_ms(SLICE_MS);
	}
	*out = bank_int(&answer, 0, 0);
	return 0;
}

/* Others were faster, and nothing of this change is made: it waits a while for a bank that
 * stumbles. */
static int catch_up(struct shared_books *books, struct error *err)
{
	int64_t until_ms = clock_mono_ms() + KNOW_MS;
	struct error why;

	while (shared_books_pull(books->store, books->changes, &why) != 0) {
		if (clock_mono_ms() > until_ms)
			return error_set(
			    err, ERROR_SHARED, "nothing was changed: %.400s", why.text);
		clock_sleep_ms(SLICE_MS);
	}
	return 0;
}

static int share_locked(struct shared_books *books, struct change *change, struct error *err)
{
	AUTO_ARENA struct arena arena = { 0 };
	const struct digest_id id = digest_new_id();

	for (int i = 0; i < TRIES_MOST; i++) {
		struct book_rows rows = { 0 };
		int64_t revision, answer = 0;
		struct book_news news;
		struct error why;

		if (books_rehearse(books->store, change, &arena, &rows, &revision, err) != 0)
			return -1;
		if (rows.count == 0)
			return 0;
		if (shared_books_commit(
			books->changes, id.text, &rows, revision, &arena, &answer, err) != 0)
			return -1;
		if (answer < 0) {
			if (catch_up(books, err) != 0)
				return -1;
			continue;
		}
		/* It is made; a copy that lags is brought on by the watcher. */
		news = (struct book_news){ &rows, answer, id.text, false };
		if (books_take(books->store, &news, clock_wall_ms(), &why) != 0)
			log_event(LOG_WARNING, "books", "%s", why.text);
		return 0;
	}
	return error_set(err, ERROR_SHARED,
	    "other machines make changes without end; nothing was changed, try again");
}

static int share(void *ctx, struct change *change, struct error *err)
{
	struct shared_books *books = ctx;
	int result;

	pthread_mutex_lock(&books->mutex);
	result = share_locked(books, change, err);
	pthread_mutex_unlock(&books->mutex);
	if (result != 0 && err->kind == ERROR_SHARED)
		result = books_apply_alone(books->store, change, err);
	return result;
}

/* ---- beginning ---- */

/* A file without books of its own may become a copy. */
static int become_copy(struct store *store, struct error *err)
{
	AUTO_ARENA struct arena arena = { 0 };
	struct book_rows rows = { 0 };

	if (books_read(store, &arena, &rows, err) != 0)
		return -1;
	if (rows.count)
		return error_set(err, ERROR_STORE,
		    "%.200s has keys or budgets of its own, and the settings name a bank: "
		    "`sideways bank move` takes them there, or begin with a new database",
		    store_path(store));
	return books_join(store, "", 0, err);
}

static int start_serving(
    struct shared_books *books, const struct shared_bank *bank, bool watch_it, struct error *err)
{
	struct error why = { 0 };

	if (shared_record_set(books->store, bank->record_shared, err) != 0)
		return -1;
	if (!watch_it)
		return 0;
	if (!books->away && bank_schema_check(books->changes, &why) != 0)
		log_event(LOG_WARNING, "bank", "%s", why.text);
	books->watched = bank_connection_new(bank->url, bank->password);
	books->figures = bank_connection_new(bank->url, bank->password);
	bank_listen(books->watched, CHANNEL);
	books->watches = pthread_create(&books->watcher, NULL, watch, books) == 0;
	books->tells = pthread_create(&books->teller, NULL, tell_figures, books) == 0;
	return books->watches && books->tells
		   ? 0
		   : error_set(err, ERROR_STORE, "no thread can be started for the bank");
}

int shared_books_open(
    struct store *store, const struct shared_bank *bank, bool watch_it, struct error *err)
{
	AUTO_ARENA struct arena arena = { 0 };
	struct shared_books *books;
	struct books_place mine;
	struct error why;
	int there;

	there = books_place(store, &arena, &mine, err);
	if (there < 0 || (!bank->url && !there))
		return there;
	if (!bank->url)
		return error_set(err, ERROR_STORE,
		    "%.200s has a copy of books that several machines share, and the settings name "
		    "no bank (sideways_settings.bank); `sideways bank move --back` makes them its "
		    "own",
		    store_path(store));
	if ((there ? books_guard(store, err) : become_copy(store, err)) != 0)
		return -1;
	books = store_companion(store, make_books, free_books);
	books->store = store;
	books->changes = bank_connection_new(bank->url, bank->password);
	books->panel = alloc_copy(bank->panel ? bank->panel : "");
	books->timezone = alloc_copy(bank->timezone);
	books->retention_ms = bank->retention_ms;
	store_share_with(store, share, books);
	if (exchange_books(store, books->changes, &why) != 0) {
		if (!*mine.bank)
			return error_set(err, ERROR_STORE, "%s", why.text);
		note_away(books, true, why.text);
	}
	return bank->serves ? start_serving(books, bank, watch_it, err) : 0;
}

/* Who changes something has the connection, and what he finds is taken over, too. */
static void pull_now(void *ctx)
{
	struct shared_books *books = ctx;
	struct timespec until;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec++;
	if (pthread_mutex_timedlock(&books->mutex, &until) != 0)
		return;
	if (!__atomic_load_n(&books->away, __ATOMIC_ACQUIRE))
		(void)shared_books_pull(
		    books->store, books->changes, NULL); /* the watcher tells why */
	pthread_mutex_unlock(&books->mutex);
}

/* One asks for all that came before it began. */
static void look_or_wait_locked(struct shared_books *books, int64_t every_ms)
{
	bool looks = books->begun > books->ended;
	int64_t due_ms = books->begun_ms + every_ms;

	if (looks || clock_mono_ms() < due_ms) {
		(void)waiters_wait_locked(
		    &books->looked, &books->looking, looks ? INT64_MAX : due_ms * 1000);
		return;
	}
	books->begun++;
	books->begun_ms = clock_mono_ms();
	pthread_mutex_unlock(&books->looking);
	fiber_aside(pull_now, books); /* libpq blocks */
	pthread_mutex_lock(&books->looking);
	books->ended = books->begun;
	waiters_wake_locked(&books->looked);
}

static bool look_with_others(struct shared_books *books, int64_t every_ms)
{
	bool room;
	uint64_t wanted;

	pthread_mutex_lock(&books->looking);
	room = books->lookers < LOOKERS;
	wanted = books->begun + 1;
	books->lookers += room;
	while (room && books->ended < wanted)
		look_or_wait_locked(books, every_ms);
	books->lookers -= room;
	pthread_mutex_unlock(&books->looking);
	return room;
}

bool shared_books_catch_up(struct store *store, int64_t every_ms)
{
	struct shared_books *books = store_companion(store, make_books, free_books);

	if (!books->watches || __atomic_load_n(&books->away, __ATOMIC_ACQUIRE))
		return false;
	if (every_ms)
		return look_with_others(books, every_ms);
	fiber_aside(pull_now, books); /* libpq blocks */
	return true;
}

void shared_books_close(struct store *store)
{
	struct shared_books *books = store ? store_companion(store, make_books, free_books) : NULL;

	if (!books || !books->store)
		return;
	stop_watching(books);
	exchange_figures(books, books->changes, books->watched ? SUMS_NOW : SUMS_IN_TURN);
}
