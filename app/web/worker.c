/*
 * Threads that serve FastCGI.  See the header.
 *
 * All idle threads wait in one epoll set that holds the listening socket and the connections that a
 * web server keeps open, each armed for one event.  Whoever wakes takes what is ready: accepts,
 * arms the listening socket again for the next thread, and serves the request itself.  So a kept
 * connection holds no thread, and nothing is handed from one thread to another.  The kernel wakes
 * the thread that waited last, so few threads stay warm. When the last waiting thread takes work
 * another one is made, up to max_threads and a few more: what comes while max_threads are busy is
 * refused by those at once (503 and Retry-After), which a client can act on, instead of waiting in
 * a queue without end.
 *
 * The calling thread keeps the clock: it ticks once a second, takes signals, and leads the drain.
 */
#include "web/worker.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "web/fastcgi.h"
#include "web/told.h"

#include "base/banned.h"

/* libcurl with TLS and SQLite need under 100 KiB together; sanitizers about three times as much. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define STACK_BYTES ((size_t)2 << 20)
#else
#define STACK_BYTES ((size_t)256 << 10)
#endif
#define NO_DESCRIPTORS_PAUSE_MS 50
#define SPARE_THREADS           4 /* that refuse while all others are busy */

#define CUT_GRACE_MS 2000 /* to settle and to write the record of what was cut */

/* A request that is being answered; it stands on its thread's stack. */
struct running {
	int fd;
	struct running *next, **link;
};

struct server {
	const struct worker_options *options;
	int epoll_fd, wake_fd;
	atomic_int waiting, threads, busy;
	atomic_int refused; /* since the last tick */
	atomic_bool stopping;
	pthread_mutex_t mutex; /* guards running */
	struct running *running;
};

static atomic_bool draining; /* of this process; readiness asks for it from everywhere */

bool worker_draining(void)
{
	return atomic_load(&draining);
}

/* ---- the epoll set ---- */

static int arm(const struct server *server, int fd, int operation)
{
	struct epoll_event event = { .events = EPOLLIN | EPOLLRDHUP | EPOLLONESHOT, .data.fd = fd };

	return epoll_ctl(server->epoll_fd, operation, fd, &event);
}

/* FCGI_WEB_SERVER_ADDRS: over TCP anybody could speak FastCGI and say who he is. */
static bool peer_is_allowed(const struct sockaddr_storage *peer)
{
	const char *allowed = getenv("FCGI_WEB_SERVER_ADDRS"), *at;
	char text[INET_ADDRSTRLEN];
	struct sockaddr_in in;
	size_t len;

	if (peer->ss_family != AF_INET || !allowed || !*allowed)
		return true;
	memcpy(&in, peer, sizeof in);
	if (!inet_ntop(AF_INET, &in.sin_addr, text, sizeof text))
		return false;
	len = strlen(text);
	for (at = allowed; at; at = strchr(at, ',') ? strchr(at, ',') + 1 : NULL)
		if (strncmp(at, text, len) == 0 && (at[len] == ',' || at[len] == '\0'))
			return true;
	return false;
}

/* A new connection, or -1 when another thread or process was faster. */
static int accept_one(const struct server *server)
{
	struct sockaddr_storage peer = { .ss_family = AF_UNSPEC };
	socklen_t size = sizeof peer;
	int fd = accept4(server->options->listen_fd, (struct sockaddr *)&peer, &size, SOCK_CLOEXEC),
	    why = errno;

	if (fd < 0 && (why == EMFILE || why == ENFILE || why == ENOMEM || why == ENOBUFS)) {
		log_event(
		    LOG_WARNING, "accept", "no connection can be accepted: %s", strerror(why));
		clock_sleep_ms(NO_DESCRIPTORS_PAUSE_MS);
	}
	if (!atomic_load(&server->stopping))
		(void)arm(server, server->options->listen_fd, EPOLL_CTL_MOD); /* it is in the set */
	if (fd >= 0 && !peer_is_allowed(&peer)) {
		log_event(LOG_WARNING, "accept",
		    "a connection from outside of FCGI_WEB_SERVER_ADDRS was closed");
		close(fd);
		return -1;
	}
	return fd;
}

/* ---- threads ---- */

static void *serve(void *ctx);

static void add_thread_if_last(struct server *server)
{
	pthread_attr_t attributes;
	pthread_t thread;

	if (atomic_load(&server->waiting) > 0 ||
	    atomic_load(&server->threads) >= server->options->max_threads + SPARE_THREADS)
		return;
	pthread_attr_init(&attributes);
	pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
	pthread_attr_setstacksize(&attributes, STACK_BYTES);
	atomic_fetch_add(&server->threads, 1);
	if (pthread_create(&thread, &attributes, serve, server) != 0) {
		atomic_fetch_sub(&server->threads, 1);
		if (atomic_load(&server->threads) == 0)
			log_event(LOG_ERROR, "worker", "no thread can be started");
	}
	pthread_attr_destroy(&attributes);
}

/* The descriptor of a request that is there; -1: the server stops. */
static int next_connection(struct server *server, bool *out_kept)
{
	struct epoll_event event;

	for (;;) {
		int ready, fd;

		atomic_fetch_add(&server->waiting, 1);
		ready = epoll_wait(server->epoll_fd, &event, 1, -1);
		atomic_fetch_sub(&server->waiting, 1);
		if (atomic_load(&server->stopping) &&
		    (ready <= 0 || event.data.fd == server->wake_fd))
			return -1;
		if (ready <= 0 || event.data.fd == server->wake_fd)
			continue;
		*out_kept = event.data.fd != server->options->listen_fd;
		if (*out_kept)
			return event.data.fd;
		atomic_fetch_add(&server->busy,
		    1); /* before it is accepted, so that a drain never overlooks it */
		add_thread_if_last(server);
		fd = accept_one(server);
		if (fd >= 0)
			return fd;
		atomic_fetch_sub(&server->busy, 1);
	}
}

static void enter(struct server *server, struct running *one)
{
	pthread_mutex_lock(&server->mutex);
	one->next = server->running;
	one->link = &server->running;
	if (one->next)
		one->next->link = &one->next;
	server->running = one;
	pthread_mutex_unlock(&server->mutex);
}

static void leave(struct server *server, const struct running *one)
{
	pthread_mutex_lock(&server->mutex);
	*one->link = one->next;
	if (one->next)
		one->next->link = one->link;
	pthread_mutex_unlock(&server->mutex);
}

static int answer(struct server *server, FCGX_Request *fcgx, int fd, struct arena *arena)
{
	struct running one = { .fd = fd };
	bool overloaded = atomic_load(&server->busy) > server->options->max_threads;

	if (overloaded)
		atomic_fetch_add(&server->refused, 1);
	enter(server, &one);
	fd = fastcgi_answer(server->options, fcgx, fd, overloaded, arena);
	leave(server, &one);
	return fd;
}

/*
 * A thread that wakes does not push the running one aside, which is most often the one that writes
 * and whom the others wait for (sched(7); 4 % of throughput on two busy processors).
 */
static void be_patient(void)
{
	const struct sched_param none = { 0 };

	(void)sched_setscheduler(0, SCHED_BATCH, &none); /* without it all works as well */
}

static void *serve(void *ctx)
{
	struct server *server = ctx;
	FCGX_Request fcgx;
	struct arena arena;
	bool kept;
	int fd;

	be_patient();
	arena_init(&arena);
	FCGX_InitRequest(&fcgx, -1, 0);
	while ((fd = next_connection(server, &kept)) >= 0) {
		if (kept) {
			atomic_fetch_add(&server->busy, 1);
			add_thread_if_last(server);
		}
		fd = answer(server, &fcgx, fd, &arena);
		arena_reset(&arena);
		if (fd >= 0 && arm(server, fd, kept ? EPOLL_CTL_MOD : EPOLL_CTL_ADD) != 0)
			close(fd);
		atomic_fetch_sub(&server->busy, 1);
	}
	FCGX_Free(&fcgx, 1);
	arena_release(&arena);
	atomic_fetch_sub(&server->threads, 1);
	return NULL;
}

/* ---- the calling thread ---- */

static void tell_refused(struct server *server)
{
	int count = atomic_exchange(&server->refused, 0);

	if (count > 0)
		log_event(LOG_WARNING, "overload",
		    "%d requests were refused with 503 in the last second, because "
		    "max_concurrency (%d) were running",
		    count, server->options->max_threads);
}

/* Whoever was to end with its parent does, when that has gone without a word. */
static bool is_orphan(const struct worker_options *options)
{
	if (!options->parent || getppid() == options->parent)
		return false;
	log_event(LOG_WARNING, "drain", "process %d, which started this one, has ended",
	    (int)options->parent);
	return true;
}

static void tick_until_stopped(struct server *server)
{
	const struct worker_options *options = server->options;
	enum told told;

	while ((told = told_wait(1000)) != TOLD_STOP && !is_orphan(options)) {
		tell_refused(server);
		if (told == TOLD_RELOAD && options->reload)
			options->reload(options->ctx);
		if (options->tick)
			options->tick(options->ctx);
	}
}

static void wait_until_idle(struct server *server, int64_t give_up_ms)
{
	while (atomic_load(&server->busy) > 0 && clock_mono_ms() < give_up_ms)
		clock_sleep_ms(5);
}

/*
 * What still runs is told that its client has gone: the upstream call ends, and what was streamed
 * is settled.  (A descriptor may have been closed a moment ago and serve another call by now; that
 * call is cut a little early.)
 */
static void cut_running(struct server *server)
{
	pthread_mutex_lock(&server->mutex);
	for (const struct running *one = server->running; one; one = one->next)
		(void)shutdown(one->fd, SHUT_RD); /* gone already: just as well */
	pthread_mutex_unlock(&server->mutex);
	wait_until_idle(server, clock_mono_ms() + CUT_GRACE_MS);
}

/* Nothing new is accepted; what runs may go on for drain_ms; then the threads are sent home. */
static void drain(struct server *server)
{
	int64_t give_up_ms = clock_mono_ms() + server->options->drain_ms;
	uint64_t one = 1;
	int left;

	atomic_store(&draining, true);
	atomic_store(&server->stopping, true);
	(void)epoll_ctl(
	    server->epoll_fd, EPOLL_CTL_DEL, server->options->listen_fd, NULL); /* gone is gone */
	log_event(LOG_INFO, "drain", "%d requests are running; they may go on for %lld ms",
	    atomic_load(&server->busy), (long long)server->options->drain_ms);
	wait_until_idle(server, give_up_ms);
	if (atomic_load(&server->busy) > 0)
		cut_running(server);
	if (write(server->wake_fd, &one, sizeof one) < 0)
		log_event(LOG_ERROR, "drain", "threads cannot be woken: %s", strerror(errno));
	for (int i = 0; i < 400 && atomic_load(&server->threads) > atomic_load(&server->busy); i++)
		clock_sleep_ms(5);
	left = atomic_load(&server->busy);
	if (left > 0)
		log_event(LOG_WARNING, "drain",
		    "%d requests did not end in time; their holds will be charged in full", left);
}

static int set_up(struct server *server, struct error *err)
{
	struct epoll_event wake = { .events = EPOLLIN };
	int flags = fcntl(server->options->listen_fd, F_GETFL);

	server->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	server->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	wake.data.fd = server->wake_fd;
	if (FCGX_Init() != 0 || server->epoll_fd < 0 || server->wake_fd < 0 ||
	    fcntl(server->options->listen_fd, F_SETFL, flags | O_NONBLOCK) != 0 ||
	    epoll_ctl(server->epoll_fd, EPOLL_CTL_ADD, server->wake_fd, &wake) != 0 ||
	    arm(server, server->options->listen_fd, EPOLL_CTL_ADD) != 0)
		return error_set(err, ERROR_INTERNAL, "cannot serve: %s", strerror(errno));
	return 0;
}

int worker_serve(const struct worker_options *options, struct error *err)
{
	struct server server = { .options = options, .mutex = PTHREAD_MUTEX_INITIALIZER };

	told_hold();
	if (set_up(&server, err) != 0)
		return -1;
	add_thread_if_last(&server);
	if (atomic_load(&server.threads) == 0)
		return error_set(err, ERROR_INTERNAL, "cannot serve: no thread can be started");
	tick_until_stopped(&server);
	drain(&server);
	if (atomic_load(&server.busy) > 0)
		_exit(1); /* threads still use what the caller would now give back */
	close(server.epoll_fd);
	close(server.wake_fd);
	return 0;
}
