#ifndef ACCOUNTS_AUDIT_EVENT_H
#define ACCOUNTS_AUDIT_EVENT_H

/*
 * The trail of administration: who changed what, when, and what it was before and after.
 *
 * A record is part of the change that it tells of: audit_begin_into before its statements,
 * audit_end_into after them.  The pictures before and after are taken by the database inside the
 * transaction (sql/audit_event.sql, audit_picture), so nothing can come between, and a change that
 * changes nothing leaves no record.  What has no picture (a sign-in) is noted with its facts.
 */
#include <stdint.h>

#include "base/digest.h"
#include "store/store.h"

struct actor {               /* who does it; texts are borrowed */
	const char *name;    /* "master key", "admin alice", "key key-01k..." */
	const char *through; /* "api", "panel", "command line" */
};

struct audit_record {
	const char *action;   /* "key.create" */
	const char *kind;     /* "key", "team", "budget": see audit_picture; any word for a note */
	const char *thing_id; /* "key-01k..." */
};

struct audit_begun {
	struct digest_id id;
	const struct audit_record *record; /* the caller's, until the end */
	int next_statement;                /* the number, in the change, of the one added next */
};

struct audit_begun audit_begin_into(struct change *change, const struct actor *by,
    const struct audit_record *record, int64_t now_ms);
void audit_end_into(struct change *change, const struct audit_begun *begun);

/* One record of something without a before: facts is a JSON object without secrets, or NULL. */
void audit_note_into(struct change *change, const struct actor *by,
    const struct audit_record *record, const char *name, const char *facts, int64_t now_ms);

/* The same, by itself, for what has happened already. */
int audit_note(struct store *store, const struct actor *by, const struct audit_record *record,
    const char *name, const char *facts, int64_t now_ms, struct error *err);

#endif
