/*
 * Changes with their events.  See the header.
 */
#include "accounts/recorded_change.h"

#include "base/banned.h"

void recorded_change_begin(struct recorded_change *recorded, const struct actor *by,
    const char *action, const char *kind, const char *id, int64_t now_ms)
{
	*recorded = (struct recorded_change){
		.change = change_new(), .record = { action, kind, id }, .now_ms = now_ms
	};
	recorded->event = audit_begin_into(recorded->change, by, &recorded->record, now_ms);
	recorded->touches = recorded->event.next_statement;
}

void recorded_change_add(struct recorded_change *recorded, enum sql_name name)
{
	change_add(recorded->change, name);
	change_bind_text(recorded->change, ":id", recorded->record.thing_id);
}

void recorded_change_add_now(struct recorded_change *recorded, enum sql_name name)
{
	recorded_change_add(recorded, name);
	change_bind_int(recorded->change, ":now_ms", recorded->now_ms);
}

int recorded_change_apply(struct recorded_change *recorded, struct store *store, struct error *err)
{
	int result;

	audit_end_into(recorded->change, &recorded->event);
	result = store_apply(store, recorded->change, err);
	if (result == 0 && change_rows(recorded->change, recorded->touches) == 0)
		result = error_set(err, ERROR_NOT_FOUND, "no %s '%.60s'", recorded->record.kind,
		    recorded->record.thing_id);
	change_free(recorded->change);
	return result;
}

int recorded_change_make(struct recorded_change *recorded, struct store *store, struct error *err)
{
	int result;

	audit_end_into(recorded->change, &recorded->event);
	result = store_apply(store, recorded->change, err);
	change_free(recorded->change);
	return result;
}
