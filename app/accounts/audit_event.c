/*
 * Statements for the trail.  See the header.
 */
#include "accounts/audit_event.h"

#include "base/banned.h"

static void bind_record(struct change *change, const struct digest_id *id, const struct actor *by,
    const struct audit_record *record, int64_t now_ms)
{
	change_bind(change, ":id", id->text, ":at_ms", now_ms, ":actor", by->name, ":through",
	    by->through, ":action", record->action, ":kind", record->kind, ":thing_id",
	    record->thing_id);
}

static void add_picture(struct change *change, const struct audit_begun *begun, bool is_after)
{
	change_add(change, SQL_AUDIT_PICTURE);
	change_bind(change, ":id", begun->id.text, ":kind", begun->record->kind, ":thing_id",
	    begun->record->thing_id, ":is_after", is_after);
}

struct audit_begun audit_begin_into(struct change *change, const struct actor *by,
    const struct audit_record *record, int64_t now_ms)
{
	struct audit_begun begun = { .id = digest_new_id(), .record = record };

	change_add(change, SQL_AUDIT_BEGIN);
	bind_record(change, &begun.id, by, record, now_ms);
	add_picture(change, &begun, false);
	begun.next_statement = change_count(change);
	return begun;
}

void audit_end_into(struct change *change, const struct audit_begun *begun)
{
	add_picture(change, begun, true);
	change_add(change, SQL_AUDIT_DROP_NOTHING);
	change_bind_text(change, ":id", begun->id.text);
}

void audit_note_into(struct change *change, const struct actor *by,
    const struct audit_record *record, const char *name, const char *facts, int64_t now_ms)
{
	struct digest_id id = digest_new_id();

	change_add(change, SQL_AUDIT_NOTE);
	bind_record(change, &id, by, record, now_ms);
	change_bind(change, ":name", name, ":after", facts);
}

int audit_note(struct store *store, const struct actor *by, const struct audit_record *record,
    const char *name, const char *facts, int64_t now_ms, struct error *err)
{
	AUTO_CHANGE struct change *change = change_new();

	audit_note_into(change, by, record, name, facts, now_ms);
	change_may_be_alone(change); /* it has happened */
	return store_apply(store, change, err);
}
