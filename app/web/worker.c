/*
 * Fibers that serve FastCGI.  See the header.
 *
 * There is a carrier for each processor (base/fiber.h).  All wait on the listening socket; who
 * wakes accepts, and gives the connection to the carrier that has the fewest, itself if it has not
 * many more.  There it stays.  Something that happens on it starts a fiber, which does all that
 * can be done: it reads what has come, answers the request that is whole, parks the connection in
 * the lobby (web/lobby.h) and ends.  A request that is not whole waits without a fiber
 * (web/collect.h), as an answer does whose reader is slow.  What comes while max_requests are
 * being answered is refused at once (503 and Retry-After), which a client can act on, instead of
 * waiting in a queue without end.
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
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/fiber.h"
#include "base/log.h"
#include "web/accept.h"
#include "web/collect.h"
#include "web/exchange.h"
#include "web/lobby.h"
#include "web/told.h"

#include "base/banned.h"

/* libcurl with TLS runs here, not on the fibers' stacks; sanitizers take several times as much. */
#define CARRIER_STACK_BYTES     ((size_t)2 << 20)
#define CARRIERS_MAX            16
#define WELCOME_PART            16 /* for so many that are here, one more is taken at once */
#define STEP_ASIDE              4  /* so many more connections than another one */
#define NO_DESCRIPTORS_PAUSE_MS 50
#define READ_BYTES              ((size_t)64 << 10) /* a record has no more */

#define LOOK_MS        250   /* between two looks for connections whose time is over */
#define LINGER_MS      2000  /* for the rest of a body that nobody wants */
#define LEAVE_MS       60000 /* for an answer's last megabyte, and a second for each 10 KB of it */
#define LEAVE_BYTES_MS 10
#define DRAIN_PART_MS  5000  /* a drain waits so long for requests that are on their way */
#define CUT_GRACE_MS   2000  /* to settle and to write the record of what was cut */
#define HOME_MS        10000 /* for carriers to end when nobody is answered any more */

#define EVENT_LISTEN 1 /* those of connections are above (web/lobby.h) */

/* One carrier, its thread, and what its fibers have in common. */
struct hands {
	struct web_home home;
	struct server *server;
	pthread_t thread;
	bool listens;
	char room[READ_BYTES]; /* for what comes, while it is read */
};

struct server {
	const struct worker_options *options;
	struct lobby lobby;
	struct hands *hands[CARRIERS_MAX];
	atomic_int hand_count; /* the first ones serve while the others are made */
	atomic_int running;    /* carriers */
	atomic_int busy;
	atomic_int arriving;        /* being accepted: in the lobby in a moment */
	atomic_int refused, spared; /* since the last tick */
	atomic_bool stopping;
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

static struct hands *hands_of(const struct web_connection *connection)
{
	return (struct hands *)connection->home; /* its first member */
}

/* Somebody looks at those that wait in a while. */
static void look_later(struct hands *hands, int64_t after_ms)
{
	int64_t at_us = clock_mono_us() + after_ms * 1000;

	if (!hands->home.part.due_us || hands->home.part.due_us > at_us)
		hands->home.part.due_us = at_us;
}

static void park(struct hands *hands, struct web_connection *connection, enum web_connection_at at,
    int64_t due_ms)
{
	lobby_park(&hands->server->lobby, connection, at, due_ms);
	if (due_ms)
		look_later(hands, LOOK_MS);
}

/* ---- a request ---- */

static const char too_much[] = "too much is on its way to this gateway, from this address or from "
			       "all; try again in a moment";

/* After an answer, or a part of it, has been sent. */
static void part_with(struct hands *hands, struct web_connection *connection,
    enum web_connection_left left, int64_t due_ms)
{
	struct server *server = hands->server;
	int64_t now_ms = clock_mono_ms(),
		unsent_ms = (int64_t)web_connection_unsent(connection) / LEAVE_BYTES_MS;

	if (left == LEFT_KEPT)
		park(hands, connection, AT_IDLE, 0);
	else if (left == LEFT_LINGERING)
		park(hands, connection, AT_LINGERING, due_ms ? due_ms : now_ms + LINGER_MS);
	else if (left == LEFT_LEAVING && lobby_count(&server->lobby, connection, true))
		park(
		    hands, connection, AT_LEAVING, due_ms ? due_ms : now_ms + LEAVE_MS + unsent_ms);
	else
		lobby_close(&server->lobby, connection);
}

static void worker_answer(struct hands *hands, struct web_connection *connection)
{
	struct server *server = hands->server;
	AUTO_ARENA struct arena arena = { 0 };
	struct web_request request = {
		.arena = &arena, .client_fd = connection->fd, .started_us = connection->began_us
	};
	const struct reply_channel channel = web_connection_channel(connection);
	const struct error *refused;
	struct error room = { 0 };
	bool overloaded = atomic_fetch_add(&server->busy, 1) >= server->options->max_requests;

	atomic_store(&connection->at, AT_ANSWERING);
	if (collect_request(connection, &request, &room, &refused) != 0) {
		lobby_close(&server->lobby, connection);
	} else {
		if (!refused && overloaded) {
			atomic_fetch_add(&server->refused, 1);
			(void)error_set(&room, ERROR_OVERLOADED,
			    "this gateway is answering as many requests as it may at a time; try "
			    "again in a moment");
			refused = &room;
		} else if (!lobby_count(&server->lobby, connection, false) && !refused) {
			(void)error_set(&room, ERROR_OVERLOADED, "%s", too_much);
			refused = &room;
		}
		web_exchange_run(server->options, &request, refused, &channel);
		part_with(hands, connection, web_connection_finish(connection), 0);
	}
	atomic_fetch_sub(&server->busy, 1);
}

static void worker_judge(struct hands *hands, struct web_connection *connection)
{
	AUTO_ARENA struct arena arena = { 0 };

	collect_judge(connection, hands->server->options, &arena);
}

/* A part of a request is there. */
static void worker_collect(struct hands *hands, struct web_connection *connection)
{
	struct server *server = hands->server;

	if (collect_is_large(connection))
		worker_judge(hands, connection);
	if (!lobby_count(&server->lobby, connection, true)) {
		collect_refuse(connection, ERROR_OVERLOADED, too_much);
		(void)lobby_count(&server->lobby, connection, true); /* less now */
	}
	park(hands, connection, AT_COLLECTING, collect_due_ms(connection));
}

static void read_on(struct hands *hands, struct web_connection *connection)
{
	struct server *server = hands->server;

	switch (web_connection_read(connection, server->options, hands->room, READ_BYTES)) {
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
static void go_on(void *ctx)
{
	struct web_connection *connection = ctx;
	struct hands *hands = hands_of(connection);
	int64_t due_ms = connection->due_ms;

	switch (atomic_load(&connection->at)) {
	case AT_LEAVING:
		part_with(hands, connection, web_connection_send_on(connection), due_ms);
		break;
	case AT_LINGERING:
		part_with(hands, connection,
		    web_connection_read_over(connection, hands->room, READ_BYTES), due_ms);
		break;
	default:
		read_on(hands, connection);
	}
}

/* It is time for something although nothing happened. */
static void attend(void *ctx)
{
	struct web_connection *connection = ctx;
	struct hands *hands = hands_of(connection);

	if (atomic_load(&connection->at) != AT_COLLECTING ||
	    connection->reader.stage < FASTCGI_BODY) {
		lobby_close(&hands->server->lobby, connection);
	} else if (!connection->judged) {
		worker_judge(hands, connection);
		worker_collect(hands, connection);
	} else {
		worker_answer(hands, connection);
	}
}

static void worker_look(struct hands *hands)
{
	struct server *server = hands->server;
	struct web_connection *due, *next;

	for (due = lobby_claim_due(&server->lobby, &hands->home, clock_mono_ms()); due;
	     due = next) {
		next = due->next;
		due->next = NULL;
		fiber_start(hands->home.part.carrier, attend, due);
	}
	if (lobby_has_due(&server->lobby, &hands->home))
		look_later(hands, LOOK_MS);
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

/* Waits for connections, or pauses. */
static void listen_on(struct hands *hands, bool listens)
{
	const struct server *server = hands->server;

	listens = listens && !atomic_load(&server->stopping);
	if (hands->listens == listens)
		return;
	hands->listens = listens;
	if (!listens)
		carrier_unwatch(&hands->home.part, server->options->listen_fd);
	else if (carrier_watch(&hands->home.part, server->options->listen_fd,
		     EPOLLIN | EPOLLEXCLUSIVE, EVENT_LISTEN) != 0)
		log_event(LOG_ERROR, "accept", "cannot wait for connections: %s", strerror(errno));
}

static void worker_make_room(struct hands *hands)
{
	if (spare_one(hands->server))
		return;
	log_event(LOG_WARNING, "accept",
	    "no connection can be accepted: descriptors or memory are used up");
	listen_on(hands, false);
	look_later(hands, NO_DESCRIPTORS_PAUSE_MS);
}

/* Who has the fewest connections, and oneself when it is about the same. */
static struct hands *home_for_one(struct hands *self)
{
	struct server *server = self->server;
	int own = atomic_load(&self->home.connections), least = own - STEP_ASIDE;
	struct hands *home = self;

	for (int i = atomic_load(&server->hand_count); i-- > 0;) {
		int others = atomic_load(&server->hands[i]->home.connections);

		if (others < least) {
			least = others;
			home = server->hands[i];
		}
	}
	return home;
}

/* False: nobody waits any more. */
static bool welcome_one(struct hands *hands)
{
	struct server *server = hands->server;
	bool exhausted;
	int fd;

	atomic_fetch_add(&server->arriving, 1); /* before, so that a drain never overlooks it */
	fd = accept_connection(server->options->listen_fd, &exhausted);
	if (exhausted)
		worker_make_room(hands);
	if (fd >= 0) {
		struct hands *home = home_for_one(hands);
		struct web_connection *connection = web_connection_new(fd, &home->home);

		lobby_enter(&server->lobby, connection);
		if (lobby_is_crowded(&server->lobby)) /* the rest is for providers and files */
			(void)spare_one(server);      /* or all are being answered */
		fiber_start(home->home.part.carrier, go_on, connection);
	}
	atomic_fetch_sub(&server->arriving, 1);
	return fd >= 0;
}

/* One at a time, so that other processes have their part; where there are many already, several,
 * because web servers give up when the queue is full. */
static void welcome(struct hands *hands)
{
	int most = 1 + atomic_load(&hands->home.connections) / WELCOME_PART;

	while (most-- > 0 && welcome_one(hands))
		;
}

/* ---- a carrier ---- */

static void worker_event(struct carrier_part *part, uint64_t what, uint32_t events)
{
	struct hands *hands = (struct hands *)part; /* its first member */
	struct web_connection *connection;

	if (what == EVENT_LISTEN)
		welcome(hands);
	else if ((connection = lobby_claim(&hands->server->lobby, what)))
		fiber_start(part->carrier, go_on, connection);
}

static void worker_due(struct carrier_part *part)
{
	struct hands *hands = (struct hands *)part;

	listen_on(hands, true);
	worker_look(hands);
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
	struct hands *hands = ctx;

	be_patient();
	listen_on(hands, true);
	carrier_run(hands->home.part.carrier);
	atomic_fetch_sub(&hands->server->running, 1);
	return NULL;
}

static void free_hands(struct hands *hands)
{
	carrier_free(hands->home.part.carrier);
	free(hands);
}

static bool add_hands(struct server *server)
{
	struct hands *hands = alloc_zero(1, sizeof *hands);
	struct carrier *carrier = carrier_new();
	pthread_attr_t attributes;
	bool started;

	hands->server = server;
	hands->home.part.event = worker_event;
	hands->home.part.due = worker_due;
	if (!carrier) {
		free(hands);
		return false;
	}
	carrier_add(carrier, &hands->home.part);
	server->hands[server->hand_count] = hands;
	atomic_fetch_add(&server->running, 1);
	pthread_attr_init(&attributes);
	pthread_attr_setstacksize(&attributes, CARRIER_STACK_BYTES);
	started = pthread_create(&hands->thread, &attributes, serve, hands) == 0;
	pthread_attr_destroy(&attributes);
	if (started) {
		atomic_fetch_add(&server->hand_count, 1);
		return true;
	}
	atomic_fetch_sub(&server->running, 1);
	free_hands(hands);
	return false;
}

int worker_carriers(int processors, int processes)
{
	int least = processes > 1 ? 1 : 2, share = processors;

	if (processes > 1)
		share = (processors + processes - 1) / processes;
	return share < least ? least : share > CARRIERS_MAX ? CARRIERS_MAX : share;
}

static int processors_of_this_process(void)
{
	cpu_set_t processors;

	return sched_getaffinity(0, sizeof processors, &processors) == 0 ? CPU_COUNT(&processors)
									 : 2;
}

/* ---- the calling thread ---- */

static void tell_refused(struct server *server)
{
	int count = atomic_exchange(&server->refused, 0);

	if (count > 0)
		log_event(LOG_WARNING, "overload",
		    "%d requests were refused with 503 in the last second, because %d were "
		    "running, the most that max_concurrency and the limit of descriptors allow",
		    count, server->options->max_requests);
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

/* Nothing new is accepted; what runs may go on for drain_ms; then it is cut. */
static void drain(struct server *server)
{
	const struct worker_options *options = server->options;
	int64_t begun_ms = clock_mono_ms();
	int left;

	atomic_store(&drain_until_ms, begun_ms + options->drain_ms);
	atomic_store(&draining, true);
	atomic_store(&server->stopping, true);
	for (int i = 0; i < server->hand_count; i++)
		carrier_unwatch(&server->hands[i]->home.part, options->listen_fd);
	log_event(LOG_INFO, "drain", "%d requests are running; they may go on for %lld ms",
	    atomic_load(&server->busy), (long long)options->drain_ms);
	wait_until_idle(server, begun_ms + DRAIN_PART_MS, begun_ms + options->drain_ms);
	if (atomic_load(&server->busy) > 0)
		cut_running(server);
	left = atomic_load(&server->busy);
	if (left > 0)
		log_event(LOG_WARNING, "drain",
		    "%d requests did not end in time; their holds will be charged in full", left);
	else if (options->ending)
		options->ending(options->ctx);
}

/* False: some do not end. */
static bool send_home(struct server *server)
{
	int64_t until_ms = clock_mono_ms() + HOME_MS;

	for (int i = 0; i < server->hand_count; i++)
		carrier_stop(server->hands[i]->home.part.carrier);
	while (atomic_load(&server->running) > 0 && clock_mono_ms() < until_ms)
		clock_sleep_ms(1);
	if (atomic_load(&server->running) > 0)
		return false;
	for (int i = 0; i < server->hand_count; i++)
		pthread_join(server->hands[i]->thread, NULL);
	return true;
}

int worker_serve(const struct worker_options *options, struct error *err)
{
	struct server server = { .options = options };
	int wanted = worker_carriers(processors_of_this_process(), options->processes),
	    flags = fcntl(options->listen_fd, F_GETFL);

	told_hold();
	lobby_init(&server.lobby);
	if (fcntl(options->listen_fd, F_SETFL, flags | O_NONBLOCK) != 0)
		return error_set(err, ERROR_INTERNAL, "cannot serve: %s", strerror(errno));
	while (server.hand_count < wanted && add_hands(&server))
		;
	if (server.hand_count == 0)
		return error_set(err, ERROR_INTERNAL, "cannot serve: no thread can be started");
	tick_until_stopped(&server);
	drain(&server);
	if (atomic_load(&server.busy) > 0 || !send_home(&server))
		_exit(1); /* threads still use what the caller would now give back */
	lobby_release(&server.lobby);
	for (int i = 0; i < server.hand_count; i++)
		free_hands(server.hands[i]);
	return 0;
}
