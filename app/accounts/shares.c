/*
 * The keeper of this machine's shares.  See the header; what it tells is in share_report.c.
 *
 * A second thread hears the bell that processes of this machine ring for money (recall.h), so that
 * the keeper waits for the bank's notices and for them together.
 */
#include "accounts/shares.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "accounts/owner.h"
#include "accounts/recall.h"
#include "accounts/shares_state.h"
#include "base/alloc.h"
#include "base/clock.h"
#include "base/digest.h"
#include "base/fiber.h"
#include "base/log.h"

#include "base/banned.h"

#define TICK_MS     1000 /* between two reports, while there is something to tell */
#define SOON_MS     50   /* where a report leaves something to be done */
#define AGAIN_MS    200  /* after one that failed */
#define TURN_MS     5    /* of one that waits for the machine's lock, */
#define TURNS_MS    300  /* and its patience: a report takes some milliseconds */
#define STACK_BYTES ((size_t)512 << 10)
#define CHANNEL     "sideways_recall"
#define CLAIMERS    4 /* claims at a time, each with a connection; made when they are needed */

struct shares {
	pthread_mutex_t mutex; /* guards all but the keeper's own */
	struct share_rules rules;
	char *url, *password, timezone[64];
	bool kept, heard; /* threads run */
	bool closing;     /* atomic */
	pthread_t keeper, hearer;
	struct recall *recall;      /* NULL: nothing can be shared with other processes */
	int wake_fd, lock_fd;       /* -1: none */
	struct share_teller teller; /* who has the lock */
	struct share_teller claimers[CLAIMERS]; /* each is whose claim runs */
	bool claiming[CLAIMERS];
	struct waiters claimed;
	bool away;
	int64_t told_ms;
};

static void *make_shares(void)
{
	struct shares *shares = alloc_zero(1, sizeof *shares);

	pthread_mutex_init(&shares->mutex, NULL);
	waiters_init(&shares->claimed);
	shares->wake_fd = shares->lock_fd = -1;
	return shares;
}

static bool shares_closing(struct shares *shares)
{
	return __atomic_load_n(&shares->closing, __ATOMIC_ACQUIRE);
}

static void wake(const struct shares *shares)
{
	const uint64_t one = 1;

	if (shares->wake_fd >= 0)
		(void)!write(shares->wake_fd, &one, sizeof one); /* full: it is awake */
}

static void free_shares(void *companion)
{
	struct shares *shares = companion;

	__atomic_store_n(&shares->closing, true, __ATOMIC_RELEASE);
	wake(shares);
	if (shares->kept)
		pthread_join(shares->keeper, NULL);
	if (shares->heard) {
		recall_wake(shares->recall);
		pthread_join(shares->hearer, NULL);
	}
	bank_connection_free(shares->teller.bank);
	for (size_t i = 0; i < CLAIMERS; i++)
		bank_connection_free(shares->claimers[i].bank);
	waiters_release(&shares->claimed);
	recall_unmap(shares->recall);
	if (shares->wake_fd >= 0)
		close(shares->wake_fd);
	if (shares->lock_fd >= 0)
		close(shares->lock_fd);
	alloc_free_secret(shares->url);
	alloc_free_secret(shares->password);
	pthread_mutex_destroy(&shares->mutex);
	free(shares);
}

static struct shares *shares_of(struct store *store)
{
	return store_companion(store, make_shares, free_shares);
}

/* ---- the lock of the machine ---- */

/* Ends with its process, however that ends. */
static bool lock(struct shares *shares, struct store *store)
{
	AUTO_FREE char *path = alloc_printf("%s-bank", store_path(store));

	if (shares->lock_fd < 0)
		shares->lock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	return shares->lock_fd >= 0 && flock(shares->lock_fd, LOCK_EX | LOCK_NB) == 0;
}

static void unlock(struct shares *shares)
{
	if (shares->lock_fd >= 0)
		(void)flock(shares->lock_fd, LOCK_UN); /* fails only for what is no file */
}

/* ---- reports ---- */

/* Connects to what the settings name now. */
static void follow_rules(struct shares *shares, struct store *store)
{
	struct share_teller *teller = &shares->teller;
	AUTO_FREE char *url = NULL;
	char *password = NULL;

	pthread_mutex_lock(&shares->mutex);
	if (shares->rules.bank) {
		url = alloc_copy(shares->url);
		password = alloc_copy(shares->password);
		shares->rules.bank = NULL; /* followed */
	}
	teller->store = store;
	teller->lasting_ms = shares->rules.lasting_ms;
	teller->reach_ms = shares->rules.reach_ms;
	memcpy(teller->timezone, shares->timezone, sizeof teller->timezone);
	pthread_mutex_unlock(&shares->mutex);
	if (!url)
		return;
	bank_connection_free(teller->bank);
	teller->bank = bank_connection_new(url, password);
	alloc_free_secret(password);
	if (shares->rules.serves)
		bank_listen(teller->bank, CHANNEL);
}

/* What other processes are to know, too, and those after this one: whoever finds the bank there may
 * not be who missed it. */
static void note_away(struct shares *shares, const char *why)
{
	bool anew = shares->away != (why != NULL);
	AUTO_ARENA struct arena arena = { 0 };
	struct error err;

	shares->away = why != NULL;
	if (anew && why)
		log_event(LOG_ERROR, "bank",
		    "%s; calls go on as long as this machine's shares last", why);
	else if (anew)
		log_event(LOG_NOTICE, "bank", "the bank can be reached again");
	if (!shares_trouble(shares->teller.store, &arena) == !why)
		return;
	AUTO_CHANGE struct change *change = change_new();
	change_add(change, SQL_MACHINE_AWAY);
	change_bind_text(change, ":why", why);
	if (store_apply(shares->teller.store, change, &err) != 0 && anew)
		log_event(LOG_ERROR, "bank", "%s", err.text);
}

/* It is known what became of it: 0; else it is to be made again. */
static int report(struct shares *shares, enum share_step step)
{
	struct error err = { 0 };
	int told = share_tell(&shares->teller, step, &err);

	note_away(shares, told == 0 ? NULL : err.text);
	return told;
}

static bool money_is_wanted(struct store *store)
{
	AUTO_READ struct statement *s = store_read(store, SQL_SHARE_IS_WANTED, NULL);

	return statement_step(s, NULL) == 1 && statement_int(s, 0);
}

/* ---- without a keeper ---- */

/* Of a CGI answer, beside which others report, or a keeper does.  In vain: the keeper does it, or
 * the next answer. */
static bool lock_soon(struct shares *shares, struct store *store)
{
	for (int waited_ms = 0; !lock(shares, store); waited_ms += TURN_MS) {
		if (waited_ms >= TURNS_MS)
			return false;
		clock_sleep_ms(TURN_MS);
	}
	return true;
}

/* What becomes of it is seen by the next try. */
static void tell_alone(struct shares *shares, struct store *store, enum share_step step)
{
	if (!shares->url || !lock_soon(shares, store))
		return;
	follow_rules(shares, store);
	if (step != STEP_WANTED || money_is_wanted(store)) /* else another has asked for it */
		for (int tries = 0; tries < 2 && report(shares, step) == 0; tries++)
			if (!shares->teller.hurry)
				break;
	unlock(shares);
}

/* ---- the keeper ---- */

/* Until something may be to be done, at most so long. */
static void wait_for_work(struct shares *shares, int64_t most_ms)
{
	uint64_t rung;
	/* Another process of the machine is the keeper, or has just been killed: nobody is asked.
	 */
	int noticed = shares->teller.bank
			  ? bank_wait_or(shares->teller.bank, shares->wake_fd, most_ms, NULL)
			  : -1;

	if (noticed < 0) /* there is no connection: for a moment only the bell is heard */
		clock_sleep_ms(most_ms < AGAIN_MS ? most_ms : AGAIN_MS);
	if (noticed > 0)
		shares->told_ms = 0; /* somebody lacks money: all is looked at now */
	(void)!read(shares->wake_fd, &rung, sizeof rung); /* nothing: nobody rang */
}

static void keep(struct shares *shares, struct store *store)
{
	bool full;

	follow_rules(shares, store);
	full = clock_real_ms() - shares->told_ms >= TICK_MS || shares->teller.hurry;
	if (!full && !money_is_wanted(store)) {
		wait_for_work(shares, shares->told_ms + TICK_MS - clock_real_ms());
		return;
	}
	if (report(shares, full ? STEP_ALL : STEP_WANTED) != 0) {
		wait_for_work(shares, AGAIN_MS);
		return;
	}
	if (full)
		shares->told_ms = clock_real_ms();
	if (shares->teller.hurry)
		clock_sleep_ms(SOON_MS);
}

static void *keep_for_ever(void *ctx)
{
	struct store *store = ctx;
	struct shares *shares = shares_of(store);
	bool locked = false;

	while (!shares_closing(shares)) {
		if (!locked)
			locked = lock(shares, store);
		if (locked)
			keep(shares, store);
		else
			wait_for_work(shares, TICK_MS);
	}
	if (!locked)
		return NULL;
	follow_rules(shares, store);
	for (int tries = 0; tries < 2 && report(shares, STEP_CLOSING) == 0; tries++)
		if (!shares->teller.hurry)
			break;
	unlock(shares);
	return NULL;
}

static void *hear_for_ever(void *ctx)
{
	struct shares *shares = ctx;
	uint32_t heard = recall_bell(shares->recall);

	while (!shares_closing(shares)) {
		heard = recall_wait(shares->recall, heard);
		wake(shares);
	}
	return NULL;
}

/* ---- beginning and end ---- */

/* The start of the host, and the file: a copy, or a backup that was put back, is another one. */
static void file_place(struct store *store, char *out, size_t size)
{
	struct statx at = { 0 };

	(void)statx(AT_FDCWD, store_path(store), 0, STATX_INO | STATX_BTIME, &at); /* else zeros */
	snprintf(out, size, "%s %u:%u %llu %lld.%u", owner_boot(), at.stx_dev_major,
	    at.stx_dev_minor, (unsigned long long)at.stx_ino, (long long)at.stx_btime.tv_sec,
	    at.stx_btime.tv_nsec);
}

static int join(struct store *store, struct error *err)
{
	static const enum sql_name moves[] = { SQL_SHARE_ELSEWHERE, SQL_MACHINE_ELSEWHERE };
	AUTO_CHANGE struct change *change = change_new();
	char place[160];

	file_place(store, place, sizeof place);
	change_add(change, SQL_MACHINE_JOIN);
	change_bind_text(change, ":id", digest_new_id().text);
	for (size_t i = 0; i < sizeof moves / sizeof moves[0]; i++) {
		change_add(change, moves[i]);
		change_bind_text(change, ":place", place);
	}
	change_add(change, SQL_SHARE_BEGIN_ALL);
	change_bind_int(change, ":now_ms", clock_wall_ms());
	change_add(change, SQL_SHARE_GRANT_NONE);
	return store_apply(store, change, err);
}

static bool start(pthread_t *thread, void *(*run)(void *ctx), void *ctx)
{
	pthread_attr_t attributes;
	bool started;

	pthread_attr_init(&attributes);
	pthread_attr_setstacksize(&attributes, STACK_BYTES);
	started = pthread_create(thread, &attributes, run, ctx) == 0;
	pthread_attr_destroy(&attributes);
	return started;
}

static void start_threads_locked(struct shares *shares, struct store *store)
{
	if (shares->kept || shares_closing(shares))
		return;
	shares->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	shares->recall = recall_map(store, true);
	shares->heard = shares->recall && start(&shares->hearer, hear_for_ever, shares);
	shares->kept = shares->wake_fd >= 0 && start(&shares->keeper, keep_for_ever, store);
	if (!shares->kept)
		log_event(LOG_ERROR, "bank", "no thread can be started for the bank");
}

int shares_set(struct store *store, const struct share_rules *rules, struct error *err)
{
	struct shares *shares = shares_of(store);
	int result = rules->bank ? join(store, err) : 0;

	pthread_mutex_lock(&shares->mutex);
	if (rules->bank && result == 0) {
		alloc_free_secret(shares->url);
		alloc_free_secret(shares->password);
		shares->url = alloc_copy(rules->bank);
		shares->password = alloc_copy(rules->password);
		shares->rules = *rules;
		shares->rules.bank = shares->url;
		snprintf(shares->timezone, sizeof shares->timezone, "%s",
		    rules->timezone ? rules->timezone : "");
		if (rules->serves)
			start_threads_locked(shares, store);
	}
	pthread_mutex_unlock(&shares->mutex);
	return result;
}

void shares_stop(struct store *store)
{
	struct shares *shares = shares_of(store);

	if (!shares->kept)
		return;
	__atomic_store_n(&shares->closing, true, __ATOMIC_RELEASE);
	wake(shares);
}

void shares_close(struct store *store)
{
	struct shares *shares = store ? shares_of(store) : NULL;

	if (!shares)
		return;
	if (!shares->kept && !shares->rules.serves)
		tell_alone(shares, store, STEP_CLOSING);
	if (!shares->kept)
		return;
	shares_stop(store);
	pthread_join(shares->keeper, NULL);
	shares->kept = false;
}

int shares_tell(struct store *store, struct error *err)
{
	struct shares *shares = shares_of(store);
	int result;

	if (!lock(shares, store))
		return error_set(
		    err, ERROR_STORE, "a gateway of this database runs: stop it first");
	follow_rules(shares, store);
	do
		result = share_tell(&shares->teller, STEP_CLOSING, err);
	while (result == 0 && shares->teller.hurry);
	unlock(shares);
	return result;
}

const char *shares_machine(struct store *store, struct arena *arena)
{
	AUTO_READ struct statement *s = store_read(store, SQL_MACHINE_OF, NULL);

	return statement_step(s, NULL) == 1 ? arena_copy(arena, statement_text(s, 0)) : NULL;
}

/* ---- for calls ---- */

/* anew: the keeper does not know of it yet. */
static void ring(struct store *store, bool anew)
{
	struct shares *shares = shares_of(store);
	bool alone;

	pthread_mutex_lock(&shares->mutex);
	alone = !shares->rules.serves;
	if (anew && !shares->recall)
		shares->recall = recall_map(store, false);
	if (anew && shares->recall)
		recall_wake(shares->recall); /* the keeper may be another process */
	if (anew)
		wake(shares);
	pthread_mutex_unlock(&shares->mutex);
	if (alone)
		tell_alone(shares, store, STEP_WANTED);
}

void shares_want(struct store *store, int64_t window_id, int64_t nano)
{
	AUTO_CHANGE struct change *change = change_new();

	change_add(change, SQL_SHARE_WANT);
	change_bind_int(change, ":nano", nano);
	change_bind_int(change, ":window_id", window_id);
	ring(store, store_apply(store, change, NULL) == 0 && change_rows(change, 0) > 0);
}

void shares_want_limit(
    struct store *store, const struct rate_scope *scope, const struct rate_refusal *lack)
{
	static const char *const kinds[] = { "requests", "tokens", "calls" };
	AUTO_CHANGE struct change *change = change_new();

	change_add(change, SQL_LIMIT_SHARE_WANT);
	change_bind_text(change, ":kind", kinds[lack->kind]);
	change_bind_text(change, ":scope", scope->scope);
	change_bind_text(change, ":scope_id", scope->scope_id);
	change_bind_int(change, ":limit", lack->limit);
	change_bind_int(change, ":amount", lack->needed);
	ring(store, store_apply(store, change, NULL) == 0);
}

static int free_claimer_locked(const struct shares *shares)
{
	for (int i = 0; i < CLAIMERS; i++)
		if (!shares->claiming[i])
			return i;
	return -1;
}

/* NULL: there is no bank to claim at. */
static struct share_teller *take_claimer(struct shares *shares, struct store *store)
{
	struct share_teller *claimer = NULL;
	int free;

	pthread_mutex_lock(&shares->mutex);
	if (shares->url) {
		while ((free = free_claimer_locked(shares)) < 0)
			(void)waiters_wait_locked(&shares->claimed, &shares->mutex, INT64_MAX);
		shares->claiming[free] = true;
		claimer = &shares->claimers[free];
		if (!claimer->bank)
			*claimer = (struct share_teller){ .store = store,
				.bank = bank_connection_new(shares->url, shares->password) };
	}
	pthread_mutex_unlock(&shares->mutex);
	return claimer;
}

static void give_claimer_back(struct shares *shares, const struct share_teller *claimer)
{
	pthread_mutex_lock(&shares->mutex);
	shares->claiming[claimer - shares->claimers] = false;
	waiters_wake_one_locked(&shares->claimed);
	pthread_mutex_unlock(&shares->mutex);
}

struct claiming {
	struct share_teller *claimer;
	const struct idempotency_claim *claim;
	int64_t now_ms;
	struct arena *arena;
	enum idempotency_state *out_state;
	struct idempotency_answer *out;
	struct error *err;
	int result;
};

static void claim_at_bank(void *ctx)
{
	struct claiming *it = ctx;
	struct share_machine machine;

	it->result = share_read_machine(it->claimer, it->arena, &machine, it->err);
	if (it->result == 0)
		it->result = share_claim(it->claimer, machine.id, it->claim, it->now_ms, it->arena,
		    it->out_state, it->out, it->err);
}

int shares_claim(struct store *store, const struct idempotency_claim *claim, int64_t now_ms,
    struct arena *arena, enum idempotency_state *out_state, struct idempotency_answer *out,
    struct error *err)
{
	struct shares *shares = shares_of(store);
	struct claiming it = { take_claimer(shares, store), claim, now_ms, arena, out_state, out,
		err, 0 };

	if (!it.claimer)
		return 1;
	fiber_aside(claim_at_bank, &it); /* libpq blocks */
	give_claimer_back(shares, it.claimer);
	return it.result;
}

void shares_claim_ended(struct store *store)
{
	struct shares *shares = shares_of(store);
	AUTO_ARENA struct arena arena = { 0 };
	struct share_teller *claimer;
	struct share_machine machine;

	if (!shares->url || shares->rules.serves || !(claimer = take_claimer(shares, store)))
		return;
	if (share_read_machine(claimer, &arena, &machine, NULL) == 0)
		(void)share_tell_claims(claimer, machine.id, NULL); /* or by the next one */
	give_claimer_back(shares, claimer);
}

const char *shares_trouble(struct store *store, struct arena *arena)
{
	AUTO_READ struct statement *s = store_read(store, SQL_MACHINE_OF, NULL);

	return statement_step(s, NULL) == 1 ? arena_copy(arena, statement_text(s, 2)) : NULL;
}
