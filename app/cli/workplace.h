#ifndef CLI_WORKPLACE_H
#define CLI_WORKPLACE_H

/*
 * What a command works on: the settings, if they can be used, and the store.
 *
 * A command that is given a database (--db) works without settings, so that a key can be blocked
 * while the settings file is broken, or in a shell that has no provider keys; then calendar
 * windows are counted in UTC, and a notice on stderr says why.
 */
#include <stdbool.h>

#include "accounts/audit_event.h"
#include "base/arena.h"
#include "base/error.h"
#include "cli/options.h"
#include "relay/catalog.h"
#include "settings/settings.h"
#include "store/scratch.h"
#include "store/store.h"

struct workplace {
	struct settings *settings; /* NULL: they could not be loaded */
	struct catalog *catalog;   /* NULL: not made yet; owns the settings from then on */
	struct store *store;
	struct arena arena;
	char *database;
	struct scratch scratch; /* of DATABASE_TRIED */
	const char *timezone;
	int64_t now_ms;
	struct actor by; /* the user of the system who runs the command */
};

enum workplace_database {
	DATABASE_MUST_EXIST, /* reading commands make no empty database at a mistyped place (but a
				copy of shared books) */
	DATABASE_MAY_BE_MADE,
	DATABASE_TRIED,  /* where there is none, one that goes with the command */
	DATABASE_UNUSED, /* the settings alone; store stays NULL */
	DATABASE_NONE,   /* and an argument says what they would: then they may be missing */
};

/*
 * Settings and store.  The settings' budgets are not written to the store: that is the gateway's
 * doing, and a command started with another file must not change a running gateway's limits.
 * On failure nothing is left to close.
 */
int workplace_open(struct workplace *place, const struct options *options,
    enum workplace_database database, struct error *err);
void workplace_close(struct workplace *place);

/* Where the database is: --db, the settings, SIDEWAYS_DB, else sideways.db beside the settings
 * file.  The caller frees it.  settings may be NULL. */
char *workplace_database_path(const struct options *options, const struct settings *settings);

#define AUTO_WORKPLACE __attribute__((cleanup(workplace_close)))

#endif
