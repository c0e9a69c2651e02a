/*
 * Before and after in words.  See the header.
 */
#include "panel/event_words.h"

#include <string.h>

#include "accounts/window.h"
#include "base/clock.h"
#include "base/json_build.h"
#include "base/json_read.h"
#include "panel/show.h"
#include "views/view_budgets.h"
#include "web/form.h"

#include "base/banned.h"

static const char *budget_words(const json_t *budget, struct arena *arena)
{
	const char *period = json_read_text(budget, "period");
	char room[40];

	return arena_printf(arena, "%s a %s",
	    show_money_exact(json_read_int(budget, "limit_nano", 0)).text,
	    view_period_words(period ? period : "", room));
}

/* The items of a list of texts or budgets with commas; NULL for a list of something else. */
static const char *list_words(const json_t *list, struct arena *arena)
{
	const char *words = "";
	json_t *one;
	size_t i;

	json_array_foreach(list, i, one)
	{
		const char *item = json_is_string(one)                  ? json_string_value(one)
				   : json_object_get(one, "limit_nano") ? budget_words(one, arena)
									: NULL;

		if (!item)
			return NULL;
		words = arena_printf(arena, "%s%s%s", words, i ? ", " : "", item);
	}
	return words;
}

static const char *value_words(struct page_call *call, const char *field, const json_t *value)
{
	struct arena *arena = call->arena;
	size_t len = strlen(field);

	if (json_is_array(value))
		return list_words(value, arena);
	if (json_is_boolean(value))
		return json_is_true(value) ? "yes" : "no";
	if (!json_is_integer(value))
		return NULL;
	if (len > 3 && strcmp(field + len - 3, "_ms") == 0) {
		struct clock_text at =
		    clock_iso(window_shown_at(call->timezone, json_integer_value(value)));

		return arena_printf(arena, "%.10s %.8s", at.text, at.text + 11);
	}
	if (len > 5 && strcmp(field + len - 5, "_nano") == 0)
		return arena_copy(arena, show_money_exact(json_integer_value(value)).text);
	return arena_copy(arena, show_number(json_integer_value(value)).text);
}

static void put_words(struct page_call *call, json_t *change, const char *side, const json_t *whole)
{
	const char *field = json_read_text(change, "field");
	const json_t *value = field ? json_object_get(whole, field) : NULL;
	const char *words = value ? value_words(call, field, value) : NULL;

	if (words)
		json_set_text(change, side, *words ? words : "none");
}

static const char *link_of(const json_t *event, struct arena *arena)
{
	const char *kind = json_read_text(event, "kind");
	const char *id = json_read_text(event, "thing_id");

	if (!kind || !id)
		return NULL;
	if (strcmp(kind, "key") == 0)
		return arena_printf(arena, "/keys/%s", form_encode(id, arena));
	if (strcmp(kind, "team") == 0)
		return arena_printf(arena, "/team?id=%s", form_encode(id, arena));
	return NULL;
}

void event_words(struct page_call *call, json_t *events)
{
	json_t *event, *change;
	size_t i, n;

	json_array_foreach(events, i, event)
	{
		json_array_foreach(json_object_get(event, "changes"), n, change)
		{
			put_words(call, change, "before", json_object_get(event, "before"));
			put_words(call, change, "after", json_object_get(event, "after"));
		}
		json_set_text(event, "link", link_of(event, call->arena));
	}
}

int event_words_add(
    struct page_call *call, const struct audit_filter *filter, json_t *data, struct error *err)
{
	AUTO_JSON json_t *trail = view_audit(call->store, filter, err);

	if (!trail)
		return -1;
	event_words(call, json_object_get(trail, "events"));
	json_object_set(data, "events", json_object_get(trail, "events"));
	return 0;
}
