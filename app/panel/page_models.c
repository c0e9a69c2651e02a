/*
 * Models: the ladder with its health as a picture and a table, and the dry run.
 */
#include <string.h>

#include "base/json_build.h"
#include "base/number.h"
#include "panel/pages.h"
#include "views/ladder.h"
#include "views/view_dry_run.h"
#include "views/view_models.h"

#include "base/banned.h"

#define DRY_INPUT  1000
#define DRY_OUTPUT 500

static json_t *need_settings(struct page_call *call, struct error *err)
{
	if (!call->catalog)
		(void)error_set(
		    err, ERROR_SETTINGS, "the settings cannot be used; see Configuration");
	return call->catalog ? json_object() : NULL;
}

static json_t *group_choices(struct page_call *call, const char *chosen)
{
	size_t count = catalog_group_count(call->catalog);
	struct page_choice *groups = arena_alloc(call->arena, (count + 1) * sizeof *groups);

	for (size_t i = 0; i < count; i++)
		groups[i].value = catalog_group_at(call->catalog, i)->name;
	return page_choices(groups, count, chosen);
}

/* "If this model failed now, where would it go?": for the model of the query, else for none. */
static int add_dry_run(struct page_call *call, json_t *data, struct error *err)
{
	static const struct page_choice failures[] = { { "rate", NULL }, { "overload", NULL },
		{ "timeout", NULL }, { "unreachable", NULL }, { "broken", NULL }, { "quota", NULL },
		{ "auth", NULL }, { "context", NULL }, { "policy", NULL } };
	const char *model = page_query(call, "model"), *failure = page_query(call, "failure");
	struct dry_wish wish = { .model = model,
		.failure = failure ? failure : "overload",
		.input_tokens = DRY_INPUT,
		.output_tokens = DRY_OUTPUT };
	struct dry_states states;
	struct error why = { 0 };
	json_t *run;

	json_set_all(data, "groups failures", group_choices(call, model),
	    page_choices(failures, sizeof failures / sizeof failures[0], wish.failure));
	if (dry_run_read(call->gateway, call->catalog, call->store, call->now_ms, call->arena,
		&states, err) < 0)
		return -1;
	json_set(data, "all_runs", json_null());
	run = view_dry_run_all(&states, &wish, &why);
	if (run)
		json_set(data, "all_runs", run);
	if (!model)
		return 0;
	run = view_dry_run(&states, &wish, &why);
	if (run)
		json_set(data, "run", run);
	else
		call->problem = arena_copy(call->arena, why.text);
	return 0;
}

json_t *page_models(struct page_call *call, struct error *err)
{
	json_t *data = need_settings(call, err);
	json_t *models = data ? view_models(call->store, call->catalog, call->now_ms, err) : NULL;

	if (!models) {
		json_decref(data);
		return NULL;
	}
	json_set_all(data, "ladder models", ladder_drawing(models), models);
	return json_if(add_dry_run(call, data, err) == 0, data);
}
