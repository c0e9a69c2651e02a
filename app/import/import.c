/*
 * The order of an import: budgets, then the teams and keys that follow them.  See the header.
 */
#include "import/import.h"

#include "accounts/budget_plans.h"
#include "base/json_scan.h"

#include "base/banned.h"

/* A budget that keys and teams follow: each has it for itself, here as there. */
static int read_plan_wish(
    struct import *import, struct slice row, struct plan_wish *out, struct error *err)
{
	struct limits *limits = arena_alloc(import->rows->arena, sizeof *limits);
	const char *period = row_text(row, "budget_duration", import->rows->arena);
	bool given;

	*out = (struct plan_wish){ .period = period ? period : "", .limits = limits };
	if (row_money(row, "max_budget", &given, &out->limit_nano, err) != 0 ||
	    row_whole(row, "rpm_limit", LIMIT_NONE, &limits->rpm, err) != 0 ||
	    row_whole(row, "tpm_limit", LIMIT_NONE, &limits->tpm, err) != 0 ||
	    row_whole(row, "max_parallel_requests", LIMIT_NONE, &limits->parallel, err) != 0)
		return -1;
	if (!given)
		out->limit_nano = -1;
	return 0;
}

static int put_plan(
    struct import *import, const char *id, bool is_new, struct plan_wish *wish, struct error *err)
{
	const char *made;

	wish->id = id;
	if (import->dry_run)
		return budget_plan_check(wish, err);
	if (!is_new)
		return budget_plan_update(import->store, import->by, id, wish, import->now_ms, err);
	return budget_plan_create(
	    import->store, import->by, wish, import->now_ms, import->rows->arena, &made, err);
}

static int import_budget(struct import *import, struct slice row, struct error *err)
{
	struct import_count *count = &import->report.counts[IMPORT_BUDGETS];
	const char *id = row_text(row, "budget_id", import->rows->arena), *there;
	struct plan_wish wish;
	struct error why = { 0 };

	if (!id)
		return 0;
	int known = import_known(import, IMPORT_BUDGETS, id, NULL, &there, err);
	if (known < 0)
		return -1;
	if (read_plan_wish(import, row, &wish, &why) != 0 ||
	    put_plan(import, id, known == IMPORT_NEW, &wish, &why) != 0) {
		if (why.kind == ERROR_STORE)
			return error_set(err, why.kind, "%s", why.text);
		import_note(import, IMPORT_BUDGETS, id, "it is left out: %.300s", why.text);
		count->left++;
		return 0;
	}
	count->made += known == IMPORT_NEW;
	count->there += known != IMPORT_NEW;
	return 0;
}

int import_run(struct import *import, struct error *err)
{
	static const struct {
		enum import_table table;
		int (*take)(struct import *import, struct slice row, struct error *err);
	} steps[] = { { IMPORT_BUDGETS, import_budget }, { IMPORT_TEAMS, import_team },
		{ IMPORT_USERS, import_user }, { IMPORT_KEYS, import_key } };

	import->report = (struct import_report){ 0 };
	for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
		const struct import_table_rows *rows = &import->rows->tables[steps[i].table];

		for (size_t n = 0; n < rows->count; n++)
			if (steps[i].take(import, rows->rows[n], err) != 0)
				return -1;
	}
	return 0;
}
