#ifndef RELAY_GATEWAY_H
#define RELAY_GATEWAY_H

/*
 * Everything a request needs that outlives it: the catalog in force, the store, the pool of
 * connections.  One per process, made after fork.  Thread-safe.
 */
#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "fetch/fetch.h"
#include "relay/catalog.h"
#include "store/store.h"

struct count_memory;
struct cloud_access;
struct gateway {
	struct store *store; /* NULL while it cannot be opened: gateway_store tries again */
	struct fetch_pool *pool;
	fetch_transport *transport; /* overrides every provider's (tests, simulation); NULL: the
				       provider's own */
	bool serves_one; /* at a time: CGI, or SIDEWAYS_ONE_AT_A_TIME in the environment (mod_fcgid)
			  */
	struct count_memory *counts;       /* what providers have counted */
	struct cloud_access *access;       /* what lets calls into clouds */
	struct late_answers *late_answers; /* NULL: none are waited for */
	struct gateway_state *state;       /* internal: catalog, reload state, mutex */
};

/* Where the settings file is: the argument, SIDEWAYS_CONFIG, ./sideways.yaml,
 * SYSCONFDIR/sideways/sideways.yaml. */
const char *gateway_settings_path(const char *from_option);

/*
 * Loads settings and opens the store (settings->database, SIDEWAYS_DB, else "sideways.db" beside
 * the settings file).  Never fails: a gateway without settings or store answers 503 with the
 * reason, and heals when the cause is mended.  Then: budgets_sync, ledger_recover.
 */
void gateway_init(struct gateway *gateway, const char *settings_path, enum store_mode mode);
/* The same from settings already made (tests, simulation); takes them. */
void gateway_init_with(
    struct gateway *gateway, struct settings *settings, const char *database, enum store_mode mode);
/* While its carriers still run, at a process's end: late answers may go on for so long. */
void gateway_wait(struct gateway *gateway, int64_t most_ms);
void gateway_release(struct gateway *gateway);

/* The catalog in force, held for the caller; NULL and err when there is none. */
struct catalog *gateway_catalog(struct gateway *gateway, struct error *err);
/* The store, opened now if it was not; NULL and err. */
struct store *gateway_store(struct gateway *gateway, struct error *err);
/* The same, with all that this process has done until now: for who shows what was spent. */
struct store *gateway_store_caught_up(struct gateway *gateway, struct error *err);

/* The settings file; NULL when the settings came from elsewhere (tests, simulation). */
const char *gateway_settings_file(const struct gateway *gateway);
/* Where the database is, or will be made.  The caller frees it. */
char *gateway_database_path(struct gateway *gateway);

/* Reads the settings and opens the store now, without waiting for the next tick: for who has just
 * made them.  What is wrong shows in gateway_catalog and gateway_store. */
void gateway_retry(struct gateway *gateway);

/* Reads the settings again although no file has changed: variables and files that they refer to may
 * have. */
void gateway_reload(struct gateway *gateway);

/* About once a second: settings are read again when a file changed (a broken new file keeps the old
 * ones, is logged once, and shows in readiness); every 30 s by whoever wins the claim: dead holds,
 * old logs. */
void gateway_tick(struct gateway *gateway);

/* What is wrong at present, for readiness: the last settings error; NULL when all is well.  Copied
 * into the arena. */
const char *gateway_settings_trouble(struct gateway *gateway, struct arena *arena);

#endif
