/*
 * The least that a gateway of this design does: FastCGI in by libfcgi, one call out by libcurl, two
 * durable transactions through SQLite.  No keys, no JSON, no prices, no fallbacks, no limits, no
 * time limits.  bench/run measures Sideways beside it, so that what the design costs and what
 * Sideways adds can be told apart.
 *
 *	least SOCKET URL DATABASE THREADS           a small log of its own, in a new database
 *	least SOCKET URL DATABASE THREADS record    Sideways' record, in a database that it has made
 *
 * As in Sideways all threads wait in one epoll set for connections that the web server keeps, and
 * one thread writes what waits in one transaction (synchronous=FULL).  A hold is two windows and a
 * row, and is waited for; its end is two windows, the row's deletion and a row in a log of fifteen
 * columns, and is not.
 *
 * "record" writes the rows that Sideways writes of a request, with its indexes and triggers: the
 * hold, the attempt, the request, and once a transaction the sums by day and hour and the counters.
 * The values are the same each time, but for the ids.
 */
#include <curl/curl.h>
#include <errno.h>
#include <fcgiapp.h>
#include <fcntl.h>
#include <pthread.h>
#include <semaphore.h>
#include <sqlite3.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define ANSWER_MAX 65536
#define STACK      (256 * 1024)

#define SETTINGS                                                                                   \
	"PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 2000; " \
	"PRAGMA cache_size = -512;"
#define KEY "'key-01m8g4p0jspc215b3n9caj6f3d'"

/* ?1 is an amount, ?2 a window, ?3 an id. */
enum { BEGIN, COMMIT, TAKE, HOLD, GIVE, LET_GO, ATTEMPT, REQUEST, SUMS, STATEMENTS = SUMS + 4 };

struct book {
	const char *set_up;
	const char *texts[STATEMENTS]; /* NULL: is not written */
};

static const struct book small_book = {
	SETTINGS
	"CREATE TABLE window (id INTEGER PRIMARY KEY, most INTEGER, held INTEGER, spent INTEGER);"
	"INSERT INTO window VALUES (1, 1000000000000000, 0, 0), (2, 1000000000000000, 0, 0);"
	"CREATE TABLE hold (id TEXT PRIMARY KEY, bound INTEGER, started INTEGER, owner TEXT) "
	"WITHOUT ROWID;"
	"CREATE TABLE log (id TEXT PRIMARY KEY, key TEXT, model TEXT, deployment TEXT, tier TEXT, "
	"outcome TEXT, status INTEGER, input INTEGER, output INTEGER, cost INTEGER, bound INTEGER, "
	"latency INTEGER, first INTEGER, overhead INTEGER, error TEXT) WITHOUT ROWID;",
	{
	    [BEGIN] = "BEGIN IMMEDIATE",
	    [COMMIT] = "COMMIT",
	    [TAKE] =
		"UPDATE window SET held = held + ?1 WHERE id = ?2 AND spent + held + ?1 <= most",
	    [HOLD] = "INSERT INTO hold VALUES (?3, 1000, 0, 'bench:1')",
	    [GIVE] = "UPDATE window SET held = held - ?1, spent = spent + 500 WHERE id = ?2",
	    [LET_GO] = "DELETE FROM hold WHERE id = ?3",
	    [REQUEST] =
		"INSERT INTO log VALUES (?3, 'key-0123456789abcdef', 'bench', "
		"'dep-0123456789', 'cheap', 'ok', 200, 24, 12, 500, 1000, 10, 10, 900, NULL)",
	},
};

/* The tables are those of sql/schema/, the statements those of sql/ledger.sql,
 * sql/request_log.sql and sql/sums.sql. */
static const struct book whole_book = {
	SETTINGS "INSERT INTO budget_window (id, budget_id, starts_ms, ends_ms, limit_nano, "
		 "highest_limit_nano) VALUES (1, 1, 0, 9, 1000000000000000, 1000000000000000), "
		 "(2, 2, 0, 9, 1000000000000000, 1000000000000000);",
	{
	    [BEGIN] = "BEGIN IMMEDIATE",
	    [COMMIT] = "COMMIT",
	    [TAKE] = "UPDATE OR FAIL budget_window SET held_nano = held_nano + ?1 WHERE id = ?2",
	    [HOLD] = "INSERT INTO hold (request_id, number, started_ms, key_id, model_group, "
		     "deployment_id, provider, model, tier, direction, bound_nano, price_version, "
		     "windows, owner, deadline_ms) VALUES (?3, 1, 1795838118418, " KEY ", 'bench', "
		     "'bench-0253ab82610c', 'openai', 'bench', 'cheap', 'own', 1000, "
		     "'c22da3d62e76f62d', '[1,2]', '7193-1795838118000-1', 1795838718418)",
	    [GIVE] = "UPDATE OR FAIL budget_window SET held_nano = held_nano - ?1, spent_nano = "
		     "spent_nano + 500, overrun_nano = overrun_nano + 0 WHERE id = ?2",
	    [LET_GO] = "DELETE FROM hold WHERE request_id = ?3 AND number = 1",
	    [ATTEMPT] =
		"INSERT INTO attempt (request_id, number, started_ms, key_id, model_group, "
		"deployment_id, provider, model, tier, direction, state, ended_ms, outcome, "
		"status, input_tokens, cached_tokens, cache_write_tokens, output_tokens, "
		"reasoning_tokens, estimated, bound_nano, cost_nano, price_version, "
		"windows, latency_ms, first_token_ms) VALUES (?3, 1, 1795838118418, " KEY
		", 'bench', 'bench-0253ab82610c', 'openai', 'bench', 'cheap', 'own', "
		"'settled', 1795838118427, 'ok', 200, 24, 0, 0, 12, 0, 0, 1000, 500, "
		"'c22da3d62e76f62d', '[1,2]', 9, 9)",
	    [REQUEST] =
		"INSERT INTO request (id, started_ms, key_id, asked_model, model_group, "
		"answered_group, answered_model, deployment_id, tier, outcome, status, "
		"attempts, input_tokens, cached_tokens, output_tokens, cost_nano, "
		"bound_nano, latency_ms, overhead_us) VALUES (?3, 1795838118412, " KEY
		", 'bench', 'bench', 'bench', 'bench', 'bench-0253ab82610c', 'cheap', 'ok', "
		"200, 1, 24, 0, 12, 500, 1000, 15, 900)",
	    [SUMS] = "INSERT INTO attempt_sum (made, hour, key_id, team_id, model_group, "
		     "deployment_id, provider, model, tier, direction, state, outcome, status, "
		     "attempts, failures, input_tokens, cached_tokens, output_tokens, cost_nano, "
		     "overrun_nano, latency_ms) VALUES (1, 498843, " KEY ", '', 'bench', "
		     "'bench-0253ab82610c', 'openai', 'bench', 'cheap', 'own', 'settled', 'ok', "
		     "200, 9, 0, 216, 0, 108, 4500, 0, 81)",
	    [SUMS + 1] = "INSERT INTO request_sum (hour, key_id, team_id, model_group, "
			 "answered_group, outcome, status, requests, fell_back, blocked_upward, "
			 "not_spent_nano, input_tokens, output_tokens, cost_nano, latency_ms, "
			 "cache_hits, cache_saved_nano, mistakes, limited) VALUES (498843, " KEY
			 ", '', 'bench', 'bench', 'ok', 200, 9, 0, 0, 0, 216, 108, 4500, 81, 0, "
			 "0, 0, 0)",
	    [SUMS + 2] =
		"INSERT INTO metric_time (what, model, le_us, observations, sum_us) VALUES "
		"('request', 'bench', 10000, 9, 81000) ON CONFLICT DO UPDATE SET "
		"observations = observations + excluded.observations, sum_us = sum_us + "
		"excluded.sum_us",
	    [SUMS + 3] =
		"INSERT INTO traffic (second, requests) VALUES (1795838118, 9) ON CONFLICT "
		"(second) DO UPDATE SET requests = requests + excluded.requests",
	},
};

struct change {
	struct change *next;
	sqlite3_int64 id;
	bool end; /* else a hold, which is waited for */
	sem_t done;
};

static struct {
	pthread_mutex_t mutex;
	pthread_cond_t work;
	struct change *first, **last;
	sqlite3 *db;
	const struct book *book;
	sqlite3_stmt *statements[STATEMENTS];
} writer = { .mutex = PTHREAD_MUTEX_INITIALIZER, .work = PTHREAD_COND_INITIALIZER };

static const char *url;
static int listen_fd, epoll_fd;

static void must(bool fine, const char *what)
{
	if (fine)
		return;
	fprintf(stderr, "least: %s: %s\n", what, strerror(errno));
	_exit(1);
}

/* ---- the thread that writes ---- */

static void run(int which, sqlite3_int64 amount, int window, const char *id)
{
	sqlite3_stmt *s = writer.statements[which];

	if (!s)
		return;
	if (sqlite3_bind_parameter_count(s) > 0)
		sqlite3_bind_int64(s, 1, amount);
	if (sqlite3_bind_parameter_count(s) > 1)
		sqlite3_bind_int(s, 2, window);
	if (sqlite3_bind_parameter_count(s) > 2)
		sqlite3_bind_text(s, 3, id, -1, SQLITE_STATIC);
	must(sqlite3_step(s) == SQLITE_DONE, writer.book->texts[which]);
	sqlite3_reset(s);
}

static void apply(const struct change *change)
{
	static const int hold[] = { HOLD, STATEMENTS },
			 end[] = { LET_GO, ATTEMPT, REQUEST, STATEMENTS };
	char id[32];

	snprintf(id, sizeof id, "01m8g4p2gb6bm%013lld", (long long)change->id);
	for (int window = 1; window <= 2; window++)
		run(change->end ? GIVE : TAKE, 1000, window, id);
	for (const int *at = change->end ? end : hold; *at < STATEMENTS; at++)
		run(*at, 0, 0, id);
}

static void write_batch(const struct change *batch)
{
	run(BEGIN, 0, 0, NULL);
	for (const struct change *c = batch; c; c = c->next)
		apply(c);
	for (int sum = SUMS; sum < STATEMENTS; sum++)
		run(sum, 0, 0, NULL);
	run(COMMIT, 0, 0, NULL);
}

static void *write_for_ever(void *ctx)
{
	for (;;) {
		struct change *batch, *next;

		pthread_mutex_lock(&writer.mutex);
		while (!writer.first)
			pthread_cond_wait(&writer.work, &writer.mutex);
		batch = writer.first;
		writer.first = NULL;
		writer.last = &writer.first;
		pthread_mutex_unlock(&writer.mutex);
		write_batch(batch);
		for (; batch; batch = next) {
			next = batch->next;
			if (batch->end)
				free(batch);
			else
				sem_post(&batch->done);
		}
	}
	return ctx;
}

static void put(struct change *change)
{
	change->next = NULL;
	pthread_mutex_lock(&writer.mutex);
	*writer.last = change;
	writer.last = &change->next;
	pthread_cond_signal(&writer.work);
	pthread_mutex_unlock(&writer.mutex);
}

static void hold(sqlite3_int64 id)
{
	struct change change = { .id = id };

	sem_init(&change.done, 0, 0);
	put(&change);
	while (sem_wait(&change.done) != 0)
		;
	sem_destroy(&change.done);
}

static void end(sqlite3_int64 id)
{
	struct change *change = calloc(1, sizeof *change);

	must(change != NULL, "memory");
	change->id = id;
	change->end = true;
	put(change);
}

/* ---- a request ---- */

struct answer {
	char bytes[ANSWER_MAX];
	size_t len;
};

static size_t on_write(char *bytes, size_t size, size_t count, void *ctx)
{
	struct answer *answer = ctx;
	size_t len = size * count;

	if (len > sizeof answer->bytes - answer->len)
		return 0;
	memcpy(answer->bytes + answer->len, bytes, len);
	answer->len += len;
	return len;
}

static void answer_one(FCGX_Request *fcgx, CURL *easy, struct answer *answer)
{
	static atomic_llong ids;
	const char *length = FCGX_GetParam("CONTENT_LENGTH", fcgx->envp);
	int size = length ? atoi(length) : 0, got = 0;
	char *body = malloc((size_t)size + 1);
	sqlite3_int64 id = ++ids;

	must(body != NULL, "memory");
	if (size > 0)
		got = FCGX_GetStr(body, size, fcgx->in);
	(void)FCGX_GetChar(
	    fcgx->in); /* the record that ends the body: the next request follows it */
	hold(id);
	curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE, (long)got);
	curl_easy_setopt(easy, CURLOPT_POSTFIELDS, body);
	answer->len = 0;
	if (curl_easy_perform(easy) == CURLE_OK)
		FCGX_FPrintF(fcgx->out,
		    "Status: 200 OK\r\nContent-Type: application/json\r\nContent-Length: "
		    "%d\r\n\r\n",
		    (int)answer->len);
	else
		FCGX_PutS("Status: 502 Bad Gateway\r\n\r\n", fcgx->out);
	FCGX_PutStr(answer->bytes, (int)answer->len, fcgx->out);
	end(id);
	free(body);
}

/* ---- threads ---- */

static void arm(int fd, int operation)
{
	struct epoll_event event = { .events = EPOLLIN | EPOLLRDHUP | EPOLLONESHOT, .data.fd = fd };

	if (epoll_ctl(epoll_fd, operation, fd, &event) != 0 && fd != listen_fd)
		close(fd);
}

static void serve_one(FCGX_Request *fcgx, int fd, bool kept, CURL *easy, struct answer *answer)
{
	fcgx->ipcFd = fd;
	fcgx->keepConnection = 1;
	if (FCGX_Accept_r(fcgx) < 0)
		return;
	answer_one(fcgx, easy, answer);
	FCGX_Finish_r(fcgx);
	if (fcgx->ipcFd >= 0)
		arm(fcgx->ipcFd, kept ? EPOLL_CTL_MOD : EPOLL_CTL_ADD);
}

static void *serve(void *ctx)
{
	struct curl_slist *headers = curl_slist_append(NULL, "Content-Type: application/json");
	struct answer *answer = malloc(sizeof *answer);
	CURL *easy = curl_easy_init();
	FCGX_Request fcgx;

	must(easy && answer, "memory");
	curl_easy_setopt(easy, CURLOPT_URL, url);
	curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_write);
	curl_easy_setopt(easy, CURLOPT_WRITEDATA, answer);
	FCGX_InitRequest(&fcgx, -1, 0);
	for (;;) {
		struct epoll_event event;
		bool kept;
		int fd;

		if (epoll_wait(epoll_fd, &event, 1, -1) != 1)
			continue;
		fd = event.data.fd;
		kept = fd != listen_fd;
		if (!kept) {
			fd = accept4(listen_fd, NULL, NULL, SOCK_CLOEXEC);
			arm(listen_fd, EPOLL_CTL_MOD);
		}
		if (fd >= 0)
			serve_one(&fcgx, fd, kept, easy, answer);
	}
	return ctx;
}

static void open_database(const char *path, const struct book *book)
{
	writer.book = book;
	writer.last = &writer.first;
	must(sqlite3_open(path, &writer.db) == SQLITE_OK, path);
	must(sqlite3_exec(writer.db, book->set_up, NULL, NULL, NULL) == SQLITE_OK, "set-up");
	for (int i = 0; i < STATEMENTS; i++)
		must(!book->texts[i] || sqlite3_prepare_v2(writer.db, book->texts[i], -1,
					    &writer.statements[i], NULL) == SQLITE_OK,
		    book->texts[i]);
}

int main(int argc, char **argv)
{
	pthread_attr_t attributes;
	pthread_t thread;

	if (argc != 5 && (argc != 6 || strcmp(argv[5], "record") != 0)) {
		fprintf(stderr, "usage: least SOCKET URL DATABASE THREADS [record]\n");
		return 2;
	}
	url = argv[2];
	sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
	curl_global_init(CURL_GLOBAL_DEFAULT);
	open_database(argv[3], argc == 6 ? &whole_book : &small_book);
	must(FCGX_Init() == 0 && (listen_fd = FCGX_OpenSocket(argv[1], 1024)) >= 0, argv[1]);
	must((epoll_fd = epoll_create1(EPOLL_CLOEXEC)) >= 0, "epoll");
	must(fcntl(listen_fd, F_SETFL, fcntl(listen_fd, F_GETFL) | O_NONBLOCK) == 0, "fcntl");
	arm(listen_fd, EPOLL_CTL_ADD);
	pthread_attr_init(&attributes);
	pthread_attr_setstacksize(&attributes, STACK);
	must(pthread_create(&thread, &attributes, write_for_ever, NULL) == 0, "thread");
	for (int i = 0; i < atoi(argv[4]); i++)
		must(pthread_create(&thread, &attributes, serve, NULL) == 0, "thread");
	pause();
	return 0;
}
