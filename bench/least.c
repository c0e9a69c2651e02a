/*
 * The least that a gateway of this design does: FastCGI in by libfcgi, one call out by libcurl, two
 * durable transactions through SQLite.  No keys, no JSON, no prices, no fallbacks, no limits, no
 * time limits.  bench/run measures Sideways beside it, so that what the design costs and what
 * Sideways adds can be told apart.
 *
 *	least SOCKET URL DATABASE THREADS           DATABASE is made
 *
 * As in Sideways all threads wait in one epoll set for connections that the web server keeps, and
 * one thread writes what waits in one transaction (synchronous=FULL).  A hold is two windows and a
 * row, and is waited for; its end is two windows, the row's deletion and a row in a log of fifteen
 * columns, and is not.
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

static const char set_up[] =
    "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 2000; "
    "PRAGMA cache_size = -512;"
    "CREATE TABLE window (id INTEGER PRIMARY KEY, most INTEGER, held INTEGER, spent INTEGER);"
    "INSERT INTO window VALUES (1, 1000000000000000, 0, 0), (2, 1000000000000000, 0, 0);"
    "CREATE TABLE hold (id TEXT PRIMARY KEY, bound INTEGER, started INTEGER, owner TEXT) "
    "WITHOUT ROWID;"
    "CREATE TABLE log (id TEXT PRIMARY KEY, key TEXT, model TEXT, deployment TEXT, tier TEXT, "
    "outcome TEXT, status INTEGER, input INTEGER, output INTEGER, cost INTEGER, bound INTEGER, "
    "latency INTEGER, first INTEGER, overhead INTEGER, error TEXT) WITHOUT ROWID;";

/* ?1 is an amount, ?2 a window, ?3 an id. */
enum { BEGIN, COMMIT, TAKE, HOLD, GIVE, LET_GO, REQUEST, STATEMENTS };
static const char *const texts[STATEMENTS] = {
	[BEGIN] = "BEGIN IMMEDIATE",
	[COMMIT] = "COMMIT",
	[TAKE] = "UPDATE window SET held = held + ?1 WHERE id = ?2 AND spent + held + ?1 <= most",
	[HOLD] = "INSERT INTO hold VALUES (?3, 1000, 0, 'bench:1')",
	[GIVE] = "UPDATE window SET held = held - ?1, spent = spent + 500 WHERE id = ?2",
	[LET_GO] = "DELETE FROM hold WHERE id = ?3",
	[REQUEST] = "INSERT INTO log VALUES (?3, 'key-0123456789abcdef', 'bench', "
		    "'dep-0123456789', 'cheap', 'ok', 200, 24, 12, 500, 1000, 10, 10, 900, NULL)",
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

	if (sqlite3_bind_parameter_count(s) > 0)
		sqlite3_bind_int64(s, 1, amount);
	if (sqlite3_bind_parameter_count(s) > 1)
		sqlite3_bind_int(s, 2, window);
	if (sqlite3_bind_parameter_count(s) > 2)
		sqlite3_bind_text(s, 3, id, -1, SQLITE_STATIC);
	must(sqlite3_step(s) == SQLITE_DONE, texts[which]);
	sqlite3_reset(s);
}

static void apply(const struct change *change)
{
	char id[32];

	snprintf(id, sizeof id, "01m8g4p2gb6bm%013lld", (long long)change->id);
	for (int window = 1; window <= 2; window++)
		run(change->end ? GIVE : TAKE, 1000, window, id);
	run(change->end ? LET_GO : HOLD, 0, 0, id);
	if (change->end)
		run(REQUEST, 0, 0, id);
}

static void write_batch(const struct change *batch)
{
	run(BEGIN, 0, 0, NULL);
	for (const struct change *c = batch; c; c = c->next)
		apply(c);
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

static void open_database(const char *path)
{
	writer.last = &writer.first;
	must(sqlite3_open(path, &writer.db) == SQLITE_OK, path);
	must(sqlite3_exec(writer.db, set_up, NULL, NULL, NULL) == SQLITE_OK, "set-up");
	for (int i = 0; i < STATEMENTS; i++)
		must(sqlite3_prepare_v2(writer.db, texts[i], -1, &writer.statements[i], NULL) ==
			 SQLITE_OK,
		    texts[i]);
}

int main(int argc, char **argv)
{
	pthread_attr_t attributes;
	pthread_t thread;

	if (argc != 5) {
		fprintf(stderr, "usage: least SOCKET URL DATABASE THREADS\n");
		return 2;
	}
	url = argv[2];
	sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
	curl_global_init(CURL_GLOBAL_DEFAULT);
	open_database(argv[3]);
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
