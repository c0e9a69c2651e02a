/*
 * Threads that serve FastCGI.  See the header.
 *
 * All idle threads wait in one epoll set that holds the listening socket and every connection that
 * is waited for (web/lobby.h), each armed for one event.  Whoever wakes takes what is ready:
 * accepts, arms the listening socket again for the next thread, reads what has come.  A request
 * that is whole is answered by the thread that read its last byte, so nothing is handed from one
 * thread to another; one that is not waits without a thread (web/collect.h), as an answer does
 * whose reader is slow. The kernel wakes the thread that waited last, so few threads stay warm.
 * When the last waiting thread begins an answer another one is made, up to max_threads and a few
 * more: what comes while max_threads are busy is refused by those at once (503 and Retry-After),
 * which a client can act on, instead of waiting in a queue without end.
 *
 * The calling thread keeps the clock: it ticks once a second, takes signals, and leads the drain.
 */
#include "web/worker.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/log.h"
#include "web/accept.h"
#include "web/collect.h"
#include "web/exchange.h"
#include "web/lobby.h"
#include "web/told.h"

#include "base/banned.h"

/* libcurl with TLS and SQLite need under 100 KiB together; sanitizers about three times as much. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define STACK_BYTES ((size_t)2 << 20)
#else
#define STACK_BYTES ((size_t)256 << 10)
#endif
#define NO_DESCRIPTORS_PAUSE_MS 50
#define SPARE_THREADS           4                  /* that refuse while all others are busy */
#define READ_BYTES              ((size_t)64 << 10) /* a record has no more */

#define LOOK_MS        250   /* between two looks for connections whose time is over */
#define LINGER_MS      2000  /* for the rest of a body that nobody wants */
#define LEAVE_MS       60000 /* for an answer's last megabyte, and a second for each 10 KB of it */
#define LEAVE_BYTES_MS 10
#define DRAIN_PART_MS  5000 /* a drain waits so long for requests that are on their way */
#define CUT_GRACE_MS   2000 /* to settle and to write the record of what was cut */

/* What an event is of; those of connections are above (web/lobby.c). */
enum { EVENT_WAKE, EVENT_LISTEN, EVENT_TIMER };

struct server {
	const struct worker_options *options;
	struct lobby lobby;
	int wake_fd, timer_fd;
	atomic_int waiting, threads, busy;
	atomic_int arriving;        /* being accepted: in the lobby in a moment */
	atomic_int refused, spared; /* since the last tick */
	atomic_bool stopping, looking;
};

/* What a thread works with. */
struct hands {
	struct server *server;
	struct arena arena; /* of one request */
	char *room;         /* READ_BYTES for what comes; NULL while a request is answered */
};

static atomic_bool draining; /* of this process; readiness asks for it from everywhere */

static atomic_llong drain_until_ms; /* monotonic */

bool worker_draining(void)
{
	return atomic_load(&draining);
}

int64_t worker_drain_left_ms(void)
{
	int64_t left = atomic_load(&drain_until_ms) - clock_mono_ms();

	return worker_draining() && left > 0 ? left : 0;
}

/* ---- the epoll set ---- */

static int watch(const struct server *server, int fd, uint64_t what, uint32_t how, int operation)
{
	struct epoll_event event = { .events = EPOLLIN | how, .data.u64 = what };

	return epoll_ctl(server->lobby.epoll_fd, operation, fd, &event);
}

/* Somebody looks at those that wait in a while, unless somebody does already. */
static void look_later(struct server *server)
{
	const struct itimerspec later = { .it_value = { .tv_nsec = LOOK_MS * 1000000L } };

	if (atomic_exchange(&server->looking, true))
		return;
	(void)timerfd_settime(server->timer_fd, 0, &later, NULL); /* fails for no valid time */
	(void)watch(server, server->timer_fd, EVENT_TIMER, EPOLLONESHOT, EPOLL_CTL_MOD);
}

static void park(struct server *server, struct web_connection *connection,
    enum web_connection_at at, int64_t due_ms)
{
	lobby_park(&server->lobby, connection, at, due_ms);
	if (due_ms)
		look_later(server);
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

/* ---- a request ---- */

/* After an answer, or a part of it, has been sent. */
static void part_with(struct server *server, struct web_connection *connection,
    enum web_connection_left left, int64_t due_ms)
{
	int64_t now_ms = clock_mono_ms(),
		unsent_ms = (int64_t)web_connection_unsent(connection) / LEAVE_BYTES_MS;

	if (left == LEFT_KEPT)
		park(server, connection, AT_IDLE, 0);
	else if (left == LEFT_LINGERING)
		park(server, connection, AT_LINGERING, due_ms ? due_ms : now_ms + LINGER_MS);
	else if (left == LEFT_LEAVING && lobby_count(&server->lobby, connection))
		park(server, connection, AT_LEAVING,
		    due_ms ? due_ms : now_ms + LEAVE_MS + unsent_ms);
	else
		lobby_close(&server->lobby, connection);
}

/* A stream may take hours, so its thread holds no room meanwhile. */
static char *reading_room(struct hands *hands)
{
	if (!hands->room)
		hands->room = alloc_grow(NULL, READ_BYTES, 1);
	return hands->room;
}

static void worker_answer(struct hands *hands, struct web_connection *connection)
{
	struct server *server = hands->server;
	struct web_request request = { .arena = &hands->arena,
		.client_fd = connection->fd,
		.started_us = connection->began_us };
	const struct reply_channel channel = web_connection_channel(connection);
	const struct error *refused;
	struct error room = { 0 };
	bool overloaded = atomic_fetch_add(&server->busy, 1) >= server->options->max_threads;

	free(hands->room);
	hands->room = NULL;
	atomic_store(&connection->at, AT_ANSWERING);
	add_thread_if_last(server);
	if (collect_request(connection, &request, &room, &refused) != 0) {
		lobby_close(&server->lobby, connection);
	} else {
		if (!refused && overloaded) {
			atomic_fetch_add(&server->refused, 1);
			(void)error_set(&room, ERROR_OVERLOADED,
			    "this gateway is answering as many requests as it may at a time; try "
			    "again in a moment");
			refused = &room;
		}
		web_exchange_run(server->options, &request, refused, &channel);
		part_with(server, connection, web_connection_finish(connection), 0);
	}
	arena_reset(&hands->arena);
	atomic_fetch_sub(&server->busy, 1);
}

/* A part of a request is there. */
static void worker_collect(struct hands *hands, struct web_connection *connection)
{
	struct server *server = hands->server;

	if (collect_is_large(connection)) {
		collect_judge(connection, server->options, &hands->arena);
		arena_reset(&hands->arena);
	}
	if (!lobby_count(&server->lobby, connection)) {
		collect_refuse(connection, ERROR_OVERLOADED,
		    "too much is on its way to this gateway, from this address or from all; try "
		    "again in a moment");
		(void)lobby_count(&server->lobby, connection); /* less now */
	}
	park(server, connection, AT_COLLECTING, collect_due_ms(connection));
}

static void read_on(struct hands *hands, struct web_connection *connection)
{
	struct server *server = hands->server;

	switch (web_connection_read(connection, server->options, reading_room(hands), READ_BYTES)) {
	case CAME_REQUEST:
		worker_answer(hands, connection);
		break;
	case CAME_PART:
		worker_collect(hands, connection);
		break;
	case CAME_END: /* before a whole request: nobody waits for an answer */
		lobby_close(&server->lobby, connection);
		break;
	}
}

/* Something happened on it. */
static void go_on(struct hands *hands, struct web_connection *connection)
{
	struct server *server = hands->server;
	int64_t due_ms = connection->due_ms;

	switch (atomic_load(&connection->at)) {
	case AT_LEAVING:
		part_with(server, connection, web_connection_send_on(connection), due_ms);
		break;
	case AT_LINGERING:
		part_with(server, connection,
		    web_connection_read_over(connection, reading_room(hands), READ_BYTES), due_ms);
		break;
	default:
		read_on(hands, connection);
	}
}

/* It is time for something although nothing happened. */
static void attend(struct hands *hands, struct web_connection *connection)
{
	struct server *server = hands->server;

	if (atomic_load(&connection->at) != AT_COLLECTING ||
	    connection->reader.stage < FASTCGI_BODY) {
		lobby_close(&server->lobby, connection);
	} else if (!connection->judged) {
		collect_judge(connection, server->options, &hands->arena);
		arena_reset(&hands->arena);
		worker_collect(hands, connection);
	} else {
		worker_answer(hands, connection);
	}
}

static void worker_look(struct hands *hands)
{
	struct server *server = hands->server;
	struct web_connection *due, *next;

	atomic_store(&server->looking, false);
	for (due = lobby_claim_due(&server->lobby, clock_mono_ms()); due; due = next) {
		next = due->next;
		due->next = NULL;
		attend(hands, due);
	}
	if (lobby_has_due(&server->lobby))
		look_later(server);
}

/* ---- connections ---- */

/* There is no descriptor for a connection that waits: one that can be spared is given up. */
static bool spare_one(struct server *server)
{
	struct web_connection *spare = lobby_claim_spare(&server->lobby);

	if (!spare)
		return false;
	atomic_fetch_add(&server->spared, 1);
	lobby_close(&server->lobby, spare);
	return true;
}

static void worker_make_room(struct hands *hands)
{
	if (!spare_one(hands->server)) {
		log_event(LOG_WARNING, "accept",
		    "no connection can be accepted: descriptors or memory are used up");
		clock_sleep_ms(NO_DESCRIPTORS_PAUSE_MS);
	}
}

static void welcome(struct hands *hands)
{
	struct server *server = hands->server;
	bool exhausted;
	int fd;

	atomic_fetch_add(&server->arriving, 1); /* before, so that a drain never overlooks it */
	fd = accept_connection(server->options->listen_fd, &exhausted);
	if (exhausted)
		worker_make_room(hands);
	if (!atomic_load(&server->stopping)) /* it is in the set */
		(void)watch(
		    server, server->options->listen_fd, EVENT_LISTEN, EPOLLONESHOT, EPOLL_CTL_MOD);
	if (fd >= 0) {
		struct web_connection *connection = web_connection_new(fd);

		lobby_enter(&server->lobby, connection);
		if (lobby_is_crowded(&server->lobby)) /* the rest is for providers and files */
			(void)spare_one(server);      /* or all are being answered */
		atomic_fetch_sub(&server->arriving, 1);
		read_on(hands, connection);
	} else {
		atomic_fetch_sub(&server->arriving, 1);
	}
}

/* ---- the loop ---- */

/* What happened; EVENT_WAKE: the server stops. */
static uint64_t next_event(struct server *server)
{
	struct epoll_event event;

	for (;;) {
		int ready;

		atomic_fetch_add(&server->waiting, 1);
		ready = epoll_wait(server->lobby.epoll_fd, &event, 1, -1);
		atomic_fetch_sub(&server->waiting, 1);
		if (ready > 0 && event.data.u64 != EVENT_WAKE)
			return event.data.u64;
		if (atomic_load(&server->stopping))
			return EVENT_WAKE;
	}
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
	struct hands hands = { .server = ctx };
	struct server *server = ctx;
	uint64_t event;

	be_patient();
	arena_init(&hands.arena);
	while ((event = next_event(server)) != EVENT_WAKE) {
		struct web_connection *connection;

		if (event == EVENT_LISTEN)
			welcome(&hands);
		else if (event == EVENT_TIMER)
			worker_look(&hands);
		else if ((connection = lobby_claim(&server->lobby, event)))
			go_on(&hands, connection);
	}
	free(hands.room);
	arena_release(&hands.arena);
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
	count = atomic_exchange(&server->spared, 0);
	if (count > 0)
		log_event(LOG_WARNING, "accept",
		    "%d connections that waited were closed in the last second, because "
		    "descriptors "
		    "or memory are used up",
		    count);
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

/* Requests that run, are on their way, or whose answer is leaving. */
static int in_the_house(struct server *server, bool with_parts)
{
	int number = atomic_load(&server->arriving) + atomic_load(&server->busy) +
		     lobby_number(&server->lobby, AT_LEAVING);

	return number + (with_parts ? lobby_number(&server->lobby, AT_COLLECTING) : 0);
}

static void wait_until_idle(struct server *server, int64_t parts_until_ms, int64_t give_up_ms)
{
	int64_t now_ms;

	while ((now_ms = clock_mono_ms()) < give_up_ms &&
	       in_the_house(server, now_ms < parts_until_ms) > 0)
		clock_sleep_ms(5);
}

/* What still runs is told that its client has gone: the upstream call ends, and what was streamed
 * is settled. */
static void cut_running(struct server *server)
{
	lobby_cut(&server->lobby);
	wait_until_idle(server, 0, clock_mono_ms() + CUT_GRACE_MS);
}

/* Nothing new is accepted; what runs may go on for drain_ms; then the threads are sent home. */
static void drain(struct server *server)
{
	int64_t begun_ms = clock_mono_ms();
	uint64_t one = 1;
	int left;

	atomic_store(&drain_until_ms, begun_ms + server->options->drain_ms);
	atomic_store(&draining, true);
	atomic_store(&server->stopping, true);
	(void)epoll_ctl(server->lobby.epoll_fd, EPOLL_CTL_DEL, server->options->listen_fd,
	    NULL); /* gone is gone */
	log_event(LOG_INFO, "drain", "%d requests are running; they may go on for %lld ms",
	    atomic_load(&server->busy), (long long)server->options->drain_ms);
	wait_until_idle(server, begun_ms + DRAIN_PART_MS, begun_ms + server->options->drain_ms);
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
	const int listen_fd = server->options->listen_fd;
	int flags = fcntl(listen_fd, F_GETFL);

	if (lobby_init(&server->lobby, err) != 0)
		return -1;
	server->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	server->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	if (server->wake_fd < 0 || server->timer_fd < 0 ||
	    fcntl(listen_fd, F_SETFL, flags | O_NONBLOCK) != 0 ||
	    watch(server, server->wake_fd, EVENT_WAKE, 0, EPOLL_CTL_ADD) != 0 ||
	    watch(server, server->timer_fd, EVENT_TIMER, EPOLLONESHOT, EPOLL_CTL_ADD) != 0 ||
	    watch(server, listen_fd, EVENT_LISTEN, EPOLLONESHOT, EPOLL_CTL_ADD) != 0)
		return error_set(err, ERROR_INTERNAL, "cannot serve: %s", strerror(errno));
	return 0;
}

int worker_serve(const struct worker_options *options, struct error *err)
{
	struct server server = { .options = options };

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
	lobby_release(&server.lobby);
	close(server.wake_fd);
	close(server.timer_fd);
	return 0;
}
