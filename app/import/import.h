#ifndef IMPORT_IMPORT_H
#define IMPORT_IMPORT_H

/*
 * Another gateway's keys, teams and budgets become ours.  LiteLLM keeps the SHA-256 of a key, as we
 * do: clients go on with the key that they have.
 *
 * A second time nothing is doubled: a key is known by its hash, a team, user or budget by its id.
 * What is there is brought to what the rows say; what was deleted here stays deleted; spending adds
 * only what is more than the last time.  What cannot be taken over is noted.  A key with a limit
 * that is not done here comes blocked, since a limit that does not hold is worse than none.
 */
#include "accounts/audit_event.h"
#include "import/rows.h"
#include "store/store.h"

struct import_note {
	enum import_table table;
	const char *name;  /* of the key, team or budget */
	const char *words; /* "tpd_limit is not done here, so it comes blocked" */
};

struct import_report {
	struct import_count {
		size_t made, there,
		    left; /* there: brought up to date; left: not taken over, with a note */
	} counts[IMPORT_TABLE_COUNT];
	struct import_note *notes;
	size_t note_count;
	int64_t carried_nano; /* spending of windows that run, keys' and teams' */
};

struct import {
	struct store *store;
	const struct actor *by;
	const char *timezone;
	int64_t now_ms;
	bool dry_run; /* looks and reports, and changes nothing */
	struct import_rows *rows;
	struct import_report report; /* in the rows' arena */
};

/* -1: the database failed; what was done until then stays, and a second time goes on. */
int import_run(struct import *import, struct error *err);

/* ---- for the files of this folder ---- */

void import_note(struct import *import, enum import_table table, const char *name, const char *fmt,
    ...) __attribute__((format(printf, 4, 5)));

/* One row each. */
int import_key(struct import *import, struct slice row, struct error *err);
int import_team(struct import *import, struct slice row, struct error *err);
int import_user(struct import *import, struct slice row, struct error *err);

/* Is there one?  out_id: of a key, the id that it has here.  -1: the database failed. */
enum import_known { IMPORT_NEW = 0, IMPORT_THERE, IMPORT_DELETED };
int import_known(struct import *import, enum import_table table, const char *id, const char *hash,
    const char **out_id, struct error *err);

#endif
