/*
 * libpq, without its ways to wait.  See the header.
 *
 * Connecting is libpq's own loop over the hosts, which has a time limit for each of them; it is the
 * only thing here that blocks by itself.
 */
#include "bank/bank_connection.h"

#ifdef HAVE_POSTGRESQL
#include <ctype.h>
#include <errno.h>
#include <libpq-fe.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/digest.h"
#include "base/text.h"
#endif

#include "base/number.h"

#include "base/banned.h"

int64_t bank_int(const struct bank_rows *rows, size_t row, size_t column)
{
	const char *cell = bank_cell(rows, row, column);
	int64_t number = 0;

	if (cell)
		(void)number_whole(
		    slice_of(cell), INT64_MIN, INT64_MAX, &number, NULL); /* else 0 */
	return number;
}

const char *bank_number(int64_t number, struct arena *arena)
{
	return arena_printf(arena, "%lld", (long long)number);
}

const char *bank_array(const int64_t *numbers, size_t count, struct arena *arena)
{
	struct arena_bytes bytes = { NULL, 0, 0 };

	arena_bytes_add(&bytes, slice_of("{"), arena);
	for (size_t i = 0; i < count; i++)
		arena_bytes_add(&bytes,
		    slice_of(arena_printf(arena, i ? ",%lld" : "%lld", (long long)numbers[i])),
		    arena);
	arena_bytes_add(&bytes, (struct slice){ "}", 2 }, arena); /* with its NUL */
	return bytes.ptr;
}

static void add_quoted(struct arena_bytes *bytes, const char *text, struct arena *arena)
{
	arena_bytes_add(bytes, slice_of("\""), arena);
	for (size_t len; *text; text += len) {
		len = strcspn(text, "\"\\");
		if (len == 0) {
			arena_bytes_add(bytes, slice_of("\\"), arena);
			len = 1;
		}
		arena_bytes_add(bytes, (struct slice){ text, len }, arena);
	}
	arena_bytes_add(bytes, slice_of("\""), arena);
}

const char *bank_array_texts(const char *const *texts, size_t count, struct arena *arena)
{
	struct arena_bytes bytes = { NULL, 0, 0 };

	arena_bytes_add(&bytes, slice_of("{"), arena);
	for (size_t i = 0; i < count; i++) {
		if (i)
			arena_bytes_add(&bytes, slice_of(","), arena);
		if (texts[i])
			add_quoted(&bytes, texts[i], arena);
		else
			arena_bytes_add(&bytes, slice_of("NULL"), arena);
	}
	arena_bytes_add(&bytes, (struct slice){ "}", 2 }, arena); /* with its NUL */
	return bytes.ptr;
}

#ifndef HAVE_POSTGRESQL

struct bank_connection {
	char nothing;
};

static struct bank_connection nowhere;

static int not_built(struct error *err)
{
	return error_set(err, ERROR_STORE,
	    "this program was built without PostgreSQL; ./configure --with-postgresql builds one "
	    "that has a bank there");
}

struct bank_connection *bank_connection_new(const char *url, const char *password)
{
	return &nowhere;
}

void bank_connection_free(struct bank_connection *bank)
{
}

int bank_ask(struct bank_connection *bank, enum bank_sql_name name, const char *const *values,
    size_t value_count, int64_t patience_ms, struct arena *arena, struct bank_rows *out,
    struct error *err)
{
	return not_built(err);
}

bool bank_connection_was_sent(const struct bank_connection *bank)
{
	return false;
}

const char *bank_connection_state(const struct bank_connection *bank)
{
	return "";
}

int bank_connection_version(const struct bank_connection *bank)
{
	return 0;
}

const char *bank_connection_host(const struct bank_connection *bank)
{
	return "";
}

void bank_listen(struct bank_connection *bank, const char *channel)
{
}

int bank_wait_or(struct bank_connection *bank, int fd, int64_t most_ms, struct error *err)
{
	return not_built(err);
}

int bank_run_script(struct bank_connection *bank, const char *script, struct error *err)
{
	return not_built(err);
}

#else

#define HOST_S   "3" /* to connect to one host, unless the address says something else */
#define AGAIN_MS 100
#define REST_MS  2000

struct bank_connection {
	char *url, *password, *channel; /* the last two may be NULL */
	PGconn *pq;                     /* NULL: not connected */
	bool prepared[BANK_SQL_NAME_COUNT];
	bool sent;                 /* the last question was */
	bool missed;               /* notices, perhaps: it listens since the last wait only */
	int64_t rest_ms, again_ms; /* after a failure to connect: how long, and until when */
	int version;
	char state[6], host[300], why[300];
};

struct bank_connection *bank_connection_new(const char *url, const char *password)
{
	struct bank_connection *bank = alloc_zero(1, sizeof *bank);

	bank->url = alloc_copy(url);
	bank->password = alloc_copy(password);
	return bank;
}

static void drop(struct bank_connection *bank)
{
	PQfinish(bank->pq);
	bank->pq = NULL;
	memset(bank->prepared, 0, sizeof bank->prepared);
}

void bank_connection_free(struct bank_connection *bank)
{
	if (!bank)
		return;
	drop(bank);
	alloc_free_secret(bank->url);
	alloc_free_secret(bank->password);
	free(bank->channel);
	free(bank);
}

bool bank_connection_was_sent(const struct bank_connection *bank)
{
	return bank->sent;
}

const char *bank_connection_state(const struct bank_connection *bank)
{
	return bank->state;
}

int bank_connection_version(const struct bank_connection *bank)
{
	return bank->version;
}

const char *bank_connection_host(const struct bank_connection *bank)
{
	return bank->host;
}

/* libpq's words in one line.  They name hosts and users, and never a password. */
static void keep_words(struct bank_connection *bank, const char *words)
{
	size_t len = 0;

	for (; *words && len + 1 < sizeof bank->why; words++)
		if (*words != '\n' || (words[1] && words[1] != '\n'))
			bank->why[len++] = *words == '\n' || *words == '\t' ? ' ' : *words;
	bank->why[len] = '\0';
}

/* ---- answers ---- */

/* 1: the socket is ready for these events, or `also` can be read; 0: the time is over; -1: a fault.
 */
static int wait_for_socket(struct bank_connection *bank, short events, int also, int64_t until_ms)
{
	struct pollfd fds[] = { { .fd = PQsocket(bank->pq), .events = events },
		{ .fd = also, .events = POLLIN } };
	int64_t left_ms = until_ms - clock_real_ms();
	int ready;

	if (fds[0].fd < 0)
		return -1;
	ready = poll(fds, 2, left_ms > 0 ? (int)left_ms : 0);
	if (ready < 0 && errno == EINTR)
		return wait_for_socket(bank, events, also, until_ms);
	return ready > 0 ? 1 : ready;
}

/* 1: an answer may be taken without waiting; 0: the time is over; -1: the connection is gone. */
static int wait_for_answer(struct bank_connection *bank, int64_t until_ms)
{
	int unsent = PQflush(bank->pq);

	while (unsent >= 0 && (unsent || PQisBusy(bank->pq))) {
		int ready = wait_for_socket(bank, POLLIN | (unsent ? POLLOUT : 0), -1, until_ms);

		if (ready <= 0)
			return ready;
		if (!PQconsumeInput(bank->pq))
			return -1;
		unsent = PQflush(bank->pq);
	}
	return unsent < 0 ? -1 : 1;
}

/* What the server refuses is worth another host, or a try without what it had kept. */
static bool is_of_the_connection(const char *state)
{
	static const char *const classes[] = { "08", "57", "25", "26", "53", "XX" };

	for (size_t i = 0; i < sizeof classes / sizeof classes[0]; i++)
		if (strncmp(state, classes[i], 2) == 0)
			return true;
	return false;
}

static int answer_failed(struct bank_connection *bank, const PGresult *result, struct error *err)
{
	const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);

	snprintf(bank->state, sizeof bank->state, "%s", state ? state : "");
	keep_words(bank, state ? PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY)
			       : PQresultErrorMessage(result));
	if (strcmp(bank->state, "42501") == 0)
		return error_set(err, ERROR_STORE,
		    "the bank at %s lets this user not do that: %s; whoever owns the schema "
		    "`sideways`, or may make it in this database, has all rights that are needed",
		    bank->host, bank->why);
	if (strcmp(bank->state, "3F000") == 0 || strncmp(bank->state, "42", 2) == 0)
		return error_set(err, ERROR_STORE,
		    "the bank at %s is not set up for this program (%s); `sideways bank init` "
		    "makes its tables or brings them up to date",
		    bank->host, bank->why);
	return error_set(err, ERROR_STORE, "the bank at %s refused: %s", bank->host, bank->why);
}

static int no_answer(struct bank_connection *bank, int code, struct error *err)
{
	bank->state[0] = '\0';
	if (code == 0)
		return error_set(err, ERROR_STORE,
		    "the bank at %s did not answer in time; what it did is not known", bank->host);
	keep_words(bank, PQerrorMessage(bank->pq));
	return error_set(err, ERROR_STORE, "the bank at %s is gone: %s", bank->host, bank->why);
}

/* The last result of what was sent, to be cleared, or NULL. */
static PGresult *take_answer(
    struct bank_connection *bank, int sent, int64_t until_ms, struct error *err)
{
	PGresult *last = NULL, *next;
	bool failed = false;
	int code = sent ? 1 : -1;

	while (code == 1 && (code = wait_for_answer(bank, until_ms)) == 1 &&
	       (next = PQgetResult(bank->pq))) {
		if (failed) { /* the first one tells why */
			PQclear(next);
			continue;
		}
		PQclear(last);
		last = next;
		failed = PQresultStatus(next) != PGRES_COMMAND_OK &&
			 PQresultStatus(next) != PGRES_TUPLES_OK;
	}
	if (code == 1 && last && !failed)
		return last;
	if (code == 1 && last)
		(void)answer_failed(bank, last, err);
	else
		(void)no_answer(bank, code, err);
	PQclear(last);
	if (code != 1 || is_of_the_connection(bank->state) || PQstatus(bank->pq) != CONNECTION_OK)
		drop(bank);
	return NULL;
}

static int run_text(
    struct bank_connection *bank, const char *sql, int64_t until_ms, struct error *err)
{
	PGresult *result = take_answer(bank, PQsendQuery(bank->pq, sql), until_ms, err);

	PQclear(result);
	return result ? 0 : -1;
}

/* ---- connecting ---- */

/* Else libpq would say with its own words what of a password it cannot read.  A password's end is
 * the last @ there is. */
static bool is_readable(const char *url)
{
	const char *user = strstr(url, "://"), *end = url + strcspn(url, "?"), *host = end;

	for (const char *c = url; (c = strchr(c, '%')); c++)
		if (!isxdigit((unsigned char)c[1]) || !isxdigit((unsigned char)c[2]))
			return false;
	while (host > url && *host != '@')
		host--;
	user = user ? user + 3 : url;
	return host <= user || user + strcspn(user, "/@") == host;
}

static PGconn *connect_now(const struct bank_connection *bank)
{
	const char *const keywords[] = { "connect_timeout", "application_name", "keepalives_idle",
		"keepalives_interval", "keepalives_count", "client_encoding", "dbname",
		bank->password ? "password" : NULL, NULL };
	const char *const values[] = { HOST_S, "sideways", "5", "5", "3", "UTF8", bank->url,
		bank->password, NULL };

	return PQconnectdbParams(keywords, values, 1);
}

static int fail_to_connect(struct bank_connection *bank, struct error *err)
{
	bank->rest_ms = bank->rest_ms ? bank->rest_ms * 2 : AGAIN_MS;
	if (bank->rest_ms > REST_MS)
		bank->rest_ms = REST_MS;
	bank->again_ms =
	    clock_real_ms() + bank->rest_ms / 2 + digest_random_below((uint32_t)bank->rest_ms);
	return error_set(err, ERROR_STORE, "the bank cannot be reached: %s", bank->why);
}

static int begin_session(struct bank_connection *bank, int64_t until_ms, struct error *err)
{
	AUTO_FREE char *listen = bank->channel ? alloc_printf("LISTEN %s", bank->channel) : NULL;

	PQsetnonblocking(bank->pq, 1);
	if (run_text(bank, bank_sql_texts[BANK_SQL_SESSION].text, until_ms, err) != 0 ||
	    (listen && run_text(bank, listen, until_ms, err) != 0)) {
		drop(bank);
		return -1;
	}
	bank->missed = true;
	bank->rest_ms = 0;
	return 0;
}

static int be_connected(struct bank_connection *bank, int64_t until_ms, struct error *err)
{
	const char *port;

	/* One that was closed while nobody asked is seen before anything is sent into it. */
	if (bank->pq && PQconsumeInput(bank->pq) && PQstatus(bank->pq) == CONNECTION_OK)
		return 0;
	bank->state[0] = '\0';
	drop(bank);
	if (clock_real_ms() < bank->again_ms)
		return error_set(err, ERROR_STORE, "the bank cannot be reached: %s", bank->why);
	if (!is_readable(bank->url)) {
		keep_words(bank,
		    "its address cannot be read: in a password %, / and @ are written as %25, %2F "
		    "and %40");
		return fail_to_connect(bank, err);
	}
	bank->pq = connect_now(bank);
	if (!bank->pq || PQstatus(bank->pq) != CONNECTION_OK) {
		keep_words(bank, bank->pq ? PQerrorMessage(bank->pq) : "out of memory");
		drop(bank);
		return fail_to_connect(bank, err);
	}
	port = PQport(bank->pq);
	snprintf(bank->host, sizeof bank->host, "%s%s%s", PQhost(bank->pq), port ? ":" : "",
	    port ? port : "");
	bank->version = PQserverVersion(bank->pq);
	if (begin_session(bank, until_ms, err) == 0)
		return 0;
	keep_words(bank, err ? err->text : "");
	(void)fail_to_connect(bank, NULL);
	return -1;
}

/* ---- asking ---- */

static int be_prepared(
    struct bank_connection *bank, enum bank_sql_name name, int64_t until_ms, struct error *err)
{
	const struct bank_sql_text *text = &bank_sql_texts[name];
	PGresult *result;

	if (bank->prepared[name])
		return 0;
	result = take_answer(
	    bank, PQsendPrepare(bank->pq, text->name, text->text, 0, NULL), until_ms, err);
	PQclear(result);
	bank->prepared[name] = result != NULL;
	return result ? 0 : -1;
}

static void take_rows(const PGresult *result, struct arena *arena, struct bank_rows *out)
{
	size_t rows = (size_t)PQntuples(result), columns = (size_t)PQnfields(result);

	*out = (struct bank_rows){ rows, columns,
		arena_alloc(arena, (rows * columns + 1) * sizeof *out->cells) };
	for (size_t i = 0; i < rows * columns; i++) {
		int row = (int)(i / columns), column = (int)(i % columns);

		if (!PQgetisnull(result, row, column))
			out->cells[i] = arena_copy(arena, PQgetvalue(result, row, column));
	}
}

int bank_ask(struct bank_connection *bank, enum bank_sql_name name, const char *const *values,
    size_t value_count, int64_t patience_ms, struct arena *arena, struct bank_rows *out,
    struct error *err)
{
	int64_t until_ms = clock_real_ms() + patience_ms;
	PGresult *result;

	bank->sent = false;
	if (be_connected(bank, until_ms, err) != 0 || be_prepared(bank, name, until_ms, err) != 0)
		return -1;
	bank->sent = true;
	result = take_answer(bank,
	    PQsendQueryPrepared(
		bank->pq, bank_sql_texts[name].name, (int)value_count, values, NULL, NULL, 0),
	    until_ms, err);
	if (!result)
		return -1;
	take_rows(result, arena, out);
	PQclear(result);
	return 0;
}

int bank_run_script(struct bank_connection *bank, const char *script, struct error *err)
{
	int64_t until_ms = clock_real_ms() + BANK_PATIENCE_MS;

	if (be_connected(bank, until_ms, err) != 0)
		return -1;
	return run_text(bank, script, until_ms, err);
}

/* ---- notices ---- */

void bank_listen(struct bank_connection *bank, const char *channel)
{
	free(bank->channel);
	bank->channel = alloc_copy(channel);
	drop(bank);
}

static bool take_notices(struct bank_connection *bank)
{
	bool any = bank->missed;

	bank->missed = false;
	for (PGnotify *notice; (notice = PQnotifies(bank->pq));) {
		PQfreemem(notice);
		any = true;
	}
	return any;
}

int bank_wait_or(struct bank_connection *bank, int fd, int64_t most_ms, struct error *err)
{
	int ready;

	if (!bank || !bank->pq)
		return error_set(err, ERROR_STORE, "there is no connection to the bank");
	if (take_notices(bank))
		return 1;
	ready = wait_for_socket(bank, POLLIN, fd, clock_real_ms() + most_ms);
	if (ready > 0 && !PQconsumeInput(bank->pq))
		ready = -1;
	if (ready < 0) {
		(void)no_answer(bank, -1, err);
		drop(bank);
		return -1;
	}
	return take_notices(bank);
}

#endif

int bank_wait(struct bank_connection *bank, int64_t most_ms, struct error *err)
{
	return bank_wait_or(bank, -1, most_ms, err);
}
