/*
 * The trail as JSON.  See the header.
 */
#include "views/view_audit.h"

#include <stdlib.h>

#include "base/json_build.h"
#include "base/json_read.h"
#include "views/view_rows.h"

#include "base/banned.h"

#define PAGE_ROWS 50
#define MOST_ROWS 1000

static void set_as_text(json_t *object, const char *name, const json_t *value)
{
	char *text;

	if (!value || json_is_null(value)) {
		json_set_null(object, name);
		return;
	}
	if (json_is_string(value)) {
		json_set_text(object, name, json_string_value(value));
		return;
	}
	text = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
	json_set_text(object, name, text);
	free(text);
}

static bool is_nothing(const json_t *value)
{
	return !value || json_is_null(value) ||
	       ((json_is_array(value) || json_is_object(value)) && json_array_size(value) == 0 &&
		   json_object_size(value) == 0);
}

static void add_change(
    json_t *changes, const char *field, const json_t *before, const json_t *after)
{
	json_t *change;

	if ((is_nothing(before) && is_nothing(after)) ||
	    (before && after && json_equal(before, after)))
		return;
	change = json_object();
	json_set_text(change, "field", field);
	set_as_text(change, "before", before);
	set_as_text(change, "after", after);
	json_append(changes, change);
}

static json_t *changes_json(json_t *before, json_t *after)
{
	json_t *changes = json_array(), *value;
	const char *field;

	json_object_foreach(before, field, value)
	    add_change(changes, field, value, json_object_get(after, field));
	json_object_foreach(after, field, value) if (!json_object_get(before, field))
	    add_change(changes, field, NULL, value);
	return changes;
}

static json_t *read_object(const struct statement *s, int column)
{
	const char *text = statement_text(s, column);
	json_t *object = text ? json_read(slice_of(text), NULL) : NULL;

	return object ? object : json_null();
}

static json_t *event_json(const struct statement *s)
{
	static const struct {
		const char *name;
		int column;
	} texts[] = { { "id", 0 }, { "actor", 2 }, { "through", 3 }, { "action", 4 }, { "kind", 5 },
		{ "thing_id", 6 }, { "name", 7 } };
	json_t *event = view_object(s), *before = read_object(s, 8), *after = read_object(s, 9);

	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
		json_set_text(event, texts[i].name, statement_text(s, texts[i].column));
	json_set_all(event, "at@ at_ms changes before after", statement_int(s, 1),
	    statement_int(s, 1), changes_json(before, after), before, after);
	return event;
}

static void view_audit_bind_filter(
    struct statement *s, const struct audit_filter *filter, int limit)
{
	statement_bind_text(s, ":before", filter->before ? filter->before : "~"); /* above all */
	statement_bind(s, ":kind", filter->kind, ":thing_id", filter->thing_id, ":actor",
	    filter->actor, ":limit", limit + 1);
}

json_t *view_audit(struct store *store, const struct audit_filter *filter, struct error *err)
{
	enum sql_name name =
	    filter->kind && filter->thing_id ? SQL_VIEW_AUDIT_THING : SQL_VIEW_AUDIT;
	int limit = filter->limit >= 1 && filter->limit <= MOST_ROWS ? filter->limit : PAGE_ROWS;
	AUTO_READ struct statement *s = store_read(store, name, err);
	json_t *root, *events = json_array();
	const char *older = NULL;
	int result;

	view_audit_bind_filter(s, filter, limit);
	while ((result = statement_step(s, err)) == 1) {
		if ((int)json_array_size(events) < limit) {
			json_append(events, event_json(s));
			continue;
		}
		older = json_read_text(json_array_get(events, (size_t)limit - 1), "id");
		result = 0;
		break;
	}
	if (result != 0) {
		json_decref(events);
		return NULL;
	}
	root = json_object();
	json_set_all(root, "older events", older, events);
	return root;
}
