/*
 * The audit trail: who changed what, when, before and after.
 */
#include <string.h>

#include "base/json_build.h"
#include "base/json_read.h"
#include "panel/event_words.h"
#include "panel/pages.h"
#include "views/view_audit.h"

#include "base/banned.h"

static const struct page_choice kinds[] = { { "", "all" }, { "key", NULL }, { "team", NULL },
	{ "user", NULL }, { "budget", NULL }, { "admin", NULL }, { "session", NULL },
	{ "prompt", NULL }, { "alert", NULL } };

json_t *page_audit(struct page_call *call, struct error *err)
{
	const char *kind = page_query(call, "kind"), *thing = page_query(call, "thing");
	const char *actor = page_query(call, "actor");
	struct audit_filter filter = { .kind = kind,
		.thing_id = thing,
		.actor = actor,
		.before = page_query(call, "before"),
		.limit = 50 };
	json_t *data = view_audit(call->store, &filter, err);
	const char *older;

	if (!data)
		return NULL;
	event_words(call, json_object_get(data, "events"));
	older = json_read_text(data, "older");
	json_set_all(data, "older_link kinds thing actor_filter",
	    older
		? arena_printf(call->arena, "/audit?kind=%s&thing=%s&actor=%s&before=%s",
		      form_encode(kind ? kind : "", call->arena),
		      form_encode(thing ? thing : "", call->arena),
		      form_encode(actor ? actor : "", call->arena), form_encode(older, call->arena))
		: NULL,
	    page_choices(kinds, sizeof kinds / sizeof kinds[0], kind), thing, actor);
	return data;
}
