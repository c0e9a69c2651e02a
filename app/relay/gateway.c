/*
 * The parts of a running gateway and their renewal: settings when the file changes, the store when
 * it can be opened at last, housekeeping when it is due.  See the header.
 *
 * What stands under the lock is the catalog in force and what is told of settings and store; it is
 * held for moments.  Loading settings and opening the store wait for the disk and the bank, each
 * under a lock of its own, which no fiber takes for the store: the thread that ticks opens it.
 */
#include "relay/gateway.h"
#include "relay/cloud_access.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "accounts/ledger.h"
#include "accounts/shared_books.h"
#include "accounts/shares.h"
#include "accounts/till.h"
#include "accounts/window.h"
#include "base/alloc.h"
#include "base/clock.h"
#include "base/fiber.h"
#include "base/log.h"
#include "relay/count_memory.h"
#include "relay/fallback_check.h"
#include "relay/housekeeping.h"
#include "relay/late_answer.h"
#include "store/books.h"
#include "store/presence.h"
#include "telemetry/request_log.h"

#include "base/banned.h"

#define STORE_RETRY_MS 1000 /* a store that could not be opened is tried again this often */

struct gateway_state {
	pthread_mutex_t loading; /* taken before opening */
	pthread_mutex_t opening; /* the store; taken before mutex; guards former */
	pthread_mutex_t mutex;   /* guards catalog, trouble and the errors */
	struct catalog *catalog;
	char *trouble; /* why the settings in force are not those of the file; NULL: they are */
	struct error first_error; /* why there is no catalog at all */
	char *settings_path;
	enum store_mode mode;
	char *database; /* overrides the settings (tests) */
	struct error store_error;
	bool budgets_late;      /* those of the settings are not in the store yet */
	bool store_gone;        /* atomic: its file has vanished, so no call is made */
	struct store *former;   /* whose file another one has replaced; requests may use it still */
	int64_t store_tried_ms; /* atomic */
	int64_t settings_tried_ms; /* of a broken file: the wall time when it was last read */
};

const char *gateway_settings_path(const char *from_option)
{
	const char *path = from_option && *from_option ? from_option : getenv("SIDEWAYS_CONFIG");

	if (path && *path)
		return path;
	return access("sideways.yaml", R_OK) == 0 ? "sideways.yaml"
						  : SYSCONFDIR "/sideways/sideways.yaml";
}

/* ---- settings ---- */

static void log_problems(const struct problems *problems)
{
	static const enum log_level levels[] = { LOG_INFO, LOG_WARNING, LOG_ERROR };

	for (size_t i = 0; i < problems->count; i++) {
		const struct problem *p = &problems->items[i];

		log_event(levels[p->severity], "settings", "%s:%d:%d: %s",
		    p->origin.file ? p->origin.file : "", p->origin.line, p->origin.column,
		    p->text);
	}
}

/* A CGI program would write its problems again at each request, and find them for all deployments:
 * there `sideways check` tells them. */
static struct catalog *load_catalog(const struct gateway_state *state, struct error *err)
{
	struct problems problems = { 0 }, *told = state->mode == STORE_SHARED ? &problems : NULL;
	struct settings *settings = settings_load(state->settings_path, &problems, err);
	const struct settings *served = state->catalog ? catalog_settings(state->catalog) : NULL;
	struct catalog *catalog;

	/* What serves keeps the fallbacks that it has; what starts does without. */
	if (settings && settings->leads_nowhere && served && !served->leads_nowhere) {
		(void)error_set(err, ERROR_SETTINGS, "%s", settings->leads_nowhere);
		settings_free(settings);
		settings = NULL;
	}
	catalog = settings ? catalog_new(settings, told, err) : NULL;
	if (catalog && told) {
		fallback_check(catalog, told);
		log_problems(told);
	}
	problems_release(&problems);
	return catalog;
}

static void set_trouble(struct gateway_state *state, const char *text)
{
	pthread_mutex_lock(&state->mutex);
	free(state->trouble);
	state->trouble = text ? alloc_copy(text) : NULL;
	pthread_mutex_unlock(&state->mutex);
}

static void set_catalog(struct gateway_state *state, struct catalog *catalog)
{
	struct catalog *old;

	pthread_mutex_lock(&state->mutex);
	old = state->catalog;
	state->catalog = catalog;
	free(state->trouble);
	state->trouble = NULL;
	pthread_mutex_unlock(&state->mutex);
	catalog_release(old);
}

static void set_log_level(const struct settings *settings)
{
	static const char *const names[] = { "debug", "info", "notice", "warning", "error" };

	for (size_t i = 0; settings->log_level && i < sizeof names / sizeof names[0]; i++)
		if (strcmp(settings->log_level, names[i]) == 0)
			log_set_level((enum log_level)i);
}

#define LEASE_MS      1000   /* of a process, in one file */
#define SHARE_MS      60000  /* of a machine: longer than a failover */
#define CALL_GRACE_MS 120000 /* beyond its deadline; as for a hold of its own */

/* A file with books of its own keeps its money: `sideways bank move` takes both to a bank, and the
 * program that starts then. */
static bool shares_money(struct store *store, const struct settings *settings)
{
	AUTO_ARENA struct arena arena = { 0 };
	struct books_place mine;
	bool is_copy;

	if (!settings->bank)
		return false;
	is_copy = books_place(store, &arena, &mine, NULL) > 0;
	if (!is_copy)
		log_event(LOG_ERROR, "bank",
		    "the bank is not used: %s has books of its own; start the gateway anew",
		    store_path(store));
	return is_copy;
}

/* How holds are taken: of commands and CGI answers, which have no writer's thread, one by one. */
static int set_leases(const struct gateway_state *state, struct store *store,
    const struct settings *settings, struct error *err)
{
	bool is_set = settings->leases_lasting_ms != SETTING_UNSET;
	const struct till_rules rules = {
		.enabled = settings->leases_enabled,
		.share_ppm = settings->leases_share_ppm,
		.lasting_ms = settings->bank || !is_set ? LEASE_MS : settings->leases_lasting_ms,
		.reach_ms = settings->request_deadline_ms + CALL_GRACE_MS,
	};

	const struct share_rules shares = {
		.bank = shares_money(store, settings) ? settings->bank : NULL,
		.password = settings->bank_password,
		.timezone = settings->timezone,
		.lasting_ms = is_set ? settings->leases_lasting_ms : SHARE_MS,
		.reach_ms = rules.reach_ms,
		.serves = state->mode == STORE_SHARED,
	};
	if (shares_set(store, &shares, err) != 0) {
		log_event(LOG_ERROR, "bank", "%s", err->text);
		return -1;
	}
	if (state->mode == STORE_SHARED)
		till_set(store, &rules);
	return 0;
}

/* What machines share cannot always be changed: then it is tried again. */
static void sync_budgets(
    struct gateway_state *state, struct store *store, const struct settings *settings)
{
	struct error err = { 0 };
	bool late = budgets_sync(store, settings, clock_wall_ms(), &err) != 0;

	if (late && !state->budgets_late)
		log_event(LOG_ERROR, "budgets", "%s", err.text);
	state->budgets_late = late;
}

/* The file or a price changed, or there were no settings yet. */
static void load_settings(struct gateway *gateway)
{
	struct gateway_state *state = gateway->state;
	struct error err = { 0 };
	struct catalog *catalog = load_catalog(state, &err);
	struct store *store;

	state->settings_tried_ms = clock_wall_ms();
	if (!catalog) {
		if (!state->trouble || strcmp(state->trouble, err.text) != 0)
			log_event(LOG_ERROR, "settings_rejected", "%s%s", err.text,
			    state->catalog ? "; the old settings stay in force" : "");
		state->first_error = err;
		set_trouble(state, err.text);
		return;
	}
	set_log_level(catalog_settings(catalog));
	window_prepare(catalog_settings(catalog)->timezone);
	log_event(LOG_INFO, "settings_loaded", "%s: %zu deployments in %zu groups",
	    state->settings_path, catalog_settings(catalog)->deployment_count,
	    catalog_group_count(catalog));
	set_catalog(state, catalog);
	store = gateway_store(gateway, &err);
	if (store)
		sync_budgets(state, store, catalog_settings(catalog));
	if (store)
		(void)set_leases(
		    state, store, catalog_settings(catalog), &err); /* it is in the log */
}

static void reload_settings_locked(struct gateway *gateway)
{
	struct gateway_state *state = gateway->state;
	int64_t since_ms = clock_wall_ms() - state->settings_tried_ms;

	if (!state->settings_path)
		return;
	if (!state->catalog) {
		if (since_ms >= 1000)
			load_settings(gateway);
	} else if (!settings_changed(catalog_settings(state->catalog)) &&
		   !catalog_outdated(state->catalog)) {
		if (state->trouble) { /* a file that was moved away is back, unchanged */
			log_event(LOG_INFO, "settings_restored", "%s", state->settings_path);
			set_trouble(state, NULL);
		}
	} else if (!state->trouble || since_ms >= 2000) {
		load_settings(gateway);
	}
}

static void reload_settings(struct gateway *gateway)
{
	pthread_mutex_lock(&gateway->state->loading);
	reload_settings_locked(gateway);
	pthread_mutex_unlock(&gateway->state->loading);
}

const char *gateway_settings_file(const struct gateway *gateway)
{
	return gateway->state->settings_path;
}

struct catalog *gateway_catalog(struct gateway *gateway, struct error *err)
{
	struct gateway_state *state = gateway->state;
	struct catalog *catalog;

	pthread_mutex_lock(&state->mutex);
	catalog = state->catalog ? catalog_hold(state->catalog) : NULL;
	if (!catalog && err)
		*err = state->first_error;
	pthread_mutex_unlock(&state->mutex);
	return catalog;
}

const char *gateway_settings_trouble(struct gateway *gateway, struct arena *arena)
{
	const char *text;

	pthread_mutex_lock(&gateway->state->mutex);
	text = arena_copy(arena, gateway->state->trouble);
	pthread_mutex_unlock(&gateway->state->mutex);
	return text;
}

/* ---- store ---- */

static char *database_path(const struct gateway_state *state, const struct catalog *catalog)
{
	const struct settings *settings = catalog ? catalog_settings(catalog) : NULL;
	const char *variable = getenv("SIDEWAYS_DB"), *slash;

	if (state->database)
		return alloc_copy(state->database);
	if (settings && settings->database)
		return alloc_copy(settings->database);
	if (variable && *variable)
		return alloc_copy(variable);
	slash = state->settings_path ? strrchr(state->settings_path, '/') : NULL;
	if (!slash)
		return alloc_copy("sideways.db");
	return alloc_printf(
	    "%.*s/sideways.db", (int)(slash - state->settings_path), state->settings_path);
}

static int share_books(const struct gateway_state *state, struct store *store,
    const struct settings *settings, struct error *err)
{
	const struct shared_bank bank = {
		.url = settings->bank,
		.password = settings->bank_password,
		.serves = true,
		.panel = settings->panel_address,
		.timezone = settings->timezone,
		.record_shared = settings->record && strcmp(settings->record, "shared") == 0,
		.retention_ms = settings->log_retention_ms,
	};

	return shared_books_open(store, &bank, state->mode == STORE_SHARED, err);
}

static void set_store_error(struct gateway_state *state, const struct error *err)
{
	pthread_mutex_lock(&state->mutex);
	state->store_error = *err;
	pthread_mutex_unlock(&state->mutex);
}

/* Without its place in the bank it would have each window's whole money. */
static int share_store(const struct gateway_state *state, struct store *store,
    const struct settings *settings, struct error *err)
{
	if (!state->database && share_books(state, store, settings, err) != 0) {
		log_event(LOG_ERROR, "store", "%s", err->text);
		return -1;
	}
	return set_leases(state, store, settings, err);
}

static struct store *open_store(
    const struct gateway_state *state, const struct catalog *catalog, struct error *err)
{
	AUTO_FREE char *path = database_path(state, catalog);
	struct store *store = NULL;

	if (state->database || presence_check(path, err) == 0)
		store = store_open(path, state->mode, err);
	if (!store) {
		log_event(LOG_ERROR, "store", "%s", err->text);
		return NULL;
	}
	if (share_store(state, store, catalog_settings(catalog), err) != 0) {
		store_close(store);
		return NULL;
	}
	if (!state->database) /* that of a test or a simulation is nobody's */
		presence_note(path);
	return store;
}

static struct store *store_in_use(const struct gateway *gateway)
{
	return __atomic_load_n(&gateway->store, __ATOMIC_ACQUIRE);
}

static void open_store_locked(struct gateway *gateway)
{
	struct gateway_state *state = gateway->state;
	struct catalog *catalog = gateway_catalog(gateway, NULL);
	struct error err = { 0 };
	struct store *store;

	if (!catalog)
		return;
	__atomic_store_n(&state->store_tried_ms, clock_mono_ms(), __ATOMIC_RELEASE);
	store = open_store(state, catalog, &err);
	catalog_release(catalog);
	if (store)
		__atomic_store_n(&gateway->store, store, __ATOMIC_RELEASE);
	else
		set_store_error(state, &err);
}

/* One that was put back from a backup is another file: the former store is left to the requests
 * that have it. */
static void replace_store_locked(struct gateway *gateway)
{
	struct gateway_state *state = gateway->state;
	struct store *store = gateway->store;

	if (state->former || access(store_path(store), F_OK) != 0)
		return;
	open_store_locked(gateway);
	if (gateway->store == store) /* try again at the next tick */
		return;
	state->former = store;
	shares_stop(store);
	log_event(LOG_WARNING, "store", "%s: another file is used from now on",
	    store_path(gateway->store));
	__atomic_store_n(&state->store_gone, false, __ATOMIC_RELEASE);
}

static void watch_store(struct gateway *gateway)
{
	struct gateway_state *state = gateway->state;
	struct error err = { 0 };
	bool gone, before;

	pthread_mutex_lock(&state->opening);
	gone = gateway->store && store_is_gone(gateway->store, &err);
	if (gone)
		set_store_error(state, &err);
	before = __atomic_exchange_n(&state->store_gone, gone, __ATOMIC_ACQ_REL);
	if (gone && !before)
		log_event(LOG_ERROR, "store", "%s; no call is made until it is back", err.text);
	if (gone)
		replace_store_locked(gateway);
	pthread_mutex_unlock(&state->opening);
}

static void open_when_due(struct gateway *gateway)
{
	struct gateway_state *state = gateway->state;
	int64_t tried_ms;

	pthread_mutex_lock(&state->opening);
	tried_ms = __atomic_load_n(&state->store_tried_ms, __ATOMIC_ACQUIRE);
	if (!gateway->store && (!tried_ms || clock_mono_ms() - tried_ms >= STORE_RETRY_MS))
		open_store_locked(gateway);
	pthread_mutex_unlock(&state->opening);
}

struct store *gateway_store(struct gateway *gateway, struct error *err)
{
	struct gateway_state *state = gateway->state;
	struct store *store;

	/* Who opens it waits for the disk and the bank: the tick, no fiber. */
	if (!store_in_use(gateway) && !fiber_self())
		open_when_due(gateway);
	store =
	    __atomic_load_n(&state->store_gone, __ATOMIC_ACQUIRE) ? NULL : store_in_use(gateway);
	if (!store && err) {
		pthread_mutex_lock(&state->mutex);
		*err = state->catalog ? state->store_error : state->first_error;
		pthread_mutex_unlock(&state->mutex);
	}
	return store;
}

struct store *gateway_store_caught_up(struct gateway *gateway, struct error *err)
{
	struct store *store = gateway_store(gateway, err);

	if (store)
		till_catch_up(store);
	return store;
}

char *gateway_database_path(struct gateway *gateway)
{
	struct gateway_state *state = gateway->state;
	char *path;

	pthread_mutex_lock(&state->mutex);
	path = database_path(state, state->catalog);
	pthread_mutex_unlock(&state->mutex);
	return path;
}

void gateway_reload(struct gateway *gateway)
{
	pthread_mutex_lock(&gateway->state->loading);
	if (gateway->state->settings_path)
		load_settings(gateway);
	pthread_mutex_unlock(&gateway->state->loading);
}

void gateway_retry(struct gateway *gateway)
{
	struct gateway_state *state = gateway->state;

	__atomic_store_n(&state->store_tried_ms, 0, __ATOMIC_RELEASE);
	pthread_mutex_lock(&state->loading);
	if (!state->catalog && state->settings_path)
		load_settings(gateway);
	pthread_mutex_unlock(&state->loading);
	(void)gateway_store(gateway, NULL);
}

/* ---- beginning, ticking, end ---- */

static void recover_holds(struct gateway *gateway)
{
	struct error err;
	struct store *store = gateway_store(gateway, NULL);
	int ended = store ? ledger_recover(store, clock_wall_ms(), &err) : 0;

	if (ended > 0)
		log_event(LOG_WARNING, "ledger",
		    "%d holds of dead workers were charged in full, marked unknown", ended);
	else if (ended < 0)
		log_event(LOG_ERROR, "ledger", "%s", err.text);
}

static void init_state(struct gateway *gateway, enum store_mode mode)
{
	memset(gateway, 0, sizeof *gateway);
	gateway->state = alloc_zero(1, sizeof *gateway->state);
	gateway->state->mode = mode;
	gateway->serves_one = mode != STORE_SHARED || getenv("SIDEWAYS_ONE_AT_A_TIME");
	gateway->late_answers = mode == STORE_SHARED ? late_answers_new() : NULL;
	(void)error_set(&gateway->state->store_error, ERROR_STORE, "the database is being opened");
	pthread_mutex_init(&gateway->state->loading, NULL);
	pthread_mutex_init(&gateway->state->opening, NULL);
	pthread_mutex_init(&gateway->state->mutex, NULL);
	gateway->pool = fetch_pool_new();
	gateway->counts = count_memory_new();
	gateway->access = cloud_access_new();
}

void gateway_init(struct gateway *gateway, const char *settings_path, enum store_mode mode)
{
	init_state(gateway, mode);
	gateway->state->settings_path = alloc_copy(settings_path);
	load_settings(gateway);
	recover_holds(gateway);
}

void gateway_init_with(
    struct gateway *gateway, struct settings *settings, const char *database, enum store_mode mode)
{
	struct problems problems = { 0 };
	struct error err = { 0 };
	struct store *store;

	init_state(gateway, mode);
	gateway->state->database = alloc_copy(database);
	gateway->state->catalog = catalog_new(settings, &problems, &gateway->state->first_error);
	problems_release(&problems);
	store = gateway_store(gateway, &err);
	if (store)
		sync_budgets(gateway->state, store, settings);
}

void gateway_wait(struct gateway *gateway, int64_t most_ms)
{
	late_answers_end(gateway->late_answers, most_ms);
}

void gateway_release(struct gateway *gateway)
{
	struct gateway_state *state = gateway->state;

	if (!state)
		return;
	late_answers_free(gateway->late_answers);
	till_close(gateway->store);
	till_close(state->former);
	shared_books_close(gateway->store);
	shared_books_close(state->former);
	shares_close(gateway->store);
	shares_close(state->former);
	store_close(gateway->store);
	store_close(state->former);
	fetch_pool_free(gateway->pool);
	count_memory_free(gateway->counts);
	cloud_access_free(gateway->access);
	catalog_release(state->catalog);
	pthread_mutex_destroy(&state->mutex);
	pthread_mutex_destroy(&state->opening);
	pthread_mutex_destroy(&state->loading);
	free(state->trouble);
	free(state->settings_path);
	free(state->database);
	free(state);
	memset(gateway, 0, sizeof *gateway);
}

void gateway_tick(struct gateway *gateway)
{
	struct catalog *catalog;

	reload_settings(gateway);
	watch_store(gateway);
	catalog = gateway_catalog(gateway, NULL);
	if (catalog && gateway_store(gateway, NULL)) {
		if (gateway->state->budgets_late)
			sync_budgets(gateway->state, gateway->store, catalog_settings(catalog));
		housekeeping_run(gateway->store, catalog, gateway->pool, clock_wall_ms());
		housekeeping_traces(
		    gateway->store, catalog_settings(catalog), gateway->pool, clock_wall_ms());
	}
	catalog_release(catalog);
}
