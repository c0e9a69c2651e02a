#ifndef ACCOUNTS_RECORDED_CHANGE_H
#define ACCOUNTS_RECORDED_CHANGE_H

/*
 * A change of one key, team or budget, with its event in the trail of administration: begin, add
 * statements to .change, apply.  Both are written in one transaction, or neither.
 */
#include <stdint.h>

#include "accounts/audit_event.h"
#include "base/error.h"
#include "store/store.h"

struct recorded_change {
	struct change *change;
	struct audit_record record;
	struct audit_begun event;
	int64_t now_ms;
	int touches; /* the statement that must touch the thing: the first one, unless it is set */
};

/* In place: the struct must not move until it is applied.  Texts are borrowed. */
void recorded_change_begin(struct recorded_change *recorded, const struct actor *by,
    const char *action, const char *kind, const char *id, int64_t now_ms);

/* Adds a statement, with the thing's :id. */
void recorded_change_add(struct recorded_change *recorded, enum sql_name name);
/* The same for one that has :now_ms too. */
void recorded_change_add_now(struct recorded_change *recorded, enum sql_name name);

/* Writes it, and frees the change.  ERROR_NOT_FOUND, "no key 'x'", when there is no such thing. */
int recorded_change_apply(struct recorded_change *recorded, struct store *store, struct error *err);
/* The same for one that makes the thing. */
int recorded_change_make(struct recorded_change *recorded, struct store *store, struct error *err);

#endif
